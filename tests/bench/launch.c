//go:build ignore

/*
 * launch PROGRAM [ARG...] runs a program and writes to descriptor 3 how long it took, from
 * its creation to its end (nanoseconds), its peak of resident memory (KiB) and its status.
 *
 * A new process begins with the peak of the memory that it was started from, and keeps it
 * when it executes (exec_mmap() in fs/exec.c): started by a Go program, everything would seem to
 * need as much as that. This program is smaller than all that it measures. wait4(2) gives the
 * peak of the largest among the program and the children that it has waited for.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPORT 3

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	struct rusage used;
	pid_t pid;
	int status;

	if (argc < 2 || fcntl(REPORT, F_SETFD, FD_CLOEXEC) < 0) {
		dprintf(STDERR_FILENO, "usage: launch PROGRAM [ARG...] 3>REPORT\n");
		return 2;
	}
	long long begin = now();
	int error = posix_spawn(&pid, argv[1], NULL, NULL, argv + 1, environ);
	if (error != 0) {
		dprintf(STDERR_FILENO, "cannot start %s: %s\n", argv[1], strerror(error));
		return 1;
	}
	if (wait4(pid, &status, 0, &used) < 0) {
		dprintf(STDERR_FILENO, "cannot wait for %s\n", argv[1]);
		return 1;
	}
	long long end = now();
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	dprintf(REPORT, "%lld %ld %d\n", end - begin, used.ru_maxrss, code);
	return 0;
}
