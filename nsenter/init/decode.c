/*
 * Checks a plan before any of it is used. After decode() every reference of every step lies inside
 * the plan and every string ends there, so that the step functions need no checks of their own.
 */
#include "init.h"

struct view {
	const char *plan;
	__u64 size;
	__u64 arena; /* no reference leads before it: exec rewrites lists, which must not be steps */
	__u32 slots;
};

/* The last byte of a plan is a NUL: a string that begins inside ends inside. */
static bool fits(const struct view *v, __u64 at)
{
	return at >= v->arena && at < v->size;
}

static bool list_fits(const struct view *v, __u32 at)
{
	if (at == 0)
		return true;
	if (at % sizeof(__u64) != 0 || !fits(v, at) || v->size - at < 2 * sizeof(__u64))
		return false;
	const struct list *l = (const struct list *)(const void *)(v->plan + at);
	if (l->count > (v->size - at) / sizeof(__u64) - 2 || l->at[l->count] != 0)
		return false;
	for (__u64 n = 0; n < l->count; n++) {
		if (!fits(v, l->at[n]))
			return false;
	}
	return true;
}

static bool ids_fit(const struct view *v, const struct plan_step *s)
{
	return s->id_count == 0 || (s->ids % sizeof(__u32) == 0 && fits(v, s->ids) &&
				    s->id_count <= (v->size - s->ids) / sizeof(__u32));
}

static const char *check_step(const struct view *v, const struct plan_step *s)
{
	if (s->kind >= STEP_KINDS || !step_table[s->kind])
		return "it has a step of an unknown kind";
	for (int n = 0; n < STEP_INTS; n++) {
		int slots = slots_read[s->kind] | slots_assigned[s->kind];
		if ((slots >> n & 1) && (s->n[n] < 0 || s->n[n] >= v->slots))
			return "it has a slot that is not there";
	}
	for (int n = 0; n < STEP_STRINGS; n++) {
		if (s->s[n] != 0 && !fits(v, s->s[n]))
			return "it has a string outside of it";
	}
	for (int n = 0; n < STEP_LISTS; n++) {
		if (!list_fits(v, s->l[n]))
			return "it has a malformed list";
	}
	if (!ids_fit(v, s))
		return "it has malformed ids";
	return s->about == 0 || fits(v, s->about) ? NULL : "it has a string outside of it";
}

/* Where the arena begins. */
static __u64 arena(const struct plan_header *h)
{
	return sizeof *h + (__u64)h->steps * sizeof(struct plan_step) +
	       (__u64)h->inherited * sizeof(__u32);
}

static const char *check_header(const struct plan_header *h, __u64 size)
{
	if (size < sizeof *h || h->magic != PLAN_MAGIC || h->version != PLAN_VERSION)
		return "it is not a plan, or of another version";
	if (h->size > size || h->size > PLAN_MAX_SIZE || h->size % sizeof(__u64) != 0)
		return "its size is wrong";
	if (arena(h) >= h->size)
		return "it is cut off";
	if (h->slots > PLAN_MAX_SLOTS || ((const char *)h)[h->size - 1] != '\0')
		return "it has too many slots or an open end";
	return NULL;
}

/* Returns what is wrong with the plan, NULL if nothing is. size is that of its file. */
const char *decode(struct init *i, void *plan, __u64 size)
{
	const struct plan_header *h = plan;
	const char *wrong = check_header(h, size);

	if (wrong)
		return wrong;
	struct view v = {plan, h->size, arena(h), h->slots};
	i->plan = plan;
	i->size = h->size;
	i->steps = (const struct plan_step *)(h + 1);
	i->count = h->steps;
	i->slot_count = h->slots;
	for (__u32 at = 0; at < h->steps; at++) {
		const struct plan_step *s = &i->steps[at];
		wrong = check_step(&v, s);
		if (wrong)
			return wrong;
		for (int n = 0; n < STEP_INTS; n++) {
			if (slots_read[s->kind] >> n & 1)
				i->slots[s->n[n]].last = at + 1;
		}
	}
	const __u32 *inherited = (const __u32 *)(i->steps + h->steps);
	for (__u32 n = 0; n < h->inherited; n++) {
		if (inherited[n] == 0 || inherited[n] >= h->slots)
			return "it has a slot that is not there";
		assign(i, inherited[n], i->base + 2 + (int)n);
	}
	return NULL;
}

const char *string(const struct init *i, const struct plan_step *s, int n)
{
	return s->s[n] ? i->plan + s->s[n] : "";
}

const struct list *list(const struct init *i, const struct plan_step *s, int n)
{
	static const __u64 empty[2];

	return (const struct list *)(s->l[n] ? (const void *)(i->plan + s->l[n]) : empty);
}
