//go:build ignore

/*
 * floor v1|v2 rules|norules ROOTFS NAME does by hand what the kernel must do for a container of
 * the default config: cgroup, namespaces, mounts, devices, masks, pivot_root, identity,
 * /bin/true, and the cgroup's end. It parses nothing, keeps no state and checks nothing but that
 * each call succeeds: no runtime can be faster, and none that is safe can be as fast.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define CGROUPS "/sys/fs/cgroup"
#define PATH_SIZE 512
#define MAX_HIERARCHIES 32
#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static struct {
	const char *rootfs, *name;
	int v2, rules;
	int hierarchies; /* v1 */
	char hierarchy[MAX_HIERARCHIES][64];
} world;

static void must(int good, const char *what)
{
	if (good)
		return;
	dprintf(STDERR_FILENO, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

static void in_group(char path[PATH_SIZE], int hierarchy, const char *file)
{
	const char *middle = world.v2 ? "" : world.hierarchy[hierarchy];
	int n = snprintf(path, PATH_SIZE, CGROUPS "/%s/%s/%s", middle, world.name, file);

	must(n < PATH_SIZE, "the path of the cgroup");
}

/* cgroup v2 */

/* What the rules cost is a program that is loaded, checked and attached; what it says matters little. */
static void attach_rules(int group)
{
	static const struct bpf_insn allow[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)allow,
		.insn_cnt = sizeof allow / sizeof allow[0],
		.license = (uintptr_t) "Apache-2.0",
	};
	int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);

	must(program >= 0, "loading the device program");
	union bpf_attr attach = {
		.attach_type = BPF_CGROUP_DEVICE,
		.target_fd = (uint32_t)group,
		.attach_bpf_fd = (uint32_t)program,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	must(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) == 0, "attaching it");
	close(program);
}

static int create_v2(void)
{
	char path[PATH_SIZE];

	in_group(path, 0, "");
	must(mkdir(path, 0755) == 0, path);
	int group = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	must(group >= 0, path);
	if (world.rules)
		attach_rules(group);
	return group;
}

/* cgroup v1 */

static void find_hierarchies(void)
{
	DIR *top = opendir(CGROUPS);

	must(top != NULL, CGROUPS);
	for (struct dirent *d; (d = readdir(top)) != NULL;) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue; /* links name the parts of a hierarchy such as cpu,cpuacct */
		must(world.hierarchies < MAX_HIERARCHIES, "counting the hierarchies");
		char *to = world.hierarchy[world.hierarchies++];
		must(snprintf(to, sizeof world.hierarchy[0], "%s", d->d_name) < 64, d->d_name);
	}
	closedir(top);
}

/* A new cpuset is empty, and takes no process until it is filled (cpusets(7)). */
static void fill_cpuset(int hierarchy)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};

	for (int i = 0; i < 2; i++) {
		char path[PATH_SIZE], value[256];
		must(snprintf(path, sizeof path, CGROUPS "/cpuset/%s", files[i]) > 0, files[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		must(fd >= 0, path);
		ssize_t n = read(fd, value, sizeof value - 1);
		must(n > 0, path);
		value[n] = 0;
		close(fd);
		in_group(path, hierarchy, files[i]);
		write_file(path, value);
	}
}

static void write_rules(int hierarchy)
{
	static const char *const allowed[] = {
		"c *:* m",   "b *:* m",   "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm",
		"c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm",
	};
	char path[PATH_SIZE];

	in_group(path, hierarchy, "devices.deny");
	write_file(path, "a");
	in_group(path, hierarchy, "devices.allow");
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		write_file(path, allowed[i]);
}

static void create_v1(void)
{
	find_hierarchies();
	for (int h = 0; h < world.hierarchies; h++) {
		char path[PATH_SIZE];
		in_group(path, h, "");
		must(mkdir(path, 0755) == 0, path);
		if (strcmp(world.hierarchy[h], "cpuset") == 0)
			fill_cpuset(h);
		if (world.rules && strcmp(world.hierarchy[h], "devices") == 0)
			write_rules(h);
	}
}

static void move_v1(pid_t pid)
{
	char path[PATH_SIZE], text[32];

	must(snprintf(text, sizeof text, "%d", pid) > 0, "the pid");
	for (int h = 0; h < world.hierarchies; h++) {
		in_group(path, h, "cgroup.procs");
		write_file(path, text);
	}
}

static void remove_cgroup(void)
{
	int count = world.v2 ? 1 : world.hierarchies;

	for (int h = 0; h < count; h++) {
		char path[PATH_SIZE];
		in_group(path, h, "");
		must(rmdir(path) == 0, path);
	}
}

/* In the container. Paths are relative to its root, which is the working directory. */

static void bind_readonly(const char *from, const char *to, unsigned long flags)
{
	must(mount(from, to, NULL, MS_BIND, NULL) == 0, to);
	must(mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) == 0, to);
}

static void mount_cgroups(void)
{
	const char *to = "sys/fs/cgroup";

	if (world.v2) {
		must(mount("cgroup", to, "cgroup2", SAFE | MS_RDONLY, NULL) == 0, to);
		return;
	}
	must(mount("cgroup", to, "tmpfs", SAFE, "mode=755") == 0, to);
	for (int h = 0; h < world.hierarchies; h++) {
		char from[PATH_SIZE], inside[PATH_SIZE];
		in_group(from, h, "");
		must(snprintf(inside, sizeof inside, "%s/%s", to, world.hierarchy[h]) > 0, to);
		must(mkdir(inside, 0755) == 0, inside);
		bind_readonly(from, inside, SAFE);
	}
	must(mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | SAFE, NULL) == 0, to);
}

