/*
 * What a new file system takes over from the directory that it is mounted on: its mode, and, with
 * tmpcopyup, all that is in it.
 *
 * The image, and who else writes to its volumes while this runs, say what is there. The new file
 * system is not attached yet: nobody else can reach it, and names in it are safe. In the source
 * only single names are opened, below a directory that is open, without following a link or
 * leaving its mount; what was opened is looked at again before it is used. So whatever is renamed
 * or exchanged, nothing but what was in the root comes into the copy.
 */
#include "init.h"

#include <linux/fs.h>
#include <linux/time_types.h>
#include <linux/xattr.h>

/* Two descriptors are open for each directory on the way down; a process usually has 1024. */
#define DEPTH_MAX 128
#define DEPTH_TEXT "it has more than 128 directories in each other: "

struct entry { /* linux_dirent64 of getdents64(2) */
	__u64 ino;
	__s64 next;
	__u16 length;
	__u8 type;
	char name[];
};

/* A directory that is being copied. */
struct level {
	int from, to;
	__u32 path; /* the length of its path */
};

struct copy {
	struct init *i;
	int depth;
	__u32 length;
	struct level levels[DEPTH_MAX];
	char path[PATH_MAX]; /* for errors: of what is being copied, below the mount */
	char names[XATTR_LIST_MAX + 1];
	char value[XATTR_SIZE_MAX]; /* also the buffer for what files have in them */
	_Alignas(struct entry) char entries[16384];
};

/* What becomes of the attributes of a copy. */
enum { ATTR_OWNER = 1, ATTR_MODE = 2, ATTR_ALL = ATTR_OWNER | ATTR_MODE };

static int exchanged(struct copy *c)
{
	return because(c->i, REFUSED, "somebody exchanged ", c->path);
}

