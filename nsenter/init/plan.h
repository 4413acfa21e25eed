/* Code generated from plan/kinds.go by go generate ./plan. DO NOT EDIT. */
#ifndef TARE_PLAN_H
#define TARE_PLAN_H

#include <linux/types.h>

#define PLAN_MAGIC 0x65726174u
#define PLAN_VERSION 1u
#define PLAN_MAX_SIZE 67108864u
#define PLAN_MAX_SLOTS 16384
#define STEP_INTS 8
#define STEP_STRINGS 3
#define STEP_LISTS 3

/* The layout of plan/wire.go. All references are byte offsets from the header. */
struct plan_header {
	__u32 magic;
	__u32 version;
	__u32 size;
	__u32 steps;
	__u32 slots;
	__u32 inherited;
	__u32 fault_step;
	__u32 fault_errno;
};

struct plan_step {
	__u16 kind;
	__u16 reserved;
	__u32 number;
	__s64 n[STEP_INTS];
	__u32 s[STEP_STRINGS];
	__u32 l[STEP_LISTS];
	__u32 ids;
	__u32 id_count;
	__u32 about;
	__u32 pad[5];
};

_Static_assert(sizeof(struct plan_header) == 32, "plan_header is 32 bytes");
_Static_assert(sizeof(struct plan_step) == 128, "plan_step is 128 bytes");

enum step_kind {
	STEP_CLONE = 38,
	STEP_MOUNT = 39,
	STEP_BARRIER = 40,
	STEP_DUMPABLE = 41,
	STEP_SIGNALS = 42,
	STEP_SESSION = 43,
	STEP_KEYRING = 44,
	STEP_JOIN = 45,
	STEP_UNSHARE = 46,
	STEP_FORK = 47,
	STEP_LOOPBACK = 48,
	STEP_HOSTNAME = 49,
	STEP_DOMAINNAME = 50,
	STEP_OPEN = 51,
	STEP_PROCFS = 52,
	STEP_WRITE = 53,
	STEP_PROPAGATION = 54,
	STEP_MOUNT2 = 55,
	STEP_ATTACH = 56,
	STEP_SETATTR = 57,
	STEP_LABEL = 58,
	STEP_MKDIR = 59,
	STEP_POINT = 60,
	STEP_SYMLINK = 61,
	STEP_DEVICE = 62,
	STEP_MASK = 63,
	STEP_READONLY = 64,
	STEP_PTY = 65,
	STEP_CONTROL = 66,
	STEP_PIVOT = 67,
	STEP_MOVEROOT = 68,
	STEP_CHROOT = 69,
	STEP_PERSONALITY = 70,
	STEP_MEMPOLICY = 71,
	STEP_FIND = 72,
	STEP_AWAIT = 73,
	STEP_CHDIR = 74,
	STEP_STDIO = 75,
	STEP_UMASK = 76,
	STEP_BOUNDING = 77,
	STEP_USER = 78,
	STEP_CAPS = 79,
	STEP_NONEWPRIVS = 80,
	STEP_SECCOMP = 81,
	STEP_CLOSEFDS = 82,
	STEP_EXEC = 83,
	STEP_KINDS = 84,
};

/* Which integers of a kind are slots that it reads or assigns: bit n is n[n]. */
#define STEP_SLOTS_READ \
	{ \
		[STEP_CLONE] = 0x1, \
		[STEP_MOUNT] = 0x1, \
		[STEP_BARRIER] = 0x2, \
		[STEP_JOIN] = 0x1, \
		[STEP_WRITE] = 0x1, \
		[STEP_MOUNT2] = 0x1, \
		[STEP_ATTACH] = 0x3, \
		[STEP_SETATTR] = 0x1, \
		[STEP_LABEL] = 0x1, \
		[STEP_MKDIR] = 0x1, \
		[STEP_POINT] = 0x3, \
		[STEP_SYMLINK] = 0x1, \
		[STEP_DEVICE] = 0x1, \
		[STEP_MASK] = 0x3, \
		[STEP_READONLY] = 0x1, \
		[STEP_PTY] = 0x1, \
		[STEP_CONTROL] = 0x1, \
		[STEP_PIVOT] = 0x1, \
		[STEP_MOVEROOT] = 0x1, \
		[STEP_CHROOT] = 0x1, \
		[STEP_AWAIT] = 0x1, \
		[STEP_SECCOMP] = 0x1, \
	}
