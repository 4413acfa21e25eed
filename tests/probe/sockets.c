/* Actions that keep a socket open, for a checkpoint to find. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

/*
 * tcp PORT [late]: connects to itself, and sends each line of its input through the
 * connection to its output; where that fails it says the errno. Late, it accepts the
 * connection after the first line.
 */
int act_tcp(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)atoi(argv[0])),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = socket(AF_INET, SOCK_STREAM, 0),
	    other;
	char line[256], got[256];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(listener, 1) < 0 ||
	    connect(one, (struct sockaddr *)&a, sizeof(a)) < 0)
		return outcome(-1);
	if (argc > 1) {
		puts("ready");
		if (!fgets(line, sizeof(line), stdin))
			return 0;
	}
	other = accept(listener, NULL, NULL);
	if (other < 0)
		return outcome(-1);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		ssize_t n = send(one, line, strlen(line), MSG_NOSIGNAL);

		if (n > 0)
			n = recv(other, got, (size_t)n, MSG_WAITALL);
		if (n > 0)
			fwrite(got, 1, (size_t)n, stdout);
		else
			puts(n < 0 ? strerrorname_np(errno) : "closed");
	}
	return 0;
}

static int datagram(const char *path, int (*act)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	setvbuf(stdout, NULL, _IOLBF, 0);
	strncpy(a.sun_path, path, sizeof(a.sun_path) - 1);
	if (act(s, (struct sockaddr *)&a, sizeof(a)) < 0) {
		outcome(-1);
		return -1;
	}
	puts("ready");
	return s;
}

/* send SOCKET: sends each line of its input to it, and says how that ended */
int act_send(int argc, char **argv)
{
	int s = datagram(argv[0], connect);
	char line[256];

	(void)argc;
	while (s >= 0 && fgets(line, sizeof(line), stdin))
		outcome(send(s, line, strlen(line), MSG_NOSIGNAL));
	return s < 0;
}

/* receive SOCKET: prints what is sent to it */
int act_receive(int argc, char **argv)
{
	int s = datagram(argv[0], bind);
	char line[256];

	(void)argc;
	for (ssize_t n; s >= 0 && (n = recv(s, line, sizeof(line), 0)) >= 0;)
		fwrite(line, 1, (size_t)n, stdout);
	return 1;
}
