/* The change of root. */
#include "init.h"

int step_propagation(struct init *i, const struct plan_step *s)
{
	(void)i;
	return sys(mount, NULL, "/", NULL, s->n[PROPAGATION_N_FLAGS], NULL, 0);
}

/*
 * pivot_root(".", ".") puts the old root over the new one, from where it is unmounted
 * (pivot_root(2)): no directory for it is needed, nothing of the host stays reachable.
 */
int step_pivot(struct init *i, const struct plan_step *s)
{
	int done = sys(fchdir, fd_of(i, s->n[PIVOT_N_ROOT]));

	if (done < 0)
		return because(i, done, "entering the new root", "");
	done = sys(pivot_root, ".", ".");
	if (done == -EINVAL)
		return because(i, done, "a host that runs from an initramfs needs --no-pivot", "");
	if (done < 0)
		return done;
	done = sys(umount2, ".", MNT_DETACH);
	if (done < 0)
		return because(i, done, "unmounting the old root", "");
	return sys(chdir, "/");
}

int step_chroot(struct init *i, const struct plan_step *s)
{
	int done = sys(fchdir, fd_of(i, s->n[CHROOT_N_ROOT]));

	if (done >= 0)
		done = sys(chroot, ".");
	return done < 0 ? done : sys(chdir, "/");
}
