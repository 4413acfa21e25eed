/* Properties of a process that are neither namespaces, mounts nor identity. */
#include "init.h"

#include <linux/close_range.h>
#include <linux/keyctl.h>

#define SIGNALS 64
#define SIG_SETMASK 2
#define NODES 1024 /* as many as the kernel can be built for (MAX_NUMNODES) */
#define LONG_BITS (8 * sizeof(unsigned long))

int step_dumpable(struct init *i, const struct plan_step *s)
{
	(void)i;
	return sys(prctl, PR_SET_DUMPABLE, s->n[DUMPABLE_N_VALUE], 0);
}

/* SIGKILL, SIGSTOP and what is no signal refuse (EINVAL), and are as they should be. */
int step_signals(struct init *i, const struct plan_step *s)
{
	static const struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		__u64 mask;
	} reset;
	const __u64 none = 0;

	(void)i;
	(void)s;
	for (int n = 1; n <= SIGNALS; n++)
		(void)sys(rt_sigaction, n, &reset, NULL, sizeof none);
	return sys(rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

int step_session(struct init *i, const struct plan_step *s)
{
	(void)i;
	(void)s;
	int id = sys(setsid, 0);
	return id < 0 ? id : 0;
}

/* A kernel without keyrings, or a filter that forbids them here, has none to leak. */
int step_keyring(struct init *i, const struct plan_step *s)
{
	int key = sys(keyctl, KEYCTL_JOIN_SESSION_KEYRING, string(i, s, KEYRING_S_NAME), 0);

	return key >= 0 || key == -ENOSYS || key == -EPERM ? 0 : key;
}

/*
 * A directory outside of the root, reached through a descriptor that leaked, has no path:
 * getcwd(2) then begins with "(unreachable)" (CVE-2024-21626).
 */
int step_chdir(struct init *i, const struct plan_step *s)
{
	char path[PATH_MAX];
	int done = sys(chdir, string(i, s, CHDIR_S_PATH));

	if (done < 0)
		return done;
	done = sys(getcwd, path, sizeof path);
	if (done < 0)
		return because(i, done, "asking for its path", "");
	return path[0] == '/' ? 0 : because(i, REFUSED, "it lies outside of the container", "");
}

int step_umask(struct init *i, const struct plan_step *s)
{
	(void)i;
	(void)sys(umask, s->n[UMASK_N_MASK]);
	return 0;
}

int step_personality(struct init *i, const struct plan_step *s)
{
	(void)i;
	int before = sys(personality, s->n[PERSONALITY_N_DOMAIN]);
	return before < 0 ? before : 0;
}

/* The kernel takes the number of bits plus one, and no bit of a node that it could not have. */
int step_mempolicy(struct init *i, const struct plan_step *s)
{
	const __u32 *nodes = (const __u32 *)(const void *)(i->plan + s->ids);
	unsigned long mask[NODES / LONG_BITS] = {0};

	for (__u32 n = 0; n < s->id_count; n++) {
		if (nodes[n] >= NODES)
			return -EINVAL;
		mask[nodes[n] / LONG_BITS] |= 1ul << nodes[n] % LONG_BITS;
	}
	int done = sys(set_mempolicy, s->n[MEMPOLICY_N_MODE] | s->n[MEMPOLICY_N_FLAGS],
		       s->id_count ? mask : NULL, s->id_count ? NODES + 1 : 0);
	if (done == -ENOSYS)
		return because(i, done, "the kernel has no NUMA", "");
	if (done == -EINVAL && s->id_count)
		return because(i, done,
			       "no such mode, or none of the nodes is there for the container", "");
	return done;
}

int step_closefds(struct init *i, const struct plan_step *s)
{
	(void)s;
	return sys(close_range, i->base, ~0u, CLOSE_RANGE_CLOEXEC);
}
