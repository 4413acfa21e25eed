/* The container's terminal and its standard streams. */
#include "init.h"

#include <asm/termios.h>
#include <linux/magic.h>

/*
 * Opens the container's ptmx. The directory is checked to be a devpts before anything in it is
 * opened for real: in one there are no other files than the kernel's, and crossing a mount is
 * refused (CVE-2025-52565).
 */
static int open_ptmx(struct init *i, int dir)
{
	struct open_how how = {
		.flags = O_RDWR | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	int pts = open_in_root(dir, "dev/pts", O_DIRECTORY, 0);
	struct statfs fs;
	struct statx st;
	int known = pts < 0 ? pts : sys(fstatfs, pts, &fs);

	if (known < 0)
		return because(i, known, "opening /dev/pts", "");
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return because(i, REFUSED, "/dev/pts is not a devpts", "");
	int master = sys(openat2, pts, "ptmx", &how, sizeof how);
	known = master < 0 ? master : status_of(master, &st);
	if (known < 0)
		return because(i, known, "opening /dev/pts/ptmx", "");
	if (!S_ISCHR(st.stx_mode) || st.stx_rdev_major != 5 || st.stx_rdev_minor != 2)
		return because(i, REFUSED, "/dev/pts/ptmx is not the device 5:2", "");
	(void)sys(close, pts);
	return master;
}

/* The kernel opens the peer itself, from the master: no path is involved (ioctl_tty(2)). */
int step_pty(struct init *i, const struct plan_step *s)
{
	struct winsize size = {(unsigned short)s->n[PTY_N_ROWS],
			       (unsigned short)s->n[PTY_N_COLUMNS], 0, 0};
	int unlock = 0;
	int master = open_ptmx(i, fd_of(i, s->n[PTY_N_DIR]));

	if (master < 0)
		return master;
	int done = sys(ioctl, master, TIOCSPTLCK, &unlock);
	if (done < 0)
		return because(i, done, "unlocking it", "");
	int slave = sys(ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return because(i, slave, "opening its peer", "");
	if (size.ws_row || size.ws_col)
		done = sys(ioctl, master, TIOCSWINSZ, &size);
	if (done < 0)
		return because(i, done, "setting its size", "");
	done = sys(fchown, slave, s->n[PTY_N_UID], -1);
	if (done < 0)
		return because(i, done, "setting its owner", "");
	assign(i, s->n[PTY_N_MASTER], master);
	assign(i, s->n[PTY_N_SLAVE], slave);
	return 0;
}

int step_control(struct init *i, const struct plan_step *s)
{
	int slave = fd_of(i, s->n[CONTROL_N_SLAVE]);
	int done = sys(ioctl, slave, TIOCSCTTY, 0);

	for (int fd = 0; fd <= 2 && done >= 0; fd++)
		done = sys(dup3, slave, fd, 0);
	return done < 0 ? done : 0;
}

/* What has an owner of its own and that a program may want to open again, as /dev/stderr. */
static bool belongs(int fd, const struct statx *st)
{
	struct winsize size;

	return S_ISFIFO(st->stx_mode) || S_ISSOCK(st->stx_mode) ||
	       (S_ISCHR(st->stx_mode) && sys(ioctl, fd, TIOCGWINSZ, &size) == 0);
}

/*
 * The container's own null device, if it has one: a program that opens /dev/stdin again must be
 * allowed to. It is looked at before it is opened and after, since an image may have anything in
 * its place (CVE-2026-88265). -1 if it has none.
 */
static int open_null(void)
{
	struct open_how how = {
		.flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};
	struct statx st;

	if (sys(statx, AT_FDCWD, "/dev/null", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st) < 0 ||
	    !is_null_device(&st))
		return -1;
	int fd = sys(openat2, AT_FDCWD, "/dev/null", &how, sizeof how);
	if (fd < 0 || status_of(fd, &st) < 0 || !is_null_device(&st))
		return -1;
	(void)sys(fcntl, fd, F_SETFL, 0);
	return fd;
}

/*
 * A null device in a file system of its own, for a container whose /dev/null is gone or something
 * else: through the descriptor its root could change the mode and owner of the host's. Root of a
 * user namespace can make none, and cannot change the host's either.
 */
static int make_null(void)
{
	int fs = sys(fsopen, "tmpfs", FSOPEN_CLOEXEC);
	int made = sys(fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	int mount = made < 0 ? made : sys(fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC);

	(void)sys(close, fs);
	if (mount < 0)
		return mount;
	int mask = sys(umask, 0);
	int fd = sys(mknodat, mount, "null", S_IFCHR | 0666, 1 << 8 | 3);
	(void)sys(umask, mask);
	if (fd >= 0)
		fd = sys(openat, mount, "null", O_RDWR | O_NOCTTY | O_CLOEXEC);
	(void)sys(close, mount);
	return fd;
}

static int own_null(void)
{
	int fd = open_null();

	return fd < 0 ? make_null() : fd;
}

/* What cannot be given away (of another user namespace, or read-only) stays as it is. */
int step_stdio(struct init *i, const struct plan_step *s)
{
	__u32 uid = (__u32)s->n[STDIO_N_UID];
	struct statx st;
	int null = -1;

	(void)i;
	for (int fd = 0; fd <= 2; fd++) {
		if (status_of(fd, &st) < 0)
			continue; /* it is closed */
		if (is_null_device(&st)) {
			null = null < 0 ? own_null() : null;
			if (null >= 0 && sys(dup3, null, fd, 0) < 0)
				return -EBADF;
			continue;
		}
		if (st.stx_uid == uid || !belongs(fd, &st))
			continue;
		int done = sys(fchown, fd, uid, -1);
		if (done < 0 && done != -EPERM && done != -EINVAL && done != -EROFS &&
		    done != -EOVERFLOW)
			return done;
	}
	if (null >= 0)
		(void)sys(close, null);
	return 0;
}
