/* What is made in /dev besides mounts: directories, links and device nodes. */
#include "init.h"

bool is_null_device(const struct statx *st)
{
	return S_ISCHR(st->stx_mode) && st->stx_rdev_major == 1 && st->stx_rdev_minor == 3;
}

int step_mkdir(struct init *i, const struct plan_step *s)
{
	struct target t = {.like = -1, .mode = (unsigned int)s->n[MKDIR_N_MODE] & 07777};
	int fd = open_target(i, fd_of(i, s->n[MKDIR_N_DIR]), string(i, s, MKDIR_S_PATH), t);
	struct statx st;

	if (fd < 0)
		return fd;
	int known = status_of(fd, &st);
	if (known < 0)
		return known;
	(void)sys(close, fd);
	return S_ISDIR(st.stx_mode) ? 0 : -ENOTDIR;
}

/* Who mounts on it later does so by its path: nothing is known of it but that it is there. */
int step_point(struct init *i, const struct plan_step *s)
{
	struct target t = {.like = -1, .mode = 0755};

	if (s->n[POINT_N_LIKE])
		t.like = fd_of(i, s->n[POINT_N_LIKE]);
	int fd = open_target(i, fd_of(i, s->n[POINT_N_DIR]), string(i, s, POINT_S_PATH), t);
	if (fd < 0)
		return fd;
	return sys(close, fd);
}

/* Whether the link in parent leads to target, as its text says. */
static bool same_link(int parent, const char *name, const char *target)
{
	char link[PATH_MAX];
	int got = sys(readlinkat, parent, name, link, sizeof link);

	if (got < 0 || got == sizeof link)
		return false;
	link[got] = '\0';
	return !strcmp(link, target);
}

/* What the image has in its place wins, unless it must be this link. */
int step_symlink(struct init *i, const struct plan_step *s)
{
	const char *name, *target = string(i, s, SYMLINK_S_TARGET);
	int parent =
		open_parent(i, fd_of(i, s->n[SYMLINK_N_DIR]), string(i, s, SYMLINK_S_PATH), &name);

	if (parent < 0)
		return parent;
	int done = sys(symlinkat, target, parent, name);
	if (done == -EEXIST)
		done = s->n[SYMLINK_N_FLAGS] & SYMLINK_EXACT && !same_link(parent, name, target)
			       ? because(i, REFUSED, "something else is there", "")
			       : 0;
	(void)sys(close, parent);
	return done;
}

/* Compares major and minor as the kernel decodes mknod(2)'s argument (include/linux/kdev_t.h). */
static bool same_device(const struct statx *st, unsigned int mode, __u32 dev)
{
	if ((st->stx_mode & S_IFMT) != (mode & S_IFMT))
		return false;
	if (!S_ISCHR(mode) && !S_ISBLK(mode))
		return true;
	return st->stx_rdev_major == (dev >> 8 & 0xfff) &&
	       st->stx_rdev_minor == ((dev & 0xff) | (dev >> 12 & 0xfff00));
}

/*
 * Corrects what a default ACL or the set-group-id bit of the directory did to the new node. It is
 * opened without following anything and looked at again: only a node of the kind we made is
 * changed, whoever may have renamed something else into its place.
 */
static int correct(struct init *i, int parent, const char *name, const struct plan_step *s)
{
	unsigned int mode = (unsigned int)s->n[DEVICE_N_MODE];
	__u32 uid = (__u32)s->n[DEVICE_N_UID], gid = (__u32)s->n[DEVICE_N_GID];
	struct statx st;
	int fd = sys(openat, parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int done = fd < 0 ? fd : status_of(fd, &st);

	if (done >= 0 && !same_device(&st, mode, (__u32)s->n[DEVICE_N_DEVICE]))
		return because(i, REFUSED, "somebody exchanged it", "");
	if (done >= 0 && (st.stx_uid != uid || st.stx_gid != gid))
		done = sys(fchownat, fd, "", uid, gid, AT_EMPTY_PATH);
	if (done < 0)
		return because(i, done, "setting its owner", "");
	if ((st.stx_mode & 07777) != (mode & 07777))
		done = sys(fchmodat2, fd, "", mode & 07777, AT_EMPTY_PATH);
	if (done < 0)
		return because(i, done,
			       "setting its mode, which the directory's default ACL changed", "");
	return sys(close, fd);
}

int step_device(struct init *i, const struct plan_step *s)
{
	unsigned int mode = (unsigned int)s->n[DEVICE_N_MODE];
	__u32 dev = (__u32)s->n[DEVICE_N_DEVICE];
	struct statx st;
	const char *name;
	int parent =
		open_parent(i, fd_of(i, s->n[DEVICE_N_DIR]), string(i, s, DEVICE_S_PATH), &name);

	if (parent < 0)
		return parent;
	/* The umask is 0: the mode is exact. */
	int made = sys(mknodat, parent, name, mode, dev);
	if (made < 0 && made != -EEXIST)
		return made;
	int known = sys(statx, parent, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st);
	if (known < 0)
		return known;
	if (!same_device(&st, mode, dev))
		return because(i, REFUSED, "something else is there", "");
	if (made == 0 && (st.stx_mode != mode || st.stx_uid != (__u32)s->n[DEVICE_N_UID] ||
			  st.stx_gid != (__u32)s->n[DEVICE_N_GID]))
		made = correct(i, parent, name, s);
	(void)sys(close, parent);
	return made == -EEXIST ? 0 : made;
}
