/*
 * Mounts. Each is made detached, gets its final attributes while nobody can see it, and is then
 * attached to a descriptor: no moment in which it is there with the wrong flags, and no path that
 * somebody could exchange in between.
 */
#include "init.h"

#include <linux/magic.h>

/* fsconfig(2) takes no key or value of 256 bytes or more. */
#define OPTION_MAX 256

struct change {
	__s64 set, clear; /* of the mount itself */
	__s64 set_all, clear_all; /* of it and all below it */
	__s64 propagation;
};

static int change_attributes(int mount, __u64 set, __u64 clear, __u64 propagation, int recursive)
{
	struct mount_attr a = {.attr_set = set, .attr_clr = clear, .propagation = propagation};

	if (!set && !clear && !propagation)
		return 0;
	return sys(mount_setattr, mount, "", AT_EMPTY_PATH | recursive, &a, sizeof a);
}

/* The whole tree first and then its top, so that what is asked of the top alone wins there. */
static int change_mount(struct init *i, int mount, struct change c)
{
	bool all = c.propagation & MS_REC;
	__u64 propagation = (__u64)(c.propagation & ~MS_REC);
	int changed = change_attributes(mount, (__u64)c.set_all, (__u64)c.clear_all,
					all ? propagation : 0, AT_RECURSIVE);

	if (changed >= 0)
		changed = change_attributes(mount, (__u64)c.set, (__u64)c.clear,
					    all ? 0 : propagation, 0);
	if (changed == -EPERM)
		return because(i, changed,
			       "in a user namespace the attributes that a mount has on the host "
			       "cannot be taken away",
			       "");
	return changed;
}

/* Whether both are directories, or neither is: else move_mount(2) says EINVAL, as of much else. */
static bool alike(int a, int b)
{
	struct statx one, other;

	return status_of(a, &one) < 0 || status_of(b, &other) < 0 ||
	       S_ISDIR(one.stx_mode) == S_ISDIR(other.stx_mode);
}

