/*
 * The way of a seccomp listener to tare (seccomp_unotify(2)). Once the filter is loaded any system
 * call may be trapped, sendmsg(2) as well, and nobody listens yet: a second thread, which the
 * filter does not bind, sends the descriptor. The two meet in memory, since even futex(2) may be
 * trapped; the wait lasts as long as one seccomp(2) and one sendmsg(2). execve(2), or the end
 * of the process, ends the thread, and no zombie is left as a child process would be.
 */
#include "init.h"

#define HANDED_OVER (-1)
#define NO_LISTENER (-2)

#define THREAD_FLAGS                                                                               \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stack[4096] __attribute__((aligned(16)));

static int load(const int *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(int *word, int value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* The second thread. It shares everything with the first, the sanitizers' state as well. */
__attribute__((used, no_sanitize("address", "undefined"))) static _Noreturn void
hand_over(struct init *i)
{
	int listener;

	while ((listener = load(&i->listener)) == 0)
		(void)sys(sched_yield, 0);
	/* Were tare gone, the program would hang at its first trapped call. */
	if (listener > 0 && tell(i, MESSAGE_LISTENER, 0, listener - 1) < 0)
		quit(1);
	store(&i->listener, HANDED_OVER);
	for (;;)
		(void)sys(exit, 0);
}

int begin_hand_over(struct init *i)
{
	struct clone_args args = {
		.flags = THREAD_FLAGS,
		.stack = (__u64)(unsigned long)stack,
		.stack_size = sizeof stack,
	};
	long thread;

	i->listener = 0;
#if defined(__x86_64__)
	register struct init *arg __asm__("r12") = i;
	register void (*function)(struct init *) __asm__("r13") = hand_over;
	__asm__ volatile("syscall\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r12, %%rdi\n\t"
			 "call *%%r13\n"
			 "1:"
			 : "=a"(thread)
			 : "a"(__NR_clone3), "D"(&args), "S"(sizeof args), "r"(arg), "r"(function)
			 : "rcx", "r11", "memory");
#else
	register long x8 __asm__("x8") = __NR_clone3;
	register long x0 __asm__("x0") = (long)&args;
	register long x1 __asm__("x1") = sizeof args;
	register struct init *arg __asm__("x19") = i;
	register void (*function)(struct init *) __asm__("x20") = hand_over;
	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, #0\n\t"
			 "mov x0, x19\n\t"
			 "blr x20\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(arg), "r"(function)
			 : "x30", "memory", "cc");
	thread = x0;
#endif
	return thread < 0 ? (int)thread : 0;
}

/* Returns when the listener is on its way; listener may be the error that there is none. */
void end_hand_over(struct init *i, int listener)
{
	store(&i->listener, listener < 0 ? NO_LISTENER : listener + 1);
	while (listener >= 0 && load(&i->listener) != HANDED_OVER)
		; /* nothing else can be relied on to be allowed */
}
