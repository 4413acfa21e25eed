/*
 * Init: the process that carries out the steps of a plan and becomes the container's program.
 *
 * A step function returns 0 or a negative errno. It never cleans up after a failure: the process
 * ends, and with it go its descriptors and, when it was alone in them, its namespaces. What it
 * knows about the cause beyond the errno it leaves with because().
 */
#ifndef TARE_INIT_H
#define TARE_INIT_H

#include "plan.h"
#include "sys.h"

/* An open descriptor of the plan. All zero is "not assigned": a slot costs no page until used. */
struct slot {
	int held; /* the descriptor plus one */
	__u32 last; /* the index of the last step that reads it, plus one; 0 if none does */
};

struct list {
	__u64 count;
	__u64 at[]; /* offsets of strings from the plan's start, and a 0 */
};

struct init {
	const char *plan;
	__u32 size;
	const struct plan_step *steps;
	__u32 count;
	__u32 slot_count;
	int base; /* the first descriptor that is ours; the program keeps those below */
	int session; /* the socket to tare */
	bool announced;
	int listener; /* for listener.c: 0 until the filter is loaded */
	int blank; /* the first empty read-only tmpfs a mask was made of, plus one */
	const char *blank_label;
	struct slot slots[PLAN_MAX_SLOTS];
	__u32 detail_length;
	char detail[MESSAGE_TEXT];
};

typedef int step_function(struct init *i, const struct plan_step *s);

/* The result of a step whose cause is in words alone; no errno is that large. */
#define REFUSED (-4096)

/* decode.c */
const char *decode(struct init *i, void *plan, __u64 size);
const char *string(const struct init *i, const struct plan_step *s, int n);
const struct list *list(const struct init *i, const struct plan_step *s, int n);

/* table.c */
extern step_function *const step_table[STEP_KINDS];
extern const __u8 slots_read[STEP_KINDS];
extern const __u8 slots_assigned[STEP_KINDS];

/* session.c */
int because(struct init *i, int error, const char *text, const char *more);
_Noreturn void fail(struct init *i, const struct plan_step *s, int error);
int tell(struct init *i, __u32 type, __u32 number, int fd);
void announce(struct init *i);
step_function step_barrier, step_await;

/* main.c */
int fd_of(const struct init *i, __s64 slot);
void assign(struct init *i, __s64 slot, int fd);
_Noreturn void run(struct init *i, int base);

/* path.c */
struct target {
	__s64 flags; /* TARGET_* */
	int like; /* make what this descriptor is, a directory or not; -1: a directory */
	unsigned int mode; /* of a directory that is made */
	bool *made; /* set if it was not there, unless NULL */
};
int open_in_root(int dir, const char *path, int flags, __u64 resolve);
int open_target(struct init *i, int dir, const char *path, struct target t);
int open_parent(struct init *i, int dir, const char *path, const char **name);
int status_of(int fd, struct statx *st);

/* mount.c */
step_function step_clone, step_mount, step_mount_legacy, step_attach, step_setattr, step_label;
int attach(struct init *i, int mount, int target);
/* copyup.c */
int inherit(struct init *i, int mount, int target, __s64 flags);
/* cover.c */
step_function step_mask, step_readonly;
int blank(struct init *i, const char *label);

/* root.c */
step_function step_pivot, step_chroot, step_propagation;
/* moveroot.c */
step_function step_moveroot;
/* open.c */
step_function step_open, step_procfs, step_write;
/* namespace.c */
step_function step_join, step_unshare, step_fork, step_loopback, step_hostname, step_domainname;
/* device.c */
step_function step_mkdir, step_point, step_symlink, step_device;
bool is_null_device(const struct statx *st);
/* terminal.c */
step_function step_pty, step_control, step_stdio;
/* process.c */
step_function step_dumpable, step_signals, step_session, step_keyring, step_chdir, step_umask,
	step_personality, step_mempolicy, step_closefds;
/* identity.c */
step_function step_bounding, step_user, step_caps, step_nonewprivs;
/* seccomp.c */
step_function step_seccomp;
/* listener.c */
int begin_hand_over(struct init *i);
void end_hand_over(struct init *i, int listener);
/* exec.c */
step_function step_find, step_exec;

#endif
