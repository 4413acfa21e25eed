/* What the files of the probe share. */
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>

/* Prints the world as one JSON object; only the named members if any are named. */
int world(int count, char *const *names);

/* An action of the probe, found by its name; returns the exit status. */
struct action {
	const char *name;
	const char *usage;
	int (*act)(int argc, char **argv);
	int least; /* fewest arguments */
};
extern const struct action actions[];

/* Those of sockets.c. */
int act_tcp(int argc, char **argv);
int act_send(int argc, char **argv);
int act_receive(int argc, char **argv);

/* Prints "ok", or the errno's name, and returns 0 or 1 for them. */
int outcome(long result);

#endif
