/*
 * The one place where a path inside the root file system becomes a descriptor. openat2(2) resolves
 * it as if dir were /, absolute symbolic links and .. included, and refuses the links of a procfs
 * that lead out of it (RESOLVE_NO_MAGICLINKS). From then on the descriptor is used, never the path.
 */
#include "init.h"

/* A rename or mount elsewhere during a .. makes the kernel ask for another try (openat2(2)). */
#define RESOLVE_TRIES 128
/* Components and links that a missing target may need; this also ends races without end. */
#define MAKE_TRIES 256
#define LINKS 40 /* as many as the kernel follows (path_resolution(7)) */

int open_in_root(int dir, const char *path, int flags, __u64 resolve)
{
	struct open_how how = {
		.flags = (__u64)(O_PATH | O_CLOEXEC | flags),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
	};
	int fd = -EAGAIN;

	for (int n = 0; n < RESOLVE_TRIES && fd == -EAGAIN; n++)
		fd = sys(openat2, dir, *path ? path : ".", &how, sizeof how);
	return fd;
}

int status_of(int fd, struct statx *st)
{
	return sys(statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, st);
}

/* A path that is being made. */
struct making {
	int dir;
	int flags; /* to open it with */
	__u64 resolve;
	bool directory;
	unsigned int mode;
	int links;
	size_t length;
	char path[PATH_MAX];
};

/*
 * The component at start is a link that leads nowhere yet: its target takes its place in the path,
 * so that what is missing is made where the link points to, inside the root. name is a copy of the
 * component, end is where the rest of the path begins. Where no link may be followed this is one
 * that came after we looked (CVE-2023-28642).
 */
static int follow_link(struct making *m, int parent, const char *name, size_t start, size_t end)
{
	char link[PATH_MAX];
	int got = sys(readlinkat, parent, name, link, sizeof link);

	if (got < 0)
		return 0; /* it was no link: somebody made it before us, look again */
	if (got == 0)
		return -ENOENT; /* only a file system in user space has such links */
	if (m->resolve & RESOLVE_NO_SYMLINKS || (m->flags & O_NOFOLLOW && end == m->length))
		return -ELOOP;
	size_t length = (size_t)got, from = link[0] == '/' ? 0 : start, rest = m->length - end;
	if (++m->links > LINKS)
		return -ELOOP;
	if (from + length + rest >= sizeof m->path)
		return -ENAMETOOLONG;
	memmove(m->path + from + length, m->path + end, rest + 1);
	memcpy(m->path + from, link, length);
	m->length = from + length + rest;
	return 0;
}

/* Makes the component of the path at start..end below parent, which is the directory before it. */
static int make_component(struct making *m, int parent, size_t start, size_t end, bool directory,
			  unsigned int mode)
{
	char name[NAME_MAX + 1];
	int made;

	if (end - start > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, m->path + start, end - start);
	name[end - start] = '\0';
	if (directory)
		made = sys(mkdirat, parent, name, mode);
	else
		made = sys(openat, parent, name,
			   O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
	if (made == -EEXIST)
		return follow_link(m, parent, name, start, end);
	if (made == -ENOENT)
		return 0; /* parent was removed meanwhile: look again */
	if (made > 0)
		(void)sys(close, made);
	return made < 0 ? made : 0;
}

/* Makes one component: the one that follows the longest part of the path that is there. */
static int make_next(struct making *m)
{
	size_t end = m->length;

	for (;;) {
		size_t start = end;
		while (start > 0 && m->path[start - 1] != '/')
			start--;
		char first = m->path[start];
		m->path[start] = '\0';
		int parent = open_in_root(m->dir, m->path, O_DIRECTORY, m->resolve);
		m->path[start] = first;
		if (parent >= 0) {
			bool last = end == m->length;
			int made = make_component(m, parent, start, end, !last || m->directory,
						  last ? m->mode : 0755);
			(void)sys(close, parent);
			return made;
		}
		if (parent != -ENOENT || start == 0)
			return parent;
		for (end = start; end > 0 && m->path[end - 1] == '/';)
			end--;
	}
}

/* Opens path, and makes it first as often as it is found missing. */
static int make_target(struct init *i, struct making *m, const char *path)
{
	m->length = strlen(path);
	while (m->length > 1 && path[m->length - 1] == '/')
		m->length--;
	if (m->length >= sizeof m->path)
		return -ENAMETOOLONG;
	memcpy(m->path, path, m->length);
	m->path[m->length] = '\0';
	for (int n = 0; n < MAKE_TRIES; n++) {
		int made = make_next(m);
		if (made < 0)
			return because(i, made, "making ", m->path);
		int fd = open_in_root(m->dir, m->path, m->flags, m->resolve);
		if (fd != -ENOENT)
			return fd;
	}
	return because(i, REFUSED, "its file system does not let us make ", m->path);
}

/* Opens the target of a mount below dir with O_PATH, and makes it if it is missing. */
int open_target(struct init *i, int dir, const char *path, struct target t)
{
	int flags = (t.flags & (TARGET_NOFOLLOW | TARGET_OVER) ? O_NOFOLLOW : 0) |
		    (t.flags & TARGET_ORDINARY ? O_DIRECTORY : 0);
	__u64 resolve = t.flags & TARGET_ORDINARY ? RESOLVE_NO_SYMLINKS : 0;
	struct statx st;
	int fd = open_in_root(dir, path, flags, resolve);

	if (fd == -ENOENT) {
		struct making m;
		m.dir = dir;
		m.flags = flags;
		m.resolve = resolve;
		m.links = 0;
		m.mode = t.mode;
		m.directory = t.like < 0;
		if (t.like >= 0) {
			int known = status_of(t.like, &st);
			if (known < 0)
				return known;
			m.directory = S_ISDIR(st.stx_mode);
		}
		fd = make_target(i, &m, path);
		if (t.made)
			*t.made = true;
	}
	if (fd == -ELOOP && resolve)
		return because(i, REFUSED, "the path is or goes through a symbolic link", "");
	if (fd >= 0 && t.flags & TARGET_NOFOLLOW) {
		int known = status_of(fd, &st);
		if (known < 0)
			return known;
		if (S_ISLNK(st.stx_mode))
			return because(i, REFUSED, "the path is a symbolic link", "");
	}
	return fd;
}

/*
 * Opens the directory that path's last component is in, and makes it if it is missing. name is
 * left at that component, which no .. or . can be: it is to be made.
 */
int open_parent(struct init *i, int dir, const char *path, const char **name)
{
	char above[PATH_MAX];
	size_t start = strlen(path);

	while (start > 0 && path[start - 1] != '/')
		start--;
	*name = path + start;
	if (!**name || !strcmp(*name, ".") || !strcmp(*name, ".."))
		return -EINVAL;
	if (start >= sizeof above)
		return -ENAMETOOLONG;
	memcpy(above, path, start);
	above[start] = '\0';
	return open_target(i, dir, above, (struct target){.like = -1, .mode = 0755});
}
