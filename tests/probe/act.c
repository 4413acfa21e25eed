/* Actions: each tries one thing of the kernel and says how it ended. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

int outcome(long result)
{
	if (result >= 0) {
		puts("ok");
		return 0;
	}
	puts(strerrorname_np(errno));
	return 1;
}

/* open PATH [r|w|rw] */
static int act_open(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "r";
	int flags = !strcmp(how, "rw") ? O_RDWR : !strcmp(how, "w") ? O_WRONLY : O_RDONLY;
	return outcome(open(argv[0], flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

static int act_create(int argc, char **argv)
{
	(void)argc;
	return outcome(open(argv[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
}

/* mknod PATH c|b|p MAJOR MINOR */
static int act_mknod(int argc, char **argv)
{
	mode_t kind = argv[1][0] == 'b' ? S_IFBLK : argv[1][0] == 'p' ? S_IFIFO : S_IFCHR;
	(void)argc;
	return outcome(mknod(argv[0], kind | 0600,
			     makedev((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]))));
}

/* stat PATH: kind, mode, owner, device numbers of a node */
static int act_stat(int argc, char **argv)
{
	struct stat s;
	(void)argc;
	if (lstat(argv[0], &s) < 0)
		return outcome(-1);
	printf("%06o %u:%u %u:%u\n", s.st_mode, s.st_uid, s.st_gid, major(s.st_rdev),
	       minor(s.st_rdev));
	return 0;
}

/* syscall NUMBER [ARG...] */
static int act_syscall(int argc, char **argv)
{
	long a[7] = {0};
	for (int i = 0; i < argc && i < 7; i++)
		a[i] = strtol(argv[i], NULL, 0);
	return outcome(syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]));
}

/* int80 NUMBER ARG: a system call as 32-bit programs make it */
static int act_int80(int argc, char **argv)
{
	long result = -ENOSYS;
	(void)argc, (void)argv;
#ifdef __x86_64__
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(strtol(argv[0], NULL, 0)), "b"(strtol(argv[1], NULL, 0))
			 : "memory", "r8", "r9", "r10", "r11");
#endif
	errno = result < 0 ? (int)-result : 0;
	return outcome(result);
}

static void note(int signal)
{
	(void)signal;
}

/* interruptible PATH: makes a directory; a SIGUSR1 does not restart the call */
static int act_interruptible(int argc, char **argv)
{
	struct sigaction a = {.sa_handler = note};
	(void)argc;
	sigaction(SIGUSR1, &a, NULL);
	return outcome(syscall(SYS_mkdirat, AT_FDCWD, argv[0], 0755));
}

/* raise SIGNAL: dies of it */
static int act_raise(int argc, char **argv)
{
	(void)argc;
	kill(getpid(), atoi(argv[0]));
	return outcome(-1);
}

/*
 * signal: says "ready", then the number of each signal as it comes, and ends
 * with status 0 at SIGTERM. With a number as argument, that one ends it too.
 */
static int act_signal(int argc, char **argv)
{
	sigset_t all;
	int last = argc > 0 ? atoi(argv[0]) : SIGTERM;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	puts("ready");
	for (;;) {
		int got = sigwaitinfo(&all, NULL);
		if (got < 0 && errno == EINTR)
			continue;
		printf("%d\n", got);
		if (got == SIGTERM || got == last)
			return 0;
	}
}

static int act_pause(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (pause())
		;
	return 0;
}

/* eat MEGABYTES: fills that much memory */
static int act_eat(int argc, char **argv)
{
	size_t size = (size_t)atoi(argv[0]) << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)argc;
	if (p == MAP_FAILED)
		return outcome(-1);
	for (size_t i = 0; i < size; i += 4096)
		p[i] = 1;
	return outcome(0);
}

/* forks COUNT: how many children can live at once */
static int act_forks(int argc, char **argv)
{
	int wanted = atoi(argv[0]), made = 0;
	(void)argc;
	for (pid_t pid; made < wanted && (pid = fork()) >= 0; made++) {
		if (pid == 0) {
			pause();
			_exit(0);
		}
	}
	printf("%d %s\n", made, made < wanted ? strerrorname_np(errno) : "ok");
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	_exit(0);
}

static void *stand(void *unused)
{
	pause();
	return unused;
}

/* crowd COUNT: so many children, of which every third has a second thread and
   every third stops itself; then waits for ever */
static int act_crowd(int argc, char **argv)
{
	(void)argc;
	for (int i = 0, count = atoi(argv[0]); i < count; i++) {
		pid_t pid = fork();
		if (pid < 0)
			return outcome(-1);
		if (pid == 0) {
			pthread_t thread;
			if (i % 3 == 0 && pthread_create(&thread, NULL, stand, NULL) != 0)
				abort();
			if (i % 3 == 1)
				raise(SIGSTOP);
			for (;;)
				pause();
		}
	}
	puts("crowded");
	fflush(stdout);
	for (;;)
		pause();
}

/* bomb: forks, and so do its children, for ever; at the lowest priority, so that
   the test gets its turn */
static int act_bomb(int argc, char **argv)
{
	(void)argc, (void)argv;
	signal(SIGCHLD, SIG_IGN);
	if (setpriority(PRIO_PROCESS, 0, 19) < 0)
		return outcome(-1);
	puts("ready");
	fflush(stdout);
	for (;;)
		(void)fork();
}

/* mount TYPE SOURCE TARGET [FLAGS] */
static int act_mount(int argc, char **argv)
{
	return outcome(
		mount(argv[1], argv[2], argv[0], argc > 3 ? strtoul(argv[3], NULL, 0) : 0, ""));
}

/* write PATH TEXT, into what is there */
static int act_write(int argc, char **argv)
{
	int fd = open(argv[0], O_WRONLY | O_CLOEXEC);
	(void)argc;
	return outcome(fd < 0 ? fd : write(fd, argv[1], strlen(argv[1])));
}

/* read PATH: the text, or the errno */
static int act_read(int argc, char **argv)
{
	char buffer[4096];
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? fd : read(fd, buffer, sizeof(buffer));
	(void)argc;
	if (n < 0)
		return outcome(-1);
	fwrite(buffer, 1, (size_t)n, stdout);
	return 0;
}

/*
 * lock flock|posix|ofd PATH: locks the file, and says each line of its input while it
 * has the lock.
 */
static int act_lock(int argc, char **argv)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0666), result;
	char line[256];

	(void)argc;
	if (!strcmp(argv[0], "flock"))
		result = flock(fd, LOCK_EX | LOCK_NB);
	else
		result = fcntl(fd, !strcmp(argv[0], "ofd") ? F_OFD_SETLK : F_SETLK, &all);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (result < 0)
		return outcome(-1);
	puts("ready");
	while (fgets(line, sizeof(line), stdin))
		fputs(line, stdout);
	return 0;
}

