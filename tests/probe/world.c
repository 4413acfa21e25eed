/* The world of a process, as JSON. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "probe.h"

extern char **environ;

static void text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* The lines of a file, as a list. */
static void lines(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	const char *comma = "";

	putchar('[');
	while (f && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = 0;
		fputs(comma, stdout);
		text(line);
		comma = ",";
	}
	putchar(']');
	free(line);
	if (f)
		fclose(f);
}

/* One value of /proc/self/status, or null without a procfs. */
static void status(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[4096];
	size_t n = strlen(name);

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, n) || line[n] != ':')
			continue;
		line[strcspn(line, "\n")] = 0;
		text(line + n + 1 + strspn(line + n + 1, "\t "));
		fclose(f);
		return;
	}
	fputs("null", stdout);
	if (f)
		fclose(f);
}

static void first_line(const char *path)
{
	char line[4096];
	FILE *f = fopen(path, "re");

	if (!f || !fgets(line, sizeof(line), f)) {
		fputs("null", stdout);
	} else {
		line[strcspn(line, "\n")] = 0;
		text(line);
	}
	if (f)
		fclose(f);
}

/* A directory of links, as an object of name and target. */
static void links(const char *path)
{
	DIR *d = opendir(path);
	const char *comma = "";
	char target[PATH_MAX];

	putchar('{');
	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.' || atoi(e->d_name) == dirfd(d))
			continue;
		ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = 0;
		fputs(comma, stdout);
		text(e->d_name);
		putchar(':');
		text(target);
		comma = ",";
	}
	putchar('}');
	if (d)
		closedir(d);
}

static void ids(void)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;
	gid_t groups[1024];
	int n = getgroups(1024, groups);

	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	printf("{\"uid\":[%u,%u,%u],\"gid\":[%u,%u,%u],\"groups\":[", r, e, s, gr, ge, gs);
	for (int i = 0; i < n; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	fputs("]}", stdout);
}

static void capabilities(void)
{
	static const char *const sets[][2] = {
		{"inheritable", "CapInh"}, {"permitted", "CapPrm"}, {"effective", "CapEff"},
		{"bounding", "CapBnd"},    {"ambient", "CapAmb"},
	};
	for (size_t i = 0; i < 5; i++) {
		printf("%s\"%s\":", i ? "," : "{", sets[i][0]);
		status(sets[i][1]);
	}
	putchar('}');
}

static void limit(rlim_t v)
{
	if (v == RLIM_INFINITY)
		fputs("\"unlimited\"", stdout);
	else
		printf("%llu", (unsigned long long)v);
}

static void limits(void)
{
	static const char *const names[] = {
		"cpu",     "fsize", "data",  "stack",      "core",     "rss",  "nproc",  "nofile",
		"memlock", "as",    "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime",
	};
	for (int i = 0; i < 16; i++) {
		struct rlimit l = {0, 0};
		getrlimit((__rlimit_resource_t)i, &l);
		printf("%s\"%s\":[", i ? "," : "{", names[i]);
		limit(l.rlim_cur);
		putchar(',');
		limit(l.rlim_max);
		putchar(']');
	}
	putchar('}');
}

static void mask(void)
{
	mode_t m = umask(0);
	umask(m);
	printf("\"%04o\"", (unsigned)m);
}

static void directory(void)
{
	char path[PATH_MAX];
	/* getcwd(2) itself: glibc's refuses a path that is out of reach. */
	long n = syscall(SYS_getcwd, path, sizeof(path));
	text(n < 0 ? strerror(errno) : path);
}

static void host(void)
{
	struct utsname u;
	uname(&u);
	fputs("{\"hostname\":", stdout);
	text(u.nodename);
	fputs(",\"domainname\":", stdout);
	text(u.domainname);
	putchar('}');
}

static void signals(void)
{
	fputs("{\"blocked\":", stdout);
	status("SigBlk");
	fputs(",\"ignored\":", stdout);
	status("SigIgn");
	fputs(",\"caught\":", stdout);
	status("SigCgt");
	putchar('}');
}

static void session(void)
{
	struct winsize w = {0};
	const char *name = ttyname(0);
	printf("{\"pid\":%d,\"ppid\":%d,\"pgrp\":%d,\"sid\":%d,\"isatty\":[%d,%d,%d],\"tty\":",
	       getpid(), getppid(), getpgrp(), getsid(0), isatty(0), isatty(1), isatty(2));
	text(name ? name : "");
	int control = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	printf(",\"controlling\":%s,\"foreground\":%d", control < 0 ? "false" : "true",
	       tcgetpgrp(0));
	if (control >= 0)
		close(control);
	ioctl(0, TIOCGWINSZ, &w);
	printf(",\"rows\":%u,\"columns\":%u}", w.ws_row, w.ws_col);
}