/* Opens a name in a directory of the source: what it is is known, unless it was exchanged. */
static int open_below(int dir, const char *name, int flags)
{
	struct open_how how = {
		/* A device or fifo that took its place must not keep us waiting. */
		.flags = (__u64)(flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};

	return sys(openat2, dir, name, &how, sizeof how);
}

/* Whether it is gone, or is a mount, which is not a part of the directory. */
static bool left_out(int error)
{
	return error == -ENOENT || error == -EXDEV;
}

/*
 * Extended attributes, ACLs and file capabilities among them. A tmpfs does not have all kinds of
 * them, and not every process may set each.
 */
static int copy_xattrs(struct copy *c, int from, int to)
{
	int size = sys(flistxattr, from, c->names, sizeof c->names - 1);

	if (size == -EOPNOTSUPP)
		return 0;
	if (size < 0)
		return size;
	c->names[size] = '\0';
	for (const char *name = c->names; name < c->names + size; name += strlen(name) + 1) {
		int got = sys(fgetxattr, from, name, c->value, sizeof c->value);
		/* EOVERFLOW: capabilities that are for another user namespace. */
		if (got == -ENODATA || got == -EOPNOTSUPP || got == -EPERM || got == -EOVERFLOW)
			continue;
		if (got < 0)
			return got;
		int set = sys(fsetxattr, to, name, c->value, got, 0);
		if (set < 0 && set != -EOPNOTSUPP && set != -EPERM)
			return set;
	}
	return 0;
}

/*
 * An owner that the user namespace, or the mount, has no id for is not kept, and then nothing may
 * be executed with the ids of the one that takes its place.
 */
static bool unmapped(int error)
{
	return error == -EINVAL || error == -EPERM || error == -EOVERFLOW;
}

static void times_of(const struct statx *st, struct __kernel_timespec times[2])
{
	times[0] = (struct __kernel_timespec){st->stx_atime.tv_sec, st->stx_atime.tv_nsec};
	times[1] = (struct __kernel_timespec){st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec};
}

/* In this order: a new owner takes file capabilities away, and all of them change times. */
static int copy_attributes(struct copy *c, int from, int to, int which)
{
	struct statx st;
	struct __kernel_timespec times[2];
	int done = status_of(from, &st);
	unsigned int mode = st.stx_mode & 07777;

	if (done >= 0 && which & ATTR_OWNER) {
		done = sys(fchown, to, st.stx_uid, st.stx_gid);
		if (unmapped(done)) {
			mode &= 01777;
			done = 0;
		}
	}
	if (done >= 0 && which & ATTR_MODE)
		done = sys(fchmod, to, mode);
	if (done >= 0)
		done = copy_xattrs(c, from, to);
	if (done < 0)
		return done;
	times_of(&st, times);
	return sys(utimensat, to, NULL, times, 0);
}

/* Copies what lies between two holes of a file; one that shrinks meanwhile ends early. */
static int copy_extent(struct copy *c, int in, int out, __s64 at, __s64 end)
{
	while (at < end) {
		__s64 want = end - at < (__s64)sizeof c->value ? end - at : (__s64)sizeof c->value;
		int got = sys(pread64, in, c->value, want, at);
		if (got <= 0)
			return got;
		int put = sys(pwrite64, out, c->value, got, at);
		if (put <= 0)
			return put < 0 ? put : -ENOSPC;
		at += put;
	}
	return 0;
}

/* Holes stay holes: a file of a few bytes may claim to be as large as the memory. */
static int copy_data(struct copy *c, int in, int out, __s64 size)
{
	int done = 0;

	for (__s64 at = 0, end; at < size && done >= 0; at = end) {
		__s64 data = sys_long(lseek, in, at, SEEK_DATA);
		if (data == -ENXIO)
			break;
		if (data > at)
			at = data;
		end = sys_long(lseek, in, at, SEEK_HOLE);
		if (end <= at || end > size)
			end = size;
		done = copy_extent(c, in, out, at, end);
	}
	return done < 0 ? done : sys(ftruncate, out, size);
}

static int copy_file(struct copy *c, const struct level *l, const char *name)
{
	struct statx st;
	int in = open_below(l->from, name, O_RDONLY);

	if (left_out(in))
		return 0;
	if (in == -ELOOP)
		return exchanged(c);
	if (in < 0)
		return in;
	int done = status_of(in, &st);
	if (done < 0)
		return done;
	if (!S_ISREG(st.stx_mode))
		return exchanged(c);
	int out = sys(openat, l->to, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	if (out < 0)
		return out;
	done = copy_data(c, in, out, (__s64)st.stx_size);
	if (done >= 0)
		done = copy_attributes(c, in, out, ATTR_ALL);
	(void)sys(close, in);
	(void)sys(close, out);
	return done;
}

/* Symbolic links, devices, fifos and sockets, which have no content but what st and the link say. */
static int copy_node(struct copy *c, const struct level *l, const char *name,
		     const struct statx *st)
{
	struct __kernel_timespec times[2];
	unsigned int mode = st->stx_mode;
	__u32 major = st->stx_rdev_major, minor = st->stx_rdev_minor;
	int done;

	if (S_ISLNK(mode)) {
		done = sys(readlinkat, l->from, name, c->value, PATH_MAX);
		if (done == -ENOENT)
			return 0;
		if (done == -EINVAL)
			return exchanged(c);
		if (done < 0)
			return done;
		c->value[done] = '\0';
		done = sys(symlinkat, c->value, l->to, name);
	} else {
		/* As the kernel decodes it (include/linux/kdev_t.h). */
		done = sys(mknodat, l->to, name, mode,
			   (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12);
		if (done == -EPERM)
			return 0; /* not every process may make devices (mknod(2)) */
	}
	if (done < 0)
		return done;
	done = sys(fchownat, l->to, name, st->stx_uid, st->stx_gid, AT_SYMLINK_NOFOLLOW);
	if (done < 0 && !unmapped(done))
		return done;
	times_of(st, times);
	return sys(utimensat, l->to, name, times, AT_SYMLINK_NOFOLLOW);
}

/* Makes a directory, whose entries are copied next. Until then it is closed to others. */
static int enter(struct copy *c, const struct level *l, const char *name)
{
	int from = open_below(l->from, name, O_RDONLY | O_DIRECTORY);

	if (left_out(from))
		return 0;
	if (from == -ELOOP || from == -ENOTDIR)
		return exchanged(c);
	if (from < 0)
		return from;
	if (c->depth == DEPTH_MAX)
		return because(c->i, REFUSED, DEPTH_TEXT, c->path);
	int done = sys(mkdirat, l->to, name, 0700);
	if (done < 0)
		return done;
	int to = sys(openat, l->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return to;
	c->levels[c->depth++] = (struct level){from, to, c->length};
	return 0;
}

static int copy_entry(struct copy *c, const struct level *l, const char *name)
{
	struct statx st;
	size_t length = strlen(name);
	int known = sys(statx, l->from, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
			STATX_BASIC_STATS, &st);

	c->length = l->path;
	if (length < sizeof c->path - 2 - c->length) {
		if (c->length)
			c->path[c->length++] = '/';
		memcpy(c->path + c->length, name, length + 1);
		c->length += (__u32)length;
	}
	if (known == -ENOENT)
		return 0;
	if (known < 0)
		return known;
	if (S_ISDIR(st.stx_mode))
		return enter(c, l, name);
	if (S_ISREG(st.stx_mode))
		return copy_file(c, l, name);
	return copy_node(c, l, name, &st);
}

/*
 * Copies entries up to the first directory, which is next; the one that they are from is read on
 * later from there. So one buffer does for all levels.
 */
static int copy_entries(struct copy *c, const struct level *l, int size)
{
	int depth = c->depth, done = 0;

	for (int at = 0; at < size && done >= 0;) {
		const struct entry *e = (const void *)(c->entries + at);
		at += e->length;
		if (!strcmp(e->name, ".") || !strcmp(e->name, ".."))
			continue;
		done = copy_entry(c, l, e->name);
		if (c->depth != depth) {
			long sought = sys_long(lseek, l->from, e->next, SEEK_SET);
			return sought < 0 ? (int)sought : 0;
		}
	}
	return done;
}

/* The root's own attributes are as the mount's options leave it: which. */
static int copy_tree(struct copy *c, int from, int to, int which)
{
	int done = 0;

	c->levels[0] = (struct level){from, to, 0};
	c->depth = 1;
	while (done >= 0 && c->depth > 0) {
		const struct level *l = &c->levels[c->depth - 1];
		done = sys(getdents64, l->from, c->entries, sizeof c->entries);
		if (done > 0) {
			done = copy_entries(c, l, done);
		} else if (done == 0) {
			c->depth--;
			done = copy_attributes(c, l->from, l->to, c->depth ? ATTR_ALL : which);
			(void)sys(close, l->from);
			(void)sys(close, l->to);
		}
	}
	return done;
}

static int copy_up(struct init *i, int from, int to, __s64 flags)
{
	static struct copy c; /* larger than the least stack that a process may have */
	int which = (flags & TARGET_OWNER ? ATTR_OWNER : 0) | (flags & TARGET_MODE ? ATTR_MODE : 0);

	c.i = i;
	c.length = 0;
	c.path[0] = '\0';
	int done = copy_tree(&c, from, to, which);
	if (done >= 0 || done == REFUSED)
		return done;
	return because(i, done, "copying ", c.path);
}

/* A new mount's root: open_tree(2) and fsmount(2) give descriptors that take no attributes. */
static int open_root(struct init *i, int mount)
{
	int root = sys(openat, mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? because(i, root, "opening the mount's root", "") : root;
}

/* Gives the root of a mount that nobody sees yet what it takes over from the target. */
int inherit(struct init *i, int mount, int target, __s64 flags)
{
	struct statx st;
	int done = status_of(target, &st);

	if (done < 0)
		return done;
	if (!S_ISDIR(st.stx_mode))
		return 0; /* attach says that this cannot be */
	int root = open_root(i, mount);
	if (root < 0)
		return root;
	if (flags & TARGET_COPYUP) {
		int from = sys(openat, target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (from < 0)
			return because(i, from, "opening what it covers", "");
		return copy_up(i, from, root, flags);
	}
	done = sys(fchmod, root, st.stx_mode & 07777);
	(void)sys(close, root);
	return unmapped(done) ? 0 : done; /* the mount may be idmapped */
}
