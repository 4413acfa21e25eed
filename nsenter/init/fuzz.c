/*
 * The fuzz target: what reads bytes that a plan or the kernel gave. An input that begins as a plan
 * goes to decode(), and all that it then promises is touched, under ASAN; any other is a mountinfo.
 */
#include "moveroot.c"

#include <stdlib.h>

static volatile __u64 touched;

static void touch_string(const char *s)
{
	touched += strlen(s);
}

static void touch_list(const struct init *i, const struct list *l)
{
	for (__u64 n = 0; n < l->count; n++)
		touch_string(i->plan + l->at[n]);
	touched += l->at[l->count];
}

static void touch_step(const struct init *i, const struct plan_step *s)
{
	const __u32 *ids = (const __u32 *)(const void *)(i->plan + s->ids);

	for (int n = 0; n < STEP_STRINGS; n++)
		touch_string(string(i, s, n));
	for (int n = 0; n < STEP_LISTS; n++)
		touch_list(i, list(i, s, n));
	for (int n = 0; n < STEP_INTS; n++) {
		if ((slots_read[s->kind] | slots_assigned[s->kind]) >> n & 1)
			touched += (__u64)fd_of(i, s->n[n]);
	}
	for (__u32 n = 0; n < s->id_count; n++)
		touched += ids[n];
	if (s->about)
		touch_string(i->plan + s->about);
	touched += (__u64)(step_table[s->kind] == NULL);
}

static void fuzz_plan(const __u8 *data, size_t size)
{
	static struct init i;
	void *plan = malloc(size);

	memcpy(plan, data, size);
	memset(&i, 0, sizeof i);
	if (!decode(&i, plan, size)) {
		for (__u32 at = 0; at < i.count; at++)
			touch_step(&i, &i.steps[at]);
	}
	free(plan);
}

static void fuzz_mountinfo(const __u8 *data, size_t size)
{
	struct mountinfo *m = calloc(1, sizeof *m);
	struct mounted *mount = calloc(1, sizeof *mount);

	m->fd = sys(memfd_create, "mountinfo", 0);
	if (sys(write, m->fd, data, size) != (int)size || sys(lseek, m->fd, 0, 0) != 0)
		abort();
	while (next_mount(m, mount) > 0) {
		touch_string(mount->path);
		touch_string(mount->type);
	}
	(void)sys(close, m->fd);
	free(mount);
	free(m);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	__u32 magic = 0;

	if (size >= sizeof magic)
		memcpy(&magic, data, sizeof magic);
	if (magic == PLAN_MAGIC)
		fuzz_plan(data, size);
	else
		fuzz_mountinfo(data, size);
	return 0;
}