#define STEP_SLOTS_ASSIGNED \
	{ \
		[STEP_CLONE] = 0x2, \
		[STEP_MOUNT] = 0x2, \
		[STEP_OPEN] = 0x1, \
		[STEP_PROCFS] = 0x1, \
		[STEP_PTY] = 0x6, \
	}

enum {
	CLONE_N_FROM = 0,
	CLONE_N_OUT = 1,
	CLONE_N_FLAGS = 2,
	CLONE_N_SET = 3,
	CLONE_N_CLEAR = 4,
	CLONE_N_RSET = 5,
	CLONE_N_RCLEAR = 6,
	CLONE_N_PROPAGATION = 7,
	CLONE_S_PATH = 0,
};

enum {
	MOUNT_N_DIR = 0,
	MOUNT_N_OUT = 1,
	MOUNT_N_ATTRS = 2,
	MOUNT_N_FLAGS = 3,
	MOUNT_N_PROPAGATION = 4,
	MOUNT_S_TYPE = 0,
	MOUNT_S_SOURCE = 1,
	MOUNT_S_PATH = 2,
	MOUNT_L_OPTIONS = 0,
};

enum {
	BARRIER_N_BARRIER = 0,
	BARRIER_N_SEND = 1,
};

enum {
	DUMPABLE_N_VALUE = 0,
};

enum {
	KEYRING_S_NAME = 0,
};

enum {
	JOIN_N_FROM = 0,
	JOIN_N_NAMESPACES = 1,
	JOIN_S_PATH = 0,
};

enum {
	UNSHARE_N_NAMESPACES = 0,
};

enum {
	HOSTNAME_S_NAME = 0,
};

enum {
	DOMAINNAME_S_NAME = 0,
};

enum {
	OPEN_N_OUT = 0,
	OPEN_S_PATH = 0,
};

enum {
	PROCFS_N_OUT = 0,
	PROCFS_S_PATH = 0,
};

enum {
	WRITE_N_DIR = 0,
	WRITE_S_PATH = 0,
	WRITE_S_VALUE = 1,
};

enum {
	PROPAGATION_N_FLAGS = 0,
};

enum {
	MOUNT2_N_DIR = 0,
	MOUNT2_N_FLAGS = 1,
	MOUNT2_N_TARGET = 2,
	MOUNT2_S_TYPE = 0,
	MOUNT2_S_SOURCE = 1,
	MOUNT2_S_PATH = 2,
	MOUNT2_L_DATA = 0,
};

enum {
	ATTACH_N_FROM = 0,
	ATTACH_N_DIR = 1,
	ATTACH_N_FLAGS = 2,
	ATTACH_N_TYPE = 3,
	ATTACH_N_DEVICE = 4,
	ATTACH_S_PATH = 0,
};

enum {
	SETATTR_N_FROM = 0,
	SETATTR_N_SET = 1,
	SETATTR_N_CLEAR = 2,
	SETATTR_N_RSET = 3,
	SETATTR_N_RCLEAR = 4,
	SETATTR_N_PROPAGATION = 5,
};

enum {
	LABEL_N_FROM = 0,
	LABEL_S_LABEL = 0,
};

enum {
	MKDIR_N_DIR = 0,
	MKDIR_N_MODE = 1,
	MKDIR_S_PATH = 0,
};

enum {
	POINT_N_DIR = 0,
	POINT_N_LIKE = 1,
	POINT_S_PATH = 0,
};

enum {
	SYMLINK_N_DIR = 0,
	SYMLINK_N_FLAGS = 1,
	SYMLINK_S_PATH = 0,
	SYMLINK_S_TARGET = 1,
};

