/*
 * The course of init: map the plan, check it, do its steps in order. The last one is exec, so
 * nothing here returns.
 */
#include "init.h"

#include <linux/close_range.h>
#include <linux/mman.h>

/* The descriptor in slot, -1 (which every system call refuses) for none. */
int fd_of(const struct init *i, __s64 slot)
{
	return i->slots[slot].held - 1;
}

/* Gives slot its descriptor; a step that has no slot for one lets go of it. */
void assign(struct init *i, __s64 slot, int fd)
{
	if (slot == 0)
		(void)sys(close, fd);
	else
		i->slots[slot].held = fd + 1;
}

/* The plan is private to us, so that exec can turn its lists into char *[] in place. */
static void *map_plan(int fd, __u64 *size)
{
	long end = sys_long(lseek, fd, 0, 2 /* SEEK_END */);

	if (end <= 0)
		return NULL;
	*size = (__u64)end;
	long map = sys_long(mmap, NULL, end, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	return map < 0 && map > -4096 ? NULL : (void *)map;
}

/*
 * Whatever tare inherited itself and failed to mark is closed here, what it gave us is closed by
 * exec: only descriptors below base may reach the program (CVE-2024-21626).
 */
static void own_descriptors(const struct init *i, __u32 inherited)
{
	(void)sys(close, i->base + 1);
	(void)sys(close_range, i->base + 2 + (int)inherited, ~0u, 0);
	(void)sys(close_range, i->base, ~0u, CLOSE_RANGE_CLOEXEC);
}

#ifdef TARE_FAULTS
/* The two that are no errno are for a test that the sanitizers watch: ASAN and UBSAN, in this order. */
static int fault(const struct init *i, int error)
{
	const volatile char *past = (const volatile char *)(i + 1);

	if (error == 4096)
		return *past;
	if (error == 4097)
		return i->slots[PLAN_MAX_SLOTS + (error & 1)].held;
	return -error;
}
#endif

static int perform(struct init *i, const struct plan_step *s)
{
#ifdef TARE_FAULTS
	const struct plan_header *h = (const void *)i->plan;

	if (s->number == h->fault_step)
		return fault(i, (int)h->fault_errno);
#endif
	return step_table[s->kind](i, s);
}

/*
 * A slot is closed after the last step that reads it, so that a container that waits for start
 * pins nothing of the host. Slots that no step reads stay until exec.
 */
static void retire(struct init *i, const struct plan_step *s, __u32 at)
{
	for (int n = 0; n < STEP_INTS; n++) {
		if (!(slots_read[s->kind] >> n & 1))
			continue;
		struct slot *slot = &i->slots[s->n[n]];
		if (slot->held == 0 || slot->last != at + 1)
			continue;
		(void)sys(close, slot->held - 1);
		slot->held = 0;
	}
}

_Noreturn void run(struct init *i, int base)
{
	__u64 size = 0;

	i->base = base;
	i->session = base;
	/* execve named the process after its descriptor's number. */
	(void)sys(prctl, PR_SET_NAME, "tare-init", 0);
	/* Modes of what is made are the plan's, exactly. */
	(void)sys(umask, 0);
	void *plan = map_plan(base + 1, &size);
	const char *wrong = plan ? decode(i, plan, size) : "it cannot be mapped";
	if (wrong) {
		(void)because(i, REFUSED, wrong, "");
		fail(i, NULL, REFUSED);
	}
	own_descriptors(i, ((const struct plan_header *)plan)->inherited);
	for (__u32 at = 0; at < i->count; at++) {
		const struct plan_step *s = &i->steps[at];
		int result = perform(i, s);
		if (result < 0)
			fail(i, s, result);
		retire(i, s, at);
	}
	(void)because(i, REFUSED, "it does not end with exec", "");
	fail(i, NULL, REFUSED);
}
