/* Host paths that are opened before the root changes, and writing to files below them. */
#include "init.h"

#include <linux/magic.h>

#define PROC_ROOT_INO 1

int step_open(struct init *i, const struct plan_step *s)
{
	int fd = sys(openat, AT_FDCWD, string(i, s, OPEN_S_PATH), O_PATH | O_CLOEXEC);

	if (fd < 0)
		return fd;
	assign(i, s->n[OPEN_N_OUT], fd);
	return 0;
}

/*
 * What will be written to files of a procfs are labels and sysctls: a look-alike, or a procfs
 * mounted from one of its own directories, would take them in silence (CVE-2019-16884).
 */
int step_procfs(struct init *i, const struct plan_step *s)
{
	int fd = sys(openat, AT_FDCWD, string(i, s, PROCFS_S_PATH),
		     O_PATH | O_CLOEXEC | O_DIRECTORY);
	struct statfs fs;
	struct statx st;

	if (fd < 0)
		return fd;
	int known = sys(fstatfs, fd, &fs);
	if (known < 0)
		return known;
	if (fs.f_type != PROC_SUPER_MAGIC)
		return because(i, REFUSED, "it is not a procfs", "");
	known = status_of(fd, &st);
	if (known < 0)
		return known;
	if (st.stx_ino != PROC_ROOT_INO)
		return because(i, REFUSED, "it is not the root of a procfs", "");
	assign(i, s->n[PROCFS_N_OUT], fd);
	return 0;
}

/*
 * Without crossing a mount: a file bound over the real one would get the write (CVE-2025-52881).
 * self, a link inside of the same procfs, may be followed; a magic link may not.
 */
int step_write(struct init *i, const struct plan_step *s)
{
	const char *value = string(i, s, WRITE_S_VALUE);
	int length = (int)strlen(value);
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	int fd = sys(openat2, fd_of(i, s->n[WRITE_N_DIR]), string(i, s, WRITE_S_PATH), &how,
		     sizeof how);

	if (fd == -EXDEV)
		return because(i, fd, "something is mounted over it", "");
	if (fd < 0)
		return fd;
	int written = sys(write, fd, value, length);
	if (written < 0)
		return written;
	(void)sys(close, fd);
	return written == length ? 0 : because(i, REFUSED, "the kernel took only a part of it", "");
}