enum {
	DEVICE_N_DIR = 0,
	DEVICE_N_MODE = 1,
	DEVICE_N_DEVICE = 2,
	DEVICE_N_UID = 3,
	DEVICE_N_GID = 4,
	DEVICE_S_PATH = 0,
};

enum {
	MASK_N_DIR = 0,
	MASK_N_NULL = 1,
	MASK_S_PATH = 0,
	MASK_S_LABEL = 1,
};

enum {
	READONLY_N_DIR = 0,
	READONLY_S_PATH = 0,
};

enum {
	PTY_N_DIR = 0,
	PTY_N_MASTER = 1,
	PTY_N_SLAVE = 2,
	PTY_N_ROWS = 3,
	PTY_N_COLUMNS = 4,
	PTY_N_UID = 5,
};

enum {
	CONTROL_N_SLAVE = 0,
};

enum {
	PIVOT_N_ROOT = 0,
};

enum {
	MOVEROOT_N_ROOT = 0,
};

enum {
	CHROOT_N_ROOT = 0,
};

enum {
	PERSONALITY_N_DOMAIN = 0,
	PERSONALITY_S_NAME = 0,
};

enum {
	MEMPOLICY_N_MODE = 0,
	MEMPOLICY_N_FLAGS = 1,
	MEMPOLICY_S_NAME = 0,
	MEMPOLICY_S_NODES = 1,
};

enum {
	FIND_S_NAME = 0,
	FIND_L_PATHS = 0,
};

enum {
	AWAIT_N_LISTEN = 0,
};

enum {
	CHDIR_S_PATH = 0,
};

enum {
	STDIO_N_UID = 0,
};

enum {
	UMASK_N_MASK = 0,
};

enum {
	BOUNDING_N_KEEP = 0,
};

enum {
	USER_N_UID = 0,
	USER_N_GID = 1,
	USER_N_SETGROUPS = 2,
};

enum {
	CAPS_N_EFFECTIVE = 0,
	CAPS_N_PERMITTED = 1,
	CAPS_N_INHERITABLE = 2,
	CAPS_N_AMBIENT = 3,
};

enum {
	SECCOMP_N_FROM = 0,
	SECCOMP_N_FLAGS = 1,
	SECCOMP_S_LISTENER = 0,
};

enum {
	EXEC_S_NAME = 0,
	EXEC_L_PATHS = 0,
	EXEC_L_ARGS = 1,
	EXEC_L_ENV = 2,
};

enum clone_flag {
	CLONE_MOUNT_RECURSIVE = 0x1,
	CLONE_MOUNT_NOFOLLOW = 0x2,
};

enum target_flag {
	TARGET_NOFOLLOW = 0x1,
	TARGET_ORDINARY = 0x2,
	TARGET_OVER = 0x4,
	TARGET_MODE = 0x8,
	TARGET_OWNER = 0x10,
	TARGET_COPYUP = 0x20,
	TARGET_READONLY = 0x40,
};

enum symlink_flag {
	SYMLINK_EXACT = 0x1,
};

/* Messages on the session (plan/message.go), one SOCK_SEQPACKET record each. */
enum message_type {
	MESSAGE_AT = 1,      /* init: at barrier number; may carry one descriptor */
	MESSAGE_GO = 2,      /* parent: go on from barrier number; carries descriptors for slots */
	MESSAGE_FORKED = 3,  /* init: the child is number; carries its pidfd */
	MESSAGE_FAILED = 4,  /* init: step number failed with error; text says more */
	MESSAGE_EXECUTE = 5, /* init: the next thing is execve */
	MESSAGE_LISTENER = 6, /* init: carries the listener of its seccomp filter */
};

#define MESSAGE_TEXT 1024
#define MESSAGE_MAX_FDS 250

struct message {
	__u32 type;
	__u32 number;
	__s32 error;
	__u32 count; /* of slots, or of bytes in text */
	union {
		char text[MESSAGE_TEXT];
		__u16 slots[MESSAGE_MAX_FDS];
	};
};

#define MESSAGE_HEADER 16

#endif
