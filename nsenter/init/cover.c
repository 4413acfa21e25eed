/* Covering paths of the container: with nothing (mask), and with themselves, read-only. */
#include "init.h"

/* Masked and read-only paths are a list for every kernel: this one may not have them all. */
static bool missing(int error)
{
	return error == -ENOENT || error == -ENOTDIR;
}

static int clone_of(int fd, int recursive)
{
	return sys(open_tree, fd, "",
		   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive);
}

/* A tmpfs with room for its root directory alone. */
static int new_blank(struct init *i, const char *label)
{
	int fs = sys(fsopen, "tmpfs", FSOPEN_CLOEXEC);
	int done = fs;

	if (done >= 0)
		done = sys(fsconfig, fs, FSCONFIG_SET_STRING, "source", "tmpfs", 0);
	if (done >= 0)
		done = sys(fsconfig, fs, FSCONFIG_SET_STRING, "nr_inodes", "1", 0);
	if (done >= 0)
		done = sys(fsconfig, fs, FSCONFIG_SET_STRING, "mode", "0755", 0);
	if (done >= 0 && *label)
		done = sys(fsconfig, fs, FSCONFIG_SET_STRING, "context", label, 0);
	if (done >= 0)
		done = sys(fsconfig, fs, FSCONFIG_SET_FLAG, "ro", NULL, 0);
	if (done >= 0)
		done = sys(fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (done >= 0)
		done = sys(fsmount, fs, FSMOUNT_CLOEXEC,
			   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				   MOUNT_ATTR_NOEXEC);
	if (done < 0)
		return because(i, done, "making an empty tmpfs", "");
	(void)sys(close, fs);
	return done;
}

/*
 * All masks of directories are clones of one empty tmpfs: nothing can ever be in it, so nothing is
 * shared, and a super block costs more time and memory than a mount.
 */
int blank(struct init *i, const char *label)
{
	if (i->blank && !strcmp(i->blank_label, label))
		return clone_of(i->blank - 1, 0);
	int mount = new_blank(i, label);
	if (mount >= 0 && !i->blank) {
		int kept = sys(fcntl, mount, F_DUPFD_CLOEXEC, 0);
		i->blank = kept < 0 ? 0 : kept + 1;
		i->blank_label = label;
	}
	return mount;
}

/*
 * What hides a file must be the null device, checked on the descriptor that is cloned: a
 * container's /dev/null that is something else would be mounted in its place (CVE-2025-31133).
 */
static int clone_null(struct init *i, int null)
{
	struct statx st;
	int known = status_of(null, &st);

	if (known < 0)
		return known;
	if (!is_null_device(&st))
		return because(i, REFUSED, "what should be /dev/null is not the null device", "");
	return clone_of(null, 0);
}

int step_mask(struct init *i, const struct plan_step *s)
{
	int target = open_in_root(fd_of(i, s->n[MASK_N_DIR]), string(i, s, MASK_S_PATH), 0, 0);
	struct statx st;

	if (missing(target))
		return 0;
	if (target < 0)
		return target;
	int known = status_of(target, &st);
	if (known < 0)
		return known;
	int cover = S_ISDIR(st.stx_mode) ? blank(i, string(i, s, MASK_S_LABEL))
					 : clone_null(i, fd_of(i, s->n[MASK_N_NULL]));
	if (cover < 0)
		return cover;
	int done = attach(i, cover, target);
	(void)sys(close, cover);
	(void)sys(close, target);
	return done;
}

/*
 * The clone is read-only before it is attached, to the descriptor that was cloned: at no time is
 * there a path to look up again (GHSA-3q8j-pf29-vwv8).
 */
int step_readonly(struct init *i, const struct plan_step *s)
{
	struct mount_attr ro = {.attr_set = MOUNT_ATTR_RDONLY};
	int target =
		open_in_root(fd_of(i, s->n[READONLY_N_DIR]), string(i, s, READONLY_S_PATH), 0, 0);

	if (missing(target))
		return 0;
	if (target < 0)
		return target;
	int tree = clone_of(target, AT_RECURSIVE);
	if (tree < 0)
		return because(i, tree, "cloning its mount", "");
	int done = sys(mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &ro, sizeof ro);
	if (done < 0)
		return because(i, done, "making the clone read-only", "");
	done = attach(i, tree, target);
	(void)sys(close, tree);
	(void)sys(close, target);
	return done;
}
