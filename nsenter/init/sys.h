/*
 * System calls and the kernel's ABI. There is no libc below this program: it uses the kernel's
 * own headers, and names here what those of Linux 6.1 (Debian 12) lack or keep to themselves.
 */
#ifndef TARE_SYS_H
#define TARE_SYS_H

#include <stdbool.h>
#include <stddef.h>

#include <asm/ioctls.h>
#include <asm/statfs.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/types.h>
#include <linux/uio.h>

#if defined(__x86_64__)
#define SYS_ASM(...)                                                                               \
	long result;                                                                               \
	__asm__ volatile("syscall" : "=a"(result) : "a"(n), __VA_ARGS__ : "rcx", "r11", "memory"); \
	return result
#define SYS_REGISTERS                                                                              \
	register long r4 __asm__("r10") = d;                                                       \
	register long r5 __asm__("r8") = e;                                                        \
	register long r6 __asm__("r9") = f
static inline long sys3(long n, long a, long b, long c)
{
	SYS_ASM("D"(a), "S"(b), "d"(c));
}
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	SYS_REGISTERS;
	SYS_ASM("D"(a), "S"(b), "d"(c), "r"(r4), "r"(r5), "r"(r6));
}
#elif defined(__aarch64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}
static inline long sys3(long n, long a, long b, long c)
{
	return sys6(n, a, b, c, 0, 0, 0);
}
#else
#error "init knows the system calls of x86_64 and aarch64"
#endif

/* sys(name, ...) is a system call whose result, or negative errno, fits an int. */
#define sys(name, ...) ((int)sys_long(name, __VA_ARGS__))
#define sys_long(name, ...) SYS_PICK(__VA_ARGS__, 6, 6, 6, 3, 3, 3, 0)(__NR_##name, __VA_ARGS__)
#define SYS_PICK(a, b, c, d, e, f, count, ...) SYS_JOIN(SYS_UP_TO_, count)
#define SYS_JOIN(a, b) SYS_JOIN2(a, b)
#define SYS_JOIN2(a, b) a##b
#define SYS_UP_TO_3(n, ...) SYS_3(n, __VA_ARGS__, 0, 0, 0)
#define SYS_UP_TO_6(n, ...) SYS_6(n, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYS_3(n, a, b, c, ...) sys3(n, (long)(a), (long)(b), (long)(c))
#define SYS_6(n, a, b, c, d, e, f, ...)                                                            \
	sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/*
 * A seccomp filter may refuse even this call, which would then return for ever. The fault of the
 * trap's instruction kills whatever the filter says, and process 1 of a pid namespace, too
 * (force_sig_info_to_task, kernel/signal.c).
 */
static inline _Noreturn void quit(int status)
{
	(void)sys(exit_group, status);
	__builtin_trap();
}

/* From <sys/socket.h>, which belongs to libc. */
#define AF_UNIX 1
#define SOCK_DGRAM 2
#define SOCK_CLOEXEC O_CLOEXEC
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define MSG_CTRUNC 0x8
#define MSG_NOSIGNAL 0x4000
#define MSG_CMSG_CLOEXEC 0x40000000

struct msghdr {
	void *name;
	int namelen;
	struct iovec *iov;
	size_t iovlen;
	void *control;
	size_t controllen;
	unsigned int flags;
};

struct cmsghdr {
	size_t len;
	int level;
	int type;
};

#define MNT_DETACH 2
#define UMOUNT_NOFOLLOW 8

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452 /* Linux 6.6, the same on every architecture */
#endif

/* What the compiler may call; the hosted build takes them from libc. */
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

#endif
