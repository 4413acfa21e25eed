/* The system call filter (seccomp(2)). */
#include "init.h"

#include <linux/filter.h>
#include <linux/mman.h>
#include <linux/seccomp.h>

/* After this only what the profile allows can still be called. */
int step_seccomp(struct init *i, const struct plan_step *s)
{
	int from = fd_of(i, s->n[SECCOMP_N_FROM]);
	long size = sys_long(lseek, from, 0, 2 /* SEEK_END */);
	struct sock_fprog filter;

	if (size < 0)
		return (int)size;
	if (size == 0 || size % (long)sizeof(struct sock_filter) != 0 ||
	    size / (long)sizeof(struct sock_filter) > BPF_MAXINSNS)
		return because(i, REFUSED, "the filter is empty, cut off or too long", "");
	long map = sys_long(mmap, NULL, size, PROT_READ, MAP_PRIVATE, from, 0);
	if (map < 0 && map > -4096)
		return (int)map;
	filter.len = (unsigned short)(size / (long)sizeof(struct sock_filter));
	filter.filter = (struct sock_filter *)map;
	announce(i);
	bool notifies = (__u64)s->n[SECCOMP_N_FLAGS] & SECCOMP_FILTER_FLAG_NEW_LISTENER;
	int done = notifies ? begin_hand_over(i) : 0;
	if (done < 0)
		return because(i, done, "making a thread to hand the listener over", "");
	done = sys(seccomp, SECCOMP_SET_MODE_FILTER, s->n[SECCOMP_N_FLAGS], &filter);
	if (notifies)
		end_hand_over(i, done);
	if (done == -EACCES)
		return because(i, done, "it needs no_new_privs or CAP_SYS_ADMIN", "");
	return done < 0 ? done : 0;
}