static void mount_all(void)
{
	static const struct {
		const char *type, *to;
		unsigned long flags;
		const char *data;
	} mounts[] = {
		{"proc", "proc", 0, NULL},
		{"tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"},
		{"devpts", "dev/pts", MS_NOSUID | MS_NOEXEC,
		 "newinstance,ptmxmode=0666,mode=0620,gid=5"},
		{"tmpfs", "dev/shm", SAFE, "mode=1777,size=65536k"},
		{"mqueue", "dev/mqueue", SAFE, NULL},
		{"sysfs", "sys", SAFE | MS_RDONLY, NULL},
	};

	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
		const char *to = mounts[i].to, *type = mounts[i].type;
		if (strncmp(to, "dev/", 4) == 0)
			must(mkdir(to, 0755) == 0, to);
		must(mount(type, to, type, mounts[i].flags, mounts[i].data) == 0, to);
	}
	mount_cgroups();
}

static void make_devices(void)
{
	static const struct {
		const char *path;
		unsigned int major, minor;
	} nodes[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
		     {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
	static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},
					       {"/proc/self/fd/0", "dev/stdin"},
					       {"/proc/self/fd/1", "dev/stdout"},
					       {"/proc/self/fd/2", "dev/stderr"},
					       {"pts/ptmx", "dev/ptmx"}};

	umask(0);
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		dev_t number = makedev(nodes[i].major, nodes[i].minor);
		must(mknod(nodes[i].path, S_IFCHR | 0666, number) == 0, nodes[i].path);
	}
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		must(symlink(links[i][0], links[i][1]) == 0, links[i][1]);
	umask(022);
}

static void cover(void)
{
	static const char *const readonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys",
					       "proc/sysrq-trigger"};
	static const char *const masked[] = {
		"proc/acpi",          "proc/asound",     "proc/kcore",       "proc/keys",
		"proc/latency_stats", "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
		"proc/scsi",          "sys/firmware"};
	struct stat st;

	for (size_t i = 0; i < sizeof readonly / sizeof readonly[0]; i++)
		if (access(readonly[i], F_OK) == 0)
			bind_readonly(readonly[i], readonly[i], 0);
	for (size_t i = 0; i < sizeof masked / sizeof masked[0]; i++) {
		if (stat(masked[i], &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			must(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL) == 0, masked[i]);
		else
			must(mount("dev/null", masked[i], NULL, MS_BIND, NULL) == 0, masked[i]);
	}
}

static void bring_up_loopback(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(s >= 0 && ioctl(s, SIOCSIFFLAGS, &lo) == 0, "bringing up the loopback device");
	close(s);
}

static void reduce_capabilities(void)
{
	const uint32_t kept = 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE | 1u << CAP_AUDIT_WRITE;
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {{.effective = kept, .permitted = kept}};

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	for (unsigned int c = 0; c <= CAP_LAST_CAP; c++)
		if (c > 31 || !(kept >> c & 1))
			(void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0); /* EINVAL: the kernel has fewer */
	must(syscall(SYS_capset, &head, sets) == 0, "capset");
}

static void contained(int go)
{
	static char *const argv[] = {"/bin/true", NULL}, *const env[] = {"PATH=/bin", NULL};
	const struct rlimit files = {1024, 1024};
	char byte;

	setsid();
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "floor");
	must(sethostname("floor", 5) == 0, "the hostname");
	bring_up_loopback();
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0, "/");
	must(mount(world.rootfs, world.rootfs, NULL, MS_BIND | MS_REC, NULL) == 0, world.rootfs);
	must(chdir(world.rootfs) == 0, world.rootfs);
	mount_all();
	make_devices();
	cover();
	must(mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0, "the root");
	must(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
	must(umount2(".", MNT_DETACH) == 0 && chdir("/") == 0, "leaving the old root");
	must(setrlimit(RLIMIT_NOFILE, &files) == 0, "RLIMIT_NOFILE");
	must(world.v2 || read(go, &byte, 1) == 1, "waiting for the cgroups");
	reduce_capabilities();
	execve(argv[0], argv, env);
	must(0, argv[0]);
}

int main(int argc, char **argv)
{
	int go[2], status;

	if (argc != 5) {
		dprintf(STDERR_FILENO, "usage: floor v1|v2 rules|norules ROOTFS NAME\n");
		return 2;
	}
	world.v2 = strcmp(argv[1], "v2") == 0;
	world.rules = strcmp(argv[2], "rules") == 0;
	world.rootfs = argv[3];
	world.name = argv[4];
	must(pipe2(go, O_CLOEXEC) == 0, "pipe2");
	struct clone_args how = {
		.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
		.exit_signal = SIGCHLD,
	};
	if (world.v2) {
		how.flags |= CLONE_INTO_CGROUP | CLONE_NEWCGROUP;
		how.cgroup = (__u64)create_v2();
	} else {
		create_v1();
	}
	pid_t pid = (pid_t)syscall(SYS_clone3, &how, sizeof how);
	must(pid >= 0, "clone3");
	if (pid == 0)
		contained(go[0]);
	if (!world.v2) {
		move_v1(pid);
		must(write(go[1], "g", 1) == 1, "letting it go on");
	}
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	remove_cgroup();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
