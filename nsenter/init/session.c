/*
 * The session with tare: barriers, failures, and the wait for start. One record is one message
 * (SOCK_SEQPACKET, unix(7)), so none is ever read in part.
 */
#include "init.h"

struct rights {
	struct cmsghdr head;
	int fds[MESSAGE_MAX_FDS + (MESSAGE_MAX_FDS & 1)];
};

/* Leaves words about the cause for fail(), and returns error. */
int because(struct init *i, int error, const char *text, const char *more)
{
	__u32 n = 0;

	while (*text && n < MESSAGE_TEXT)
		i->detail[n++] = *text++;
	while (*more && n < MESSAGE_TEXT)
		i->detail[n++] = *more++;
	i->detail_length = n;
	return error;
}

/* Sends a message of up to three parts, with a descriptor unless fd is -1. */
static int transmit(int socket, struct iovec *parts, size_t count, int fd)
{
	struct rights rights;
	struct msghdr m = {.iov = parts, .iovlen = count};
	int sent;

	if (fd >= 0) {
		rights.head =
			(struct cmsghdr){sizeof rights.head + sizeof fd, SOL_SOCKET, SCM_RIGHTS};
		rights.fds[0] = fd;
		m.control = &rights;
		m.controllen = sizeof rights.head + 2 * sizeof fd;
	}
	do {
		sent = sys(sendmsg, socket, &m, MSG_NOSIGNAL);
	} while (sent == -EINTR);
	return sent < 0 ? sent : 0;
}

int tell(struct init *i, __u32 type, __u32 number, int fd)
{
	__u32 head[MESSAGE_HEADER / sizeof(__u32)] = {type, number, 0, 0};
	struct iovec part = {head, MESSAGE_HEADER};

	return transmit(i->session, &part, 1, fd);
}

/*
 * From here on an end of the session means that the program runs. It is said before a seccomp
 * filter is loaded, since that may forbid sendmsg.
 */
void announce(struct init *i)
{
	if (!i->announced)
		(void)tell(i, MESSAGE_EXECUTE, 0, -1);
	i->announced = true;
}

/*
 * Reports a failure and ends. s is NULL when it is the plan itself that is bad. Whoever starts a
 * container never saw its plan: steps after await carry their kind and the words for their errors,
 * which precede the detail and a unit separator.
 */
_Noreturn void fail(struct init *i, const struct plan_step *s, int error)
{
	__u32 head[MESSAGE_HEADER / sizeof(__u32)] = {MESSAGE_FAILED, s ? s->number : 0};
	__u32 words = 0;
	char separated[MESSAGE_TEXT / 2 + 1];

	if (s && s->about) {
		/* exec may have rewritten parts of a plan: its NULs are no longer to be trusted. */
		for (__u32 at = s->about; at < i->size && words < MESSAGE_TEXT / 2; at++) {
			if (!i->plan[at])
				break;
			separated[words++] = i->plan[at];
		}
		separated[words++] = '\x1f';
	}
	__u32 room = MESSAGE_TEXT - words;
	__u32 rest = i->detail_length < room ? i->detail_length : room;
	head[2] = error == REFUSED ? 0 : (__u32)-error;
	head[3] = words + rest;
	struct iovec parts[] = {{head, MESSAGE_HEADER}, {separated, words}, {i->detail, rest}};
	(void)transmit(i->session, parts, 3, -1);
	quit(1);
}

/* Receives one message: its length, 0 when tare is gone, or a negative errno. */
static int receive(int socket, struct message *message, struct rights *rights)
{
	struct iovec part = {message, sizeof *message};
	struct msghdr m = {.iov = &part, .iovlen = 1, .control = rights};
	int got;

	m.controllen = rights ? sizeof *rights : 0;
	do {
		got = sys(recvmsg, socket, &m, MSG_CMSG_CLOEXEC);
	} while (got == -EINTR);
	if (got == -ECONNRESET)
		return 0;
	if (rights && m.controllen < sizeof rights->head)
		rights->head.len = sizeof rights->head; /* no descriptors came along */
	/* The kernel dropped descriptors: our limit of open files (RLIMIT_NOFILE) is too low. */
	if (got > 0 && rights && (m.flags & MSG_CTRUNC))
		return -EMFILE;
	return got;
}

/* Puts the descriptors that came with a go into their slots. */
static int take(struct init *i, const struct message *m, int got, const struct rights *r)
{
	__u32 count = (__u32)((r->head.len - sizeof r->head) / sizeof(int));

	if (m->count != count || m->count > MESSAGE_MAX_FDS ||
	    (__u32)got < MESSAGE_HEADER + m->count * sizeof m->slots[0])
		return because(i, REFUSED, "BUG: tare sent a malformed go", "");
	for (__u32 n = 0; n < count; n++) {
		if (m->slots[n] == 0 || m->slots[n] >= i->slot_count || i->slots[m->slots[n]].held)
			return because(i, REFUSED,
				       "BUG: tare sent a slot that is taken or not there", "");
		assign(i, m->slots[n], r->fds[n]);
	}
	return 0;
}

/* Says where init is and waits until tare says go. More descriptors than fit come in several. */
int step_barrier(struct init *i, const struct plan_step *s)
{
	__u32 number = (__u32)s->n[BARRIER_N_BARRIER];
	const __u32 more = 1u << 31;
	struct message m;
	struct rights r;
	int result = tell(i, MESSAGE_AT, number, fd_of(i, s->n[BARRIER_N_SEND]));

	if (result == -EPIPE || result == -ECONNRESET)
		quit(1);
	if (result < 0)
		return because(i, result, "sending to tare", "");
	do {
		result = receive(i->session, &m, &r);
		if (result == 0)
			quit(1); /* tare was killed; there is nobody to tell */
		if (result < 0)
			return because(i, result, "receiving from tare", "");
		if (result < MESSAGE_HEADER || m.type != MESSAGE_GO || (m.number & ~more) != number)
			return because(i, REFUSED, "BUG: tare is not where the plan is", "");
		result = take(i, &m, result, &r);
	} while (result == 0 && (m.number & more));
	return result;
}

/*
 * Waits for start. Who may connect is decided by the directory of the socket (mode 0700);
 * credentials would not tell more, since all ids that a user namespace does not map look alike.
 * A connection that ends before it says go is as if it had not been.
 */
int step_await(struct init *i, const struct plan_step *s)
{
	int listen = fd_of(i, s->n[AWAIT_N_LISTEN]);
	struct message m;

	for (;;) {
		int peer = sys(accept4, listen, NULL, NULL, SOCK_CLOEXEC);
		if (peer == -EINTR || peer == -ECONNABORTED)
			continue;
		if (peer < 0)
			return peer;
		if (receive(peer, &m, NULL) >= MESSAGE_HEADER && m.type == MESSAGE_GO) {
			(void)sys(close, i->session);
			i->session = peer;
			return 0;
		}
		(void)sys(close, peer);
	}
}
