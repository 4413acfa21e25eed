/* Where the kernel enters the program, and the four functions gcc calls on its own. */
#include "init.h"

static struct init init;

static _Noreturn void begin(int argc, char **argv)
{
	int base = 0;

	if (argc != 2)
		quit(2);
	for (const char *c = argv[1]; *c; c++) {
		if (*c < '0' || *c > '9' || base > 1 << 20)
			quit(2);
		base = base * 10 + (*c - '0');
	}
	run(&init, base);
}

#if __STDC_HOSTED__

/* The build for tests has a libc around it, for the sanitizers. Nothing leaks: the process ends. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:exitcode=99";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1:exitcode=99";
}

int main(int argc, char **argv)
{
	begin(argc, argv);
}

#else

/* The kernel leaves argc, argv, NULL, the environment and more on the stack. */
#if defined(__x86_64__)
__asm__(".globl _start\n_start: xor %ebp, %ebp; mov %rsp, %rdi; and $-16, %rsp; call enter\n");
#else
__asm__(".globl _start\n_start: mov x29, #0; mov x30, #0; mov x0, sp; b enter\n");
#endif

void enter(long *stack);
__attribute__((used)) void enter(long *stack)
{
	begin((int)stack[0], (char **)(stack + 1));
}

void *memcpy(void *to, const void *from, size_t n)
{
	return memmove(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	if (t <= f) {
		for (size_t at = 0; at < n; at++)
			t[at] = f[at];
	} else {
		while (n-- > 0)
			t[n] = f[n];
	}
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	char *t = to;

	for (size_t at = 0; at < n; at++)
		t[at] = (char)byte;
	return to;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

#endif