static void environment(void)
{
	putchar('[');
	for (char **e = environ; *e; e++) {
		if (e != environ)
			putchar(',');
		text(*e);
	}
	putchar(']');
}

static void keyring(void)
{
	char description[256] = "";
	long serial = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	int cause = errno;
	if (serial > 0)
		syscall(SYS_keyctl, KEYCTL_DESCRIBE, serial, description, sizeof(description) - 1);
	printf("{\"serial\":%ld,\"error\":%d,\"description\":", serial, serial < 0 ? cause : 0);
	text(description);
	char label[256] = "";
	if (serial > 0)
		syscall(SYS_keyctl, KEYCTL_GET_SECURITY, serial, label, sizeof(label) - 1);
	fputs(",\"label\":", stdout);
	text(label);
	putchar('}');
}

static void mounts(void)
{
	lines("/proc/self/mountinfo");
}
static void cgroups(void)
{
	lines("/proc/self/cgroup");
}
static void descriptors(void)
{
	links("/proc/self/fd");
}
static void namespaces(void)
{
	links("/proc/self/ns");
}
static void seccomp(void)
{
	status("Seccomp");
}
static void oom(void)
{
	first_line("/proc/self/oom_score_adj");
}
static void no_new_privs(void)
{
	printf("%d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}
static void dumpable(void)
{
	printf("%d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}
static void death(void)
{
	int signal = 0;
	prctl(PR_GET_PDEATHSIG, &signal);
	printf("%d", signal);
}

static void executable(void)
{
	char target[PATH_MAX] = "";
	ssize_t n = readlink("/proc/self/exe", target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = 0;
	text(target);
}

/* As sched_getattr(2) gives it; glibc has no name for it before 2.41. */
static void scheduler(void)
{
	struct {
		unsigned int size, policy;
		unsigned long long flags;
		int nice;
		unsigned int priority;
		unsigned long long runtime, deadline, period;
	} a = {0};

	if (syscall(SYS_sched_getattr, 0, &a, 48, 0) < 0) {
		fputs("null", stdout);
		return;
	}
	printf("{\"policy\":%u,\"flags\":%llu,\"nice\":%d,\"priority\":%u,\"runtime\":%llu,"
	       "\"deadline\":%llu,\"period\":%llu}",
	       a.policy, a.flags, a.nice, a.priority, a.runtime, a.deadline, a.period);
}

/* Class and level. */
static void io_priority(void)
{
	long p = syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, 0);
	printf("[%ld,%ld]", p >> 13, p & 7);
}

/* The numbers of the bits that are set, as a list. */
static void bits(const unsigned long *set, size_t count)
{
	const char *comma = "";

	putchar('[');
	for (size_t n = 0; n < count; n++) {
		if (!(set[n / 64] >> n % 64 & 1))
			continue;
		printf("%s%zu", comma, n);
		comma = ",";
	}
	putchar(']');
}

static void affinity(void)
{
	unsigned long set[8192 / 64] = {0};
	syscall(SYS_sched_getaffinity, 0, sizeof(set), set);
	bits(set, 8192);
}

static void domain(void)
{
	struct utsname u;
	uname(&u);
	printf("{\"domain\":%d,\"machine\":", personality(0xffffffff));
	text(u.machine);
	putchar('}');
}

static void memory_policy(void)
{
	unsigned long set[1024 / 64] = {0};
	int mode = -1;
	syscall(SYS_get_mempolicy, &mode, set, 1024 + 1, NULL, 0);
	printf("{\"mode\":%d,\"nodes\":", mode);
	bits(set, 1024);
	putchar('}');
}

static const struct {
	const char *name;
	void (*print)(void);
} members[] = {
	{"ids", ids},
	{"capabilities", capabilities},
	{"seccomp", seccomp},
	{"no_new_privs", no_new_privs},
	{"dumpable", dumpable},
	{"death_signal", death},
	{"umask", mask},
	{"rlimits", limits},
	{"oom_score_adj", oom},
	{"cwd", directory},
	{"fds", descriptors},
	{"mounts", mounts},
	{"namespaces", namespaces},
	{"host", host},
	{"cgroup", cgroups},
	{"signals", signals},
	{"session", session},
	{"env", environment},
	{"keyring", keyring},
	{"exe", executable},
	{"scheduler", scheduler},
	{"io_priority", io_priority},
	{"affinity", affinity},
	{"personality", domain},
	{"memory_policy", memory_policy},
};

int world(int count, char *const *names)
{
	const char *comma = "{";
	int found = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		int wanted = count == 0;
		for (int k = 0; k < count; k++)
			wanted |= !strcmp(names[k], members[i].name);
		if (!wanted)
			continue;
		printf("%s\"%s\":", comma, members[i].name);
		members[i].print();
		comma = ",";
		found++;
	}
	puts("}");
	if (count && found < count)
		fputs("probe: the world has no member of one of these names\n", stderr);
	return count && found < count ? 2 : 0;
}
