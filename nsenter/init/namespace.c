/* Entering namespaces, making them, and what makes a new one usable. */
#include "init.h"

#include <linux/sockios.h>

#define IFF_UP 1

/* setns(2) into a mount namespace also sets the root and working directories to its root. */
int step_join(struct init *i, const struct plan_step *s)
{
	int done = sys(setns, fd_of(i, s->n[JOIN_N_FROM]), s->n[JOIN_N_NAMESPACES]);

	if (done == -EPERM)
		return because(i, done,
			       "it belongs to a user namespace in which tare has no privileges",
			       "");
	return done;
}

int step_unshare(struct init *i, const struct plan_step *s)
{
	(void)i;
	return sys(unshare, s->n[UNSHARE_N_NAMESPACES]);
}

/*
 * Goes on in a child that is tare's child too: only a new process can enter a pid namespace that
 * was joined or unshared. (With CLONE_PARENT it inherits the exit signal, which must be 0 here.)
 * The child waits until its birth was reported, so that tare hears of it before its first
 * barrier; if this process dies first, the pipe ends and so does the child.
 */
int step_fork(struct init *i, const struct plan_step *s)
{
	int pidfd = -1, pipe[2];
	char go;
	struct clone_args args = {
		.flags = CLONE_PARENT | CLONE_PIDFD,
		.pidfd = (__u64)(unsigned long)&pidfd,
	};
	int made = sys(pipe2, pipe, O_CLOEXEC);

	(void)s;
	if (made < 0)
		return made;
	int child = sys(clone3, &args, sizeof args);
	if (child == -ENOMEM)
		return because(
			i, child,
			"the first process of the pid namespace has ended, or memory is short", "");
	if (child < 0)
		return child;
	if (child > 0) {
		made = tell(i, MESSAGE_FORKED, (__u32)child, pidfd);
		if (made < 0)
			quit(1); /* tare is gone */
		made = sys(write, pipe[1], "", 1);
		quit(made == 1 ? 0 : 1);
	}
	(void)sys(close, pipe[1]);
	do {
		made = sys(read, pipe[0], &go, 1);
	} while (made == -EINTR);
	if (made != 1)
		quit(1);
	return sys(close, pipe[0]);
}

/* Any socket of the namespace will do: what its family does not know goes to the device. */
int step_loopback(struct init *i, const struct plan_step *s)
{
	struct {
		char name[16];
		short flags;
		char pad[22];
	} request = {.name = "lo", .flags = IFF_UP};
	int socket = sys(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)s;
	if (socket < 0)
		return because(i, socket, "making a socket", "");
	int done = sys(ioctl, socket, SIOCSIFFLAGS, &request);
	(void)sys(close, socket);
	return done;
}

int step_hostname(struct init *i, const struct plan_step *s)
{
	const char *name = string(i, s, HOSTNAME_S_NAME);

	return sys(sethostname, name, strlen(name));
}

int step_domainname(struct init *i, const struct plan_step *s)
{
	const char *name = string(i, s, DOMAINNAME_S_NAME);

	return sys(setdomainname, name, strlen(name));
}