/* Attaches a detached mount over the target. */
int attach(struct init *i, int mount, int target)
{
	int moved = sys(move_mount, mount, "", target, "",
			MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

	if (moved < 0 && !alike(mount, target))
		return because(i, REFUSED, "of source and target only one is a directory", "");
	return moved;
}

/* Adds the kernel's own words about a failing fsconfig(2), "e tmpfs: Bad value …". */
static int explain(struct init *i, int fs, int error, const char *what, const char *option)
{
	char *line;
	int got;

	(void)because(i, error, what, option);
	if (MESSAGE_TEXT - i->detail_length < 4)
		return error;
	line = i->detail + i->detail_length;
	got = sys(read, fs, line, MESSAGE_TEXT - i->detail_length);
	if (got < 3)
		return error;
	if (line[got - 1] == '\n')
		got--;
	if (i->detail_length > 0) {
		/* The two bytes of the level become the separator. */
		line[0] = ':';
		line[1] = ' ';
	} else {
		memmove(line, line + 2, (size_t)(got -= 2));
	}
	i->detail_length += (__u32)got;
	return error;
}

/* Sets one option, "key=value" or "flag". */
static int set_option(int fs, const char *option)
{
	char key[OPTION_MAX];
	size_t n = 0;

	while (option[n] && option[n] != '=') {
		if (n == sizeof key - 1)
			return -EINVAL;
		key[n] = option[n];
		n++;
	}
	key[n] = '\0';
	if (option[n] == '=')
		return sys(fsconfig, fs, FSCONFIG_SET_STRING, key, option + n + 1, 0);
	return sys(fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0);
}

/*
 * A procfs shows a pid namespace, a sysfs a network namespace, and so on: only root of the user
 * namespace that owns it may mount it. Other file systems no user namespace may mount.
 */
static int of_namespace(struct init *i, int error)
{
	if (error != -EPERM)
		return error;
	return because(i, error,
		       "the namespace that it shows belongs to another user namespace, "
		       "or it may not be mounted in one",
		       "");
}

/* What the kernel means by EPERM when all else is permitted (fs/namespace.c, mount_too_revealing). */
#define REVEALING                                                                                  \
	"the host's own is masked or read-only in parts, and in a user namespace no more of it "   \
	"may be seen"

/* Makes a detached mount of a new file system. options are offsets of strings in the plan. */
static int new_mount(struct init *i, const char *type, const char *source,
		     const struct list *options, __s64 attrs)
{
	int fs = sys(fsopen, type, FSOPEN_CLOEXEC);
	int done = 0;

	if (fs == -ENODEV)
		return because(i, fs, "the kernel has no such file system", "");
	if (fs < 0)
		return of_namespace(i, fs);
	if (*source)
		done = sys(fsconfig, fs, FSCONFIG_SET_STRING, "source", source, 0);
	if (done < 0)
		return explain(i, fs, done, "setting the source ", source);
	for (__u64 n = 0; n < options->count; n++) {
		const char *option = i->plan + options->at[n];
		done = set_option(fs, option);
		if (done < 0)
			return explain(i, fs, done, "setting ", option);
	}
	done = sys(fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (done == -EPERM)
		return of_namespace(i, done);
	if (done < 0)
		return explain(i, fs, done, "", "");
	int mount = sys(fsmount, fs, FSMOUNT_CLOEXEC, attrs);
	if (mount == -EPERM)
		return because(i, mount, REVEALING, "");
	if (mount < 0)
		return explain(i, fs, mount, "making the mount", "");
	(void)sys(close, fs);
	return mount;
}

/* Whether the path itself, with no link of the image's, says that it is below /proc. */
static bool names_proc(const char *path)
{
	static const char proc[] = "/proc/";
	size_t n = 0;

	while (proc[n] && path[n] == proc[n])
		n++;
	return !proc[n];
}

/*
 * Opens what a mount is put on. Isolation rests on files of procfs, so the compiler lets few of
 * them be covered, by name; no link of the image may lead to the others (CVE-2019-16884). A procfs
 * at another place is the config's own wish, if its path has no link in it.
 */
static int open_place(struct init *i, int dir, const char *path, struct target t)
{
	int fd = open_target(i, dir, path, t);
	struct statfs fs;

	if (fd < 0)
		return fd;
	int known = sys(fstatfs, fd, &fs);
	if (known < 0)
		return known;
	if (fs.f_type != PROC_SUPER_MAGIC || names_proc(path))
		return fd;
	(void)sys(close, fd);
	fd = open_in_root(dir, path, t.flags & (TARGET_NOFOLLOW | TARGET_OVER) ? O_NOFOLLOW : 0,
			  RESOLVE_NO_SYMLINKS);
	if (fd == -ELOOP)
		return because(i, REFUSED, "a symbolic link leads it into a procfs", "");
	return fd;
}

/*
 * Puts a mount on a path below dir. What it takes over from a directory there, it takes before
 * anyone can see it; one that had to be made has nothing to give.
 */
static int put(struct init *i, int mount, int dir, const char *path, __s64 flags, int like)
{
	const __s64 heir = TARGET_MODE | TARGET_OWNER | TARGET_COPYUP;
	bool made = false;
	int target =
		open_place(i, dir, path, (struct target){flags, like, .mode = 0755, .made = &made});
	int done = 0;

	if (target < 0)
		return target;
	if (flags & heir && !made)
		done = inherit(i, mount, target, flags);
	if (done >= 0 && flags & TARGET_READONLY)
		done = change_attributes(mount, MOUNT_ATTR_RDONLY, 0, 0, 0);
	if (done >= 0)
		done = attach(i, mount, target);
	(void)sys(close, target);
	return done;
}

int step_mount(struct init *i, const struct plan_step *s)
{
	int mount = new_mount(i, string(i, s, MOUNT_S_TYPE), string(i, s, MOUNT_S_SOURCE),
			      list(i, s, MOUNT_L_OPTIONS), s->n[MOUNT_N_ATTRS]);
	if (mount < 0)
		return mount;
	int done =
		change_mount(i, mount, (struct change){.propagation = s->n[MOUNT_N_PROPAGATION]});
	if (done < 0)
		return because(i, done, "setting the propagation", "");
	if (s->n[MOUNT_N_DIR])
		done = put(i, mount, fd_of(i, s->n[MOUNT_N_DIR]), string(i, s, MOUNT_S_PATH),
			   s->n[MOUNT_N_FLAGS], -1);
	if (done < 0)
		return done;
	assign(i, s->n[MOUNT_N_OUT], mount);
	return 0;
}

/*
 * For options of 256 bytes and more. mount(2) knows targets by path only: the target is made the
 * working directory, so that no procfs need be trusted to name its descriptor. Hence a relative
 * path in source or data is not the caller's.
 */
int step_mount_legacy(struct init *i, const struct plan_step *s)
{
	const struct list *data = list(i, s, MOUNT2_L_DATA);
	int before = sys(openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC);
	int target = open_place(i, fd_of(i, s->n[MOUNT2_N_DIR]), string(i, s, MOUNT2_S_PATH),
				(struct target){s->n[MOUNT2_N_TARGET], -1, .mode = 0755});

	if (target < 0)
		return target;
	int done = sys(fchdir, target);
	if (done < 0)
		return because(i, done, "entering the target", "");
	done = sys(mount, string(i, s, MOUNT2_S_SOURCE), ".", string(i, s, MOUNT2_S_TYPE),
		   s->n[MOUNT2_N_FLAGS], data->count ? i->plan + data->at[0] : NULL);
	if (done < 0)
		return done;
	done = sys(fchdir, before);
	(void)sys(close, before);
	(void)sys(close, target);
	return done;
}

/* Mounts that a user namespace has inherited hide what is below them (mount_namespaces(7)). */
#define UNCOVERING                                                                                 \
	"it is unbindable; or, in a user namespace, it has mounts below it, which must come "      \
	"along: use rbind"

/* Clones what is at path below from, or from itself; with no from, at an absolute path. */
int step_clone(struct init *i, const struct plan_step *s)
{
	__s64 flags = s->n[CLONE_N_FLAGS];
	const char *path = string(i, s, CLONE_S_PATH);
	bool nofollow = flags & CLONE_MOUNT_NOFOLLOW;
	int how = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
		  (flags & CLONE_MOUNT_RECURSIVE ? AT_RECURSIVE : 0);
	int tree;

	if (s->n[CLONE_N_FROM] == 0) {
		tree = sys(open_tree, AT_FDCWD, path, how | (nofollow ? AT_SYMLINK_NOFOLLOW : 0));
	} else {
		int from = fd_of(i, s->n[CLONE_N_FROM]);
		int found = *path ? open_in_root(from, path, nofollow ? O_NOFOLLOW : 0, 0) : from;
		if (found < 0)
			return found;
		tree = sys(open_tree, found, "", how | AT_EMPTY_PATH);
		if (found != from)
			(void)sys(close, found);
	}
	if (tree == -EINVAL && !(flags & CLONE_MOUNT_RECURSIVE))
		return because(i, tree, UNCOVERING, "");
	if (tree < 0)
		return tree;
	assign(i, s->n[CLONE_N_OUT], tree);
	return change_mount(i, tree,
			    (struct change){s->n[CLONE_N_SET], s->n[CLONE_N_CLEAR],
					    s->n[CLONE_N_RSET], s->n[CLONE_N_RCLEAR],
					    s->n[CLONE_N_PROPAGATION]});
}

int step_setattr(struct init *i, const struct plan_step *s)
{
	return change_mount(i, fd_of(i, s->n[SETATTR_N_FROM]),
			    (struct change){s->n[SETATTR_N_SET], s->n[SETATTR_N_CLEAR],
					    s->n[SETATTR_N_RSET], s->n[SETATTR_N_RCLEAR],
					    s->n[SETATTR_N_PROPAGATION]});
}

/* A mount's own descriptor is one that takes no attributes (O_PATH): its root is opened anew. */
int step_label(struct init *i, const struct plan_step *s)
{
	const char *label = string(i, s, LABEL_S_LABEL);
	int root =
		sys(openat, fd_of(i, s->n[LABEL_N_FROM]), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return root;
	int done = sys(fsetxattr, root, "security.selinux", label, strlen(label), 0);
	(void)sys(close, root);
	return done;
}

/* Whether fd is the device of that type and number, encoded as for mknod(2). */
static int check_device(struct init *i, int fd, unsigned int type, __u64 dev)
{
	__u32 major = (__u32)(dev >> 8 & 0xfff),
	      minor = (__u32)((dev & 0xff) | (dev >> 12 & ~0xffu));
	struct statx st;
	int known = status_of(fd, &st);

	if (known < 0)
		return known;
	if ((st.stx_mode & S_IFMT) != type || st.stx_rdev_major != major ||
	    st.stx_rdev_minor != minor)
		return because(i, REFUSED, "what the host has there is not this device", "");
	return 0;
}

int step_attach(struct init *i, const struct plan_step *s)
{
	const char *path = string(i, s, ATTACH_S_PATH);
	unsigned int type = (unsigned int)s->n[ATTACH_N_TYPE];
	int from = fd_of(i, s->n[ATTACH_N_FROM]);
	int right = type ? check_device(i, from, type, (__u64)s->n[ATTACH_N_DEVICE]) : 0;

	if (right < 0)
		return right;
	if (s->n[ATTACH_N_DIR])
		return put(i, from, fd_of(i, s->n[ATTACH_N_DIR]), path, s->n[ATTACH_N_FLAGS], from);
	int target = sys(openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);
	if (target < 0)
		return target;
	int done = attach(i, from, target);
	(void)sys(close, target);
	return done;
}
