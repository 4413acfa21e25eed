/*
 * probe: a static program that tests run in a container. Without arguments it
 * prints the world it finds itself in as one JSON object; "world NAME..." prints
 * these members only; any other word is an action, and says "ok" or an errno.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"

static int usage(void)
{
	fputs("usage: probe [world [MEMBER...]]\n", stderr);
	for (const struct action *a = actions; a->name; a++)
		fprintf(stderr, "       probe %s %s\n", a->name, a->usage);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return world(0, NULL);
	if (!strcmp(argv[1], "world"))
		return world(argc - 2, argv + 2);
	for (const struct action *a = actions; a->name; a++)
		if (!strcmp(argv[1], a->name))
			return argc - 2 < a->least ? usage() : a->act(argc - 2, argv + 2);
	return usage();
}
