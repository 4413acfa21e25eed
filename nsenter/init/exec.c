/* The end of init. */
#include "init.h"

/* Turns a list into a char *[] where it stands. */
static char **vector(const struct init *i, const struct list *l)
{
	__u64 *at = (__u64 *)(unsigned long)l->at;

	for (__u64 n = 0; n < l->count; n++)
		at[n] += (__u64)(unsigned long)i->plan;
	return (char **)at;
}

static bool has_slash(const char *name)
{
	while (*name && *name != '/')
		name++;
	return *name == '/';
}

/* Whether a path that execve did not find is there all the same: then its interpreter is not. */
static bool exists(const char *path)
{
	return sys(faccessat, AT_FDCWD, path, 0) == 0;
}

static bool is_directory(const char *path)
{
	struct statx st;

	return sys(statx, AT_FDCWD, path, 0, STATX_TYPE, &st) == 0 && S_ISDIR(st.stx_mode);
}

/* Engines know by the first two words that this is status 126. */
static int because_directory(struct init *i)
{
	return because(i, REFUSED, "permission denied: it is a directory", "");
}

/* Puts a failed search of paths into words; denied is one that may not be executed. */
static int explain(struct init *i, const char *name, const struct list *paths, const char *denied,
		   int error)
{
	if (error == -ENOEXEC)
		return because(i, error, "no program for this machine, and no #! line", "");
	if (error == -E2BIG)
		return because(i, error,
			       "an argument or a variable is too large, or all are together", "");
	if (error == -EACCES && is_directory(denied))
		return because_directory(i);
	if (error != -ENOENT && error != -ENOTDIR)
		return error;
	for (__u64 n = 0; n < paths->count; n++) {
		const char *path = i->plan + paths->at[n];
		if (exists(path))
			return because(i, error, "the program exists but its interpreter does not",
				       "");
	}
	if (!has_slash(name))
		return because(i, REFUSED, "executable file not found in $PATH", "");
	return error;
}

/* Why a path cannot be executed by anybody: 0 if it may be, or if only execve can tell. */
static int verdict(const char *path)
{
	struct statx st;
	int fd = open_in_root(AT_FDCWD, path, 0, 0);

	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ? fd : 0;
	int known = status_of(fd, &st);
	(void)sys(close, fd);
	if (known < 0)
		return 0;
	if (S_ISDIR(st.stx_mode))
		return -EISDIR;
	return S_ISREG(st.stx_mode) && st.stx_mode & 0111 ? 0 : -EACCES;
}

/*
 * Searches as step_exec does, so that create tells what start would. The working directory is / and
 * nothing is opened but with O_PATH: a link of procfs that leads out of the root is for execve.
 */
int step_find(struct init *i, const struct plan_step *s)
{
	const struct list *paths = list(i, s, FIND_L_PATHS);
	int error = -ENOENT;

	for (__u64 n = 0; n < paths->count; n++) {
		int result = verdict(i->plan + paths->at[n]);
		if (result == 0)
			return 0;
		if (result != -ENOENT && result != -ENOTDIR &&
		    (error == -ENOENT || error == -ENOTDIR))
			error = result;
	}
	if (error == -EISDIR)
		return because_directory(i);
	if (error == -ENOENT && !has_slash(string(i, s, FIND_S_NAME)))
		return because(i, REFUSED, "executable file not found in $PATH", "");
	return error;
}

/*
 * Searches as execvp(3) does: what is not there or may not be executed is passed over, and a file
 * that may not is what is reported when nothing else is found. Nothing but execve is called until
 * it has failed for good, since a seccomp filter is in force.
 */
int step_exec(struct init *i, const struct plan_step *s)
{
	const char *name = string(i, s, EXEC_S_NAME), *denied = "";
	const struct list *paths = list(i, s, EXEC_L_PATHS);
	char **args = vector(i, list(i, s, EXEC_L_ARGS));
	char **env = vector(i, list(i, s, EXEC_L_ENV));
	int error = -ENOENT;

	announce(i);
	for (__u64 n = 0; n < paths->count; n++) {
		const char *path = i->plan + paths->at[n];
		int result = sys(execve, path, args, env);
		if (result == -EACCES && error != -EACCES)
			denied = path;
		if (result != -ENOENT && result != -ENOTDIR && error != -EACCES)
			error = result;
		if (result != -ENOENT && result != -ENOTDIR && result != -EACCES)
			break;
	}
	return explain(i, name, paths, denied, error);
}
