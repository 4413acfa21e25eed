/* Who the program is: ids and capabilities (credentials(7), capabilities(7)). */
#include "init.h"

#include <linux/capability.h>

/*
 * Dropping is tried first: only where it is not permitted does it matter whether there is anything
 * to drop. The kernel knows no capability from the first EINVAL on.
 */
int step_bounding(struct init *i, const struct plan_step *s)
{
	(void)i;
	for (int cap = 0; cap < 64; cap++) {
		if ((__u64)s->n[BOUNDING_N_KEEP] >> cap & 1)
			continue;
		int done = sys(prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (done == -EINVAL)
			return 0;
		if (done == -EPERM && sys(prctl, PR_CAPBSET_READ, cap, 0, 0, 0) == 0)
			continue;
		if (done < 0)
			return done;
	}
	return 0;
}

/* Groups and gids first: once the uid is not root's, the right to set them is gone. */
int step_user(struct init *i, const struct plan_step *s)
{
	long uid = s->n[USER_N_UID], gid = s->n[USER_N_GID];
	int done = sys(prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);

	if (done < 0)
		return because(i, done, "keeping capabilities", "");
	if (s->n[USER_N_SETGROUPS])
		done = sys(setgroups, s->id_count, i->plan + s->ids);
	if (done < 0)
		return because(i, done, "setting the supplementary groups", "");
	done = sys(setresgid, gid, gid, gid);
	if (done < 0)
		return because(i, done, "setting the gid", "");
	done = sys(setresuid, uid, uid, uid);
	return done < 0 ? because(i, done, "setting the uid", "") : 0;
}

/* Ambient capabilities are raised after the sets they must be part of. */
static int set_ambient(__u64 ambient)
{
	int done = sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);

	for (int cap = 0; cap < 64 && done >= 0; cap++) {
		if (ambient >> cap & 1)
			done = sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	}
	return done;
}

int step_caps(struct init *i, const struct plan_step *s)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct sets[2];

	for (int half = 0; half < 2; half++) {
		sets[half].effective = (__u32)((__u64)s->n[CAPS_N_EFFECTIVE] >> 32 * half);
		sets[half].permitted = (__u32)((__u64)s->n[CAPS_N_PERMITTED] >> 32 * half);
		sets[half].inheritable = (__u32)((__u64)s->n[CAPS_N_INHERITABLE] >> 32 * half);
	}
	int done = sys(capset, &header, sets);
	if (done < 0)
		return done;
	done = set_ambient((__u64)s->n[CAPS_N_AMBIENT]);
	if (done < 0)
		return because(i, done, "raising the ambient set", "");
	return sys(prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
}

int step_nonewprivs(struct init *i, const struct plan_step *s)
{
	(void)i;
	(void)s;
	return sys(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
