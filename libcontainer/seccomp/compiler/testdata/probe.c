/*
 * probe FILTER FLAGS ABI NUMBER [ARGUMENT...] loads the filter in the file
 * FILTER, makes one system call by the numbers of ABI (native, x86 or x32) and
 * writes its raw result into the page that is mapped from descriptor 3, so that
 * telling it needs no call that the filter could refuse. With ABI `time` it only
 * tells how many nanoseconds loading took.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile struct {
	long done;
	long result;
	long trapped; /* si_syscall + 1 of a SIGSYS */
} *page;

static void on_sigsys(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	page->trapped = info->si_syscall + 1;
}

static long call_x86(long nr, const long *a)
{
	long result;
	register long bp __asm__("r12") = a[5];
	__asm__ volatile("push %%rbp; mov %7, %%rbp; int $0x80; pop %%rbp"
			 : "=a"(result)
			 : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]), "r"(bp)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static long call_native(long nr, const long *a)
{
	long result;
	register long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

int main(int argc, char **argv)
{
	static struct sock_filter code[4096];
	long args[6] = {0};
	struct timespec before, after;
	if (argc < 4)
		return 2;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
	int fd = open(argv[1], O_RDONLY);
	ssize_t size = read(fd, code, sizeof code);
	if (page == MAP_FAILED || size <= 0)
		return 3;
	struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
	sigaction(SIGSYS, &action, NULL);
	if (getenv("DEFAULT_SIGSYS") != NULL)
		signal(SIGSYS, SIG_DFL);
	for (int i = 5; i < argc && i < 11; i++)
		args[i - 5] = (long)strtoull(argv[i], NULL, 0);
	struct sock_fprog program = {.len = (unsigned short)(size / 8), .filter = code};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, strtoul(argv[2], NULL, 0), &program) < 0)
		return 4;
	if (strcmp(argv[3], "time") == 0) {
		clock_gettime(CLOCK_MONOTONIC, &after);
		page->result = (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec;
	} else if (strcmp(argv[3], "x86") == 0) {
		page->result = call_x86(strtol(argv[4], NULL, 0), args);
	} else if (strcmp(argv[3], "x32") == 0) {
		page->result = call_native(strtol(argv[4], NULL, 0) | 0x40000000, args);
	} else {
		page->result = call_native(strtol(argv[4], NULL, 0), args);
	}
	page->done = 1;
	/* A filter may refuse this as well; then the end is an illegal instruction. */
	call_native(SYS_exit_group, (long[6]){0});
	__builtin_trap();
}
