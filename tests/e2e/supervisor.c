/*
 * What a service manager or an engine is to a container, for the tests:
 *
 *	supervisor pidfd SOCKET          takes one message; says what it was and whose the
 *	                                 pidfd with it is, and when that process has ended
 *	supervisor notify SOCKET         prints each datagram, with the number of descriptors
 *	                                 that came along, which it closes (sd_notify(3))
 *	supervisor say TEXT              sends it to $NOTIFY_SOCKET, as a program does
 *	supervisor activate NAMES SOCKET... -- COMMAND...
 *	                                 executes it with these sockets, as systemd does
 *	                                 (sd_listen_fds(3)); a name @pid gives a wrong LISTEN_PID
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST 3

static int bound(int type, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t size = strlen(path);
	int s = socket(AF_UNIX, type, 0);

	if (size >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, size);
	if (path[0] == '@')
		address.sun_path[0] = 0;
	if (bind(s, (void *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) <
	    0)
		return -1;
	return s;
}

/* receive reads a message and returns its one descriptor, or -1. */
static int receive(int from, char *text, size_t size, size_t *count)
{
	char control[CMSG_SPACE(sizeof(int) * 4)];
	struct iovec part = {text, size - 1};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof control};
	ssize_t got = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = got >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
	int fd = -1;

	text[got < 0 ? 0 : got] = 0;
	*count = c ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
	if (*count > 0)
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

static int pidfd(const char *path)
{
	int server = bound(SOCK_STREAM, path), connection, fd;
	char text[256], name[64], line[256];
	struct pollfd ends;
	size_t count;
	FILE *info;

	if (server < 0 || listen(server, 1) < 0)
		return 1;
	puts("ready");
	connection = accept(server, NULL, NULL);
	fd = receive(connection, text, sizeof text, &count);
	printf("message %s, descriptors %zu\n", text, count);
	snprintf(name, sizeof name, "/proc/self/fdinfo/%d", fd);
	info = fopen(name, "r");
	while (info && fgets(line, sizeof line, info))
		if (strncmp(line, "Pid:\t", 5) == 0)
			printf("pid %s", line + 5);
	ends = (struct pollfd){fd, POLLIN, 0};
	poll(&ends, 1, -1);
	puts("ended");
	return 0;
}

static int notify(const char *path)
{
	int s = bound(SOCK_DGRAM, path);
	char text[4096];
	size_t count;

	if (s < 0)
		return 1;
	puts("ready");
	for (;;) {
		int fd = receive(s, text, sizeof text, &count);

		for (char *at = text; (at = strchr(at, '\n'));)
			*at = ';';
		printf("%s|%zu\n", text, count);
		close(fd);
	}
}

static int say(const char *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	strncpy(address.sun_path, getenv("NOTIFY_SOCKET"), sizeof address.sun_path - 1);
	if (sendto(s, text, strlen(text), 0, (void *)&address, sizeof address) < 0) {
		perror("say");
		return 1;
	}
	return 0;
}

static int activate(char *names, char **argv)
{
	char number[16];
	int fd = FIRST;

	for (; *argv && strcmp(*argv, "--") != 0; argv++, fd++) {
		int s = bound(SOCK_STREAM, *argv);

		if (s < 0 || listen(s, 4) < 0 || dup2(s, fd) < 0)
			return 1;
		if (s != fd)
			close(s);
	}
	snprintf(number, sizeof number, "%d", fd - FIRST);
	setenv("LISTEN_FDS", number, 1);
	snprintf(number, sizeof number, "%d", getpid());
	setenv("LISTEN_PID", strcmp(names, "@pid") == 0 ? "1" : number, 1);
	if (*names && *names != '@')
		setenv("LISTEN_FDNAMES", names, 1);
	if (*argv && argv[1])
		execvp(argv[1], argv + 1);
	return 1;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && strcmp(argv[1], "pidfd") == 0)
		return pidfd(argv[2]);
	if (argc == 3 && strcmp(argv[1], "notify") == 0)
		return notify(argv[2]);
	if (argc == 3 && strcmp(argv[1], "say") == 0)
		return say(argv[2]);
	if (argc > 3 && strcmp(argv[1], "activate") == 0)
		return activate(argv[2], argv + 3);
	return 2;
}
