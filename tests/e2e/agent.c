/*
 * A seccomp agent (seccomp_unotify(2)) for the tests: agent SOCKET ERRNO|continue [signal]
 *
 * Listens at SOCKET and takes one connection after the other; prints of each
 * what it was sent, a "|", the number of descriptors that came along and a
 * line's end; and answers every notification that the descriptor brings with
 * the errno, or with leave to continue. With "signal" it sends the process
 * SIGUSR1 before, and waits a second for the call to be given up for that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 64

static int receive(int connection)
{
	char text[65536], control[CMSG_SPACE(sizeof(int) * 4)];
	struct iovec part = {text, sizeof text - 1};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof control};
	ssize_t got = recvmsg(connection, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = got > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	size_t count = c ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
	int listener = -1;

	if (got <= 0)
		return -1;
	text[got] = 0;
	printf("%s|%zu\n", text, count);
	if (count > 0)
		memcpy(&listener, CMSG_DATA(c), sizeof listener);
	return listener;
}

static void interrupt(int listener, const struct seccomp_notif *n)
{
	kill((pid_t)n->pid, SIGUSR1);
	for (int i = 0; i < 100 && !ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &n->id); i++)
		usleep(10000);
}

static int answer(int listener, const char *verdict, int signalling)
{
	struct seccomp_notif notification;
	struct seccomp_notif_resp response;

	memset(&notification, 0, sizeof notification);
	memset(&response, 0, sizeof response);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0)
		return errno == ENOENT || errno == EINTR ? 0 : -1;
	if (signalling)
		interrupt(listener, &notification);
	response.id = notification.id;
	if (strcmp(verdict, "continue") == 0)
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		response.error = -atoi(verdict);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0 && errno != ENOENT)
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct pollfd watched[MOST];
	nfds_t count = 1;
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc < 3 || strlen(argv[1]) >= sizeof address.sun_path)
		return 2;
	strcpy(address.sun_path, argv[1]);
	if (bind(server, (void *)&address, sizeof address) < 0 || listen(server, 8) < 0) {
		perror("agent");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	watched[0] = (struct pollfd){server, POLLIN, 0};
	for (;;) {
		if (poll(watched, count, -1) < 0)
			return 1;
		if (watched[0].revents && count < MOST) {
			int connection = accept(server, NULL, NULL);
			int listener = connection < 0 ? -1 : receive(connection);

			if (listener >= 0)
				watched[count++] = (struct pollfd){listener, POLLIN, 0};
			close(connection);
		}
		for (nfds_t n = 1; n < count; n++) {
			if (!(watched[n].revents & (POLLIN | POLLHUP | POLLERR)))
				continue;
			if (watched[n].revents & POLLIN &&
			    answer(watched[n].fd, argv[2], argc > 3) == 0)
				continue;
			close(watched[n].fd);
			watched[n--] = watched[--count];
		}
	}
}
