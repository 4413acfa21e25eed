/*
 * The change of root where pivot_root(2) cannot be used, since the root of an initramfs is mounted
 * on nothing (--no-pivot). The new root is attached over the old one and stays there: this process
 * still resolves paths in the old root until it changes to the new.
 */
#include "init.h"

/* Reads proc_pid_mountinfo(5), whose lines may have any length, piece by piece. */
struct mountinfo {
	int fd;
	int at, got;
	char text[1024];
};

struct mounted {
	__u64 id, parent;
	char path[PATH_MAX]; /* from the root of this process; one that is longer is cut off */
	char type[8];
};

/* What is below the old root and not below the new one is the host's. */
struct host {
	int self; /* /proc/self */
	__u64 root, new_root;
	bool left; /* something could not be unmounted */
};

/* The next byte; 0 at the end, where no byte is 0. */
static int next_byte(struct mountinfo *m)
{
	if (m->at == m->got) {
		do {
			m->got = sys(read, m->fd, m->text, sizeof m->text);
		} while (m->got == -EINTR);
		m->at = 0;
		if (m->got <= 0) {
			int end = m->got;
			m->got = 0;
			return end;
		}
	}
	return (unsigned char)m->text[m->at++];
}

/* Reads a field with its octal escapes undone, as far as there is room; returns what ended it. */
static int next_field(struct mountinfo *m, char *field, size_t room)
{
	size_t n = 0;
	int c = next_byte(m);

	for (; c > 0 && c != ' ' && c != '\n'; c = next_byte(m)) {
		if (c == '\\') {
			c = 0;
			for (int digit = 0; digit < 3; digit++)
				c = (c << 3 | (next_byte(m) & 7)) & 0xff;
		}
		if (n + 1 < room)
			field[n++] = (char)c;
	}
	field[n] = '\0';
	return c;
}

static __u64 number(const char *digits)
{
	__u64 n = 0;

	while (*digits >= '0' && *digits <= '9')
		n = n * 10 + (__u64)(*digits++ - '0');
	return n;
}

/* Reads one mount: 1, 0 at the end, or a negative errno. */
static int next_mount(struct mountinfo *m, struct mounted *mount)
{
	char field[24], parent[24];
	int c = next_field(m, field, sizeof field);

	if (c != ' ')
		return c < 0 ? c : 0;
	(void)next_field(m, parent, sizeof parent);
	mount->type[0] = '\0';
	mount->id = number(field);
	mount->parent = number(parent);
	(void)next_field(m, field, sizeof field); /* device */
	(void)next_field(m, field, sizeof field); /* root within the file system */
	(void)next_field(m, mount->path, sizeof mount->path);
	do { /* options, and optional fields up to a single hyphen */
		c = next_field(m, field, sizeof field);
	} while (c == ' ' && strcmp(field, "-") != 0);
	if (c == ' ')
		c = next_field(m, mount->type, sizeof mount->type);
	while (c > 0 && c != '\n')
		c = next_field(m, field, sizeof field);
	return c < 0 ? c : 1;
}

static void open_mountinfo(const struct host *h, struct mountinfo *m)
{
	/* If this fails so does the first read, with EBADF. */
	m->fd = sys(openat, h->self, "mountinfo", O_RDONLY | O_CLOEXEC);
	m->at = m->got = 0;
}

static int mount_id(int fd, __u64 *id)
{
	struct statx st;
	int known = status_of(fd, &st);

	*id = known < 0 ? 0 : st.stx_mnt_id;
	return known;
}

/* Whether the mount with that id is the top one or below it: 1, 0, or a negative errno. */
static int below(const struct host *h, __u64 id, __u64 top)
{
	struct mountinfo m;
	struct mounted mount;
	int result = 1;

	while (id != top && result > 0) {
		open_mountinfo(h, &m);
		do {
			result = next_mount(&m, &mount);
		} while (result > 0 && mount.id != id);
		(void)sys(close, m.fd);
		if (result > 0 && mount.parent == id)
			return 0;
		id = mount.parent;
	}
	return result;
}

/*
 * Opens the root of a mount of the host by its path. id is what is really found there: something
 * else if the mount is hidden below another.
 */