/* exec PATH [ARG...]: becomes another program */
static int act_exec(int argc, char **argv)
{
	(void)argc;
	execv(argv[0], argv);
	return outcome(-1);
}

/* smallpages PATH [ARG...]: becomes another program, for which and whose children there are no huge pages */
static int act_smallpages(int argc, char **argv)
{
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) < 0)
		return outcome(-1);
	return act_exec(argc, argv);
}

/* size ROWS COLUMNS: sets the terminal's, of standard input */
static int act_size(int argc, char **argv)
{
	struct winsize w = {.ws_row = (unsigned short)atoi(argv[0]),
			    .ws_col = (unsigned short)atoi(argv[1])};
	(void)argc;
	return outcome(ioctl(0, TIOCSWINSZ, &w));
}

/*
 * listen SOCKET [TEXT]: the engine's side of --console-socket. Takes what comes,
 * says how many descriptors with which name and the terminal's size, and copies
 * what it prints until it hangs up. The text is typed once something was printed.
 */
static int act_listen(int argc, char **argv)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char name[256] = "", control[CMSG_SPACE(16 * sizeof(int))], buffer[4096];
	struct iovec v = {name, sizeof(name) - 1};
	struct msghdr m = {.msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), peer, master, count;

	setvbuf(stdout, NULL, _IOLBF, 0);
	strncpy(a.sun_path, argv[0], sizeof(a.sun_path) - 1);
	if (bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s, 1) < 0)
		return outcome(-1);
	puts("ready");
	peer = accept4(s, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0 || recvmsg(peer, &m, MSG_CMSG_CLOEXEC) < 0)
		return outcome(-1);
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	count = h && h->cmsg_type == SCM_RIGHTS ? (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int))
						: 0;
	printf("descriptors %d, name %s\n", count, name);
	if (count < 1)
		return 1;
	memcpy(&master, CMSG_DATA(h), sizeof(master));
	struct winsize w = {0};
	ioctl(master, TIOCGWINSZ, &w);
	printf("rows %u, columns %u\n", w.ws_row, w.ws_col);
	for (ssize_t n; (n = read(master, buffer, sizeof(buffer))) > 0;) {
		fwrite(buffer, 1, (size_t)n, stdout);
		fflush(stdout);
		if (argc > 1 && write(master, argv[1], strlen(argv[1])) < 0)
			return outcome(-1);
		argc = 1;
	}
	return 0;
}

const struct action actions[] = {
	{"open", "PATH [r|w|rw]", act_open, 1},
	{"create", "PATH", act_create, 1},
	{"mknod", "PATH c|b|p MAJOR MINOR", act_mknod, 4},
	{"stat", "PATH", act_stat, 1},
	{"read", "PATH", act_read, 1},
	{"write", "PATH TEXT", act_write, 2},
	{"mount", "TYPE SOURCE TARGET [FLAGS]", act_mount, 3},
	{"syscall", "NUMBER [ARG...]", act_syscall, 1},
	{"int80", "NUMBER ARG", act_int80, 2},
	{"interruptible", "PATH", act_interruptible, 1},
	{"lock", "flock|posix|ofd PATH", act_lock, 2},
	{"exec", "PATH [ARG...]", act_exec, 1},
	{"smallpages", "PATH [ARG...]", act_smallpages, 1},
	{"raise", "SIGNAL", act_raise, 1},
	{"signal", "[LAST]", act_signal, 0},
	{"pause", "", act_pause, 0},
	{"eat", "MEGABYTES", act_eat, 1},
	{"forks", "COUNT", act_forks, 1},
	{"crowd", "COUNT", act_crowd, 1},
	{"bomb", "", act_bomb, 0},
	{"size", "ROWS COLUMNS", act_size, 2},
	{"listen", "SOCKET [TEXT]", act_listen, 1},
	{"tcp", "PORT [late]", act_tcp, 1},
	{"send", "SOCKET", act_send, 1},
	{"receive", "SOCKET", act_receive, 1},
	{NULL, NULL, NULL, 0},
};