static int open_mount(const char *path, __u64 *id)
{
	int fd = sys(openat, AT_FDCWD, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int known = fd < 0 ? fd : mount_id(fd, id);

	return known < 0 ? known : fd;
}

/*
 * Unmounts a mount of the old root with all below it: 1 if it did. One that a user namespace
 * received from its parent is locked (mount_namespaces(7)) and stays; no more may then come to it
 * from the host.
 */
static int unmount(struct init *i, struct host *h, const struct mounted *mount)
{
	struct mount_attr private = {.propagation = MS_PRIVATE};
	__u64 id = 0;

	(void)i;
	if (mount->parent != h->root || mount->id == h->root || mount->id == h->new_root)
		return 0;
	h->left = true;
	int fd = open_mount(mount->path, &id);
	if (fd < 0 || id != mount->id)
		return 0;
	int done = sys(umount2, mount->path, MNT_DETACH | UMOUNT_NOFOLLOW);
	if (done < 0)
		done = sys(mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &private,
			   sizeof private);
	else
		done = 1;
	(void)sys(close, fd);
	return done;
}

/*
 * Covers the root of a procfs or sysfs. The kernel lets a user namespace mount a new one if it
 * already sees one whole; a mount that covers its root counts against that, since it is locked
 * there. One that is itself covered at its root needs no more.
 */
static int cover(struct init *i, struct host *h, const struct mounted *mount)
{
	__u64 id = 0;

	if (strcmp(mount->type, "proc") != 0 && strcmp(mount->type, "sysfs") != 0)
		return 0;
	int ours = below(h, mount->id, h->new_root);
	if (ours != 0)
		return ours < 0 ? ours : 0;
	int target = open_mount(mount->path, &id);
	int covered = target < 0 ? target : below(h, id, mount->id);
	if (covered <= 0)
		return because(i, covered ? covered : REFUSED, "cannot reach the host's ",
			       mount->path);
	if (id == mount->id) {
		int tmpfs = blank(i, "");
		int done = tmpfs < 0 ? tmpfs : attach(i, tmpfs, target);
		if (done < 0)
			return because(i, done, "covering the host's ", mount->path);
		(void)sys(close, tmpfs);
	}
	return sys(close, target);
}

/* Does visit for every mount there is: how often that returned 1, or a negative errno. */
static int each(struct init *i, struct host *h,
		int (*visit)(struct init *, struct host *, const struct mounted *))
{
	struct mountinfo m;
	struct mounted mount;
	int result, count = 0;

	open_mountinfo(h, &m);
	while ((result = next_mount(&m, &mount)) > 0) {
		result = visit(i, h, &mount);
		if (result < 0)
			break;
		count += result;
	}
	(void)sys(close, m.fd);
	return result < 0 ? result : count;
}

/*
 * A process that leaves a chroot(2), which takes CAP_SYS_CHROOT alone, goes up from the old root.
 * Where that is the first of the mount namespace, what is mounted over it is the new root again;
 * where it is a chroot itself, the way leads on to the host.
 */
static int change_root(struct init *i, const struct host *h, int root, int old)
{
	__u64 id = 0;
	int done = sys(fchdir, root);

	if (done >= 0)
		done = sys(chroot, ".");
	int up = done < 0 ? done : sys(openat, old, "..", O_PATH | O_CLOEXEC);
	done = up < 0 ? up : mount_id(up, &id);
	if (done < 0)
		return done;
	if (id != h->new_root)
		return because(i, REFUSED,
			       "tare runs in a chroot, from which a container could escape", "");
	(void)sys(close, up);
	(void)sys(close, old);
	return sys(chdir, "/");
}

/*
 * All mounts of the host go, as with pivot_root(2): a container would see none of them, but its
 * user namespaces could mount a procfs without masks for as long as the host's is there.
 */
int step_moveroot(struct init *i, const struct plan_step *s)
{
	struct mount_attr private = {.propagation = MS_PRIVATE};
	int root = fd_of(i, s->n[MOVEROOT_N_ROOT]);
	int old = sys(openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC);
	struct host h = {.self = sys(openat, AT_FDCWD, "/proc/self", O_PATH | O_CLOEXEC)};
	int done = mount_id(old, &h.root);

	if (done >= 0)
		done = mount_id(root, &h.new_root);
	if (done < 0)
		return done;
	/* EINVAL is a chroot, see above. */
	(void)sys(mount_setattr, old, "", AT_EMPTY_PATH, &private, sizeof private);
	do { /* as long as one that was hidden may have come to light */
		h.left = false;
		done = each(i, &h, unmount);
	} while (done > 0);
	if (done < 0)
		return because(i, done, "unmounting what is the host's", "");
	done = h.left ? each(i, &h, cover) : 0;
	(void)sys(close, h.self);
	return done < 0 ? done : change_root(i, &h, root, old);
}
