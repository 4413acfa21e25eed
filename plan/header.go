package plan

import (
	"fmt"
	"strings"
)

// Header is the C header that makes init speak the same vocabulary:
// nsenter/init/plan.h. `go generate ./plan` writes it and a test keeps it fresh.
func Header() string {
	var b strings.Builder
	b.WriteString("/* Code generated from plan/kinds.go by go generate ./plan. DO NOT EDIT. */\n")
	b.WriteString("#ifndef TARE_PLAN_H\n#define TARE_PLAN_H\n\n#include <linux/types.h>\n\n")
	fmt.Fprintf(&b, "#define PLAN_MAGIC 0x%08xu\n#define PLAN_VERSION %du\n", wireMagic, wireVersion)
	fmt.Fprintf(&b, "#define PLAN_MAX_SIZE %du\n#define PLAN_MAX_SLOTS %d\n", MaxWire, MaxSlots)
	fmt.Fprintf(&b, "#define STEP_INTS %d\n#define STEP_STRINGS %d\n#define STEP_LISTS %d\n\n", maxInts, maxStrings, maxLists)
	b.WriteString(wireStructs)
	b.WriteString("\nenum step_kind {\n")
	for _, k := range Kinds() {
		if table[k].actors&Init != 0 {
			fmt.Fprintf(&b, "\tSTEP_%s = %d,\n", constant(table[k].word), k)
		}
	}
	fmt.Fprintf(&b, "\tSTEP_KINDS = %d,\n};\n", kindCount)
	b.WriteString("\n/* Which integers of a kind are slots that it reads or assigns: bit n is n[n]. */\n")
	b.WriteString(slotMask("STEP_SLOTS_READ", slotIn))
	b.WriteString(slotMask("STEP_SLOTS_ASSIGNED", slotOut))
	for _, k := range Kinds() {
		if table[k].actors&Init != 0 {
			b.WriteString(operands(&table[k]))
		}
	}
	b.WriteString(enumeration("clone_flag", "CLONE_MOUNT", cloneNames))
	b.WriteString(enumeration("target_flag", "TARGET", targetNames))
	b.WriteString(enumeration("symlink_flag", "SYMLINK", symlinkNames))
	b.WriteString(messages)
	b.WriteString("\n#endif\n")
	return b.String()
}

// slotMask is the initialiser of an array over kinds with the integers that are slots.
func slotMask(macro string, f form) string {
	var cells []string
	for _, k := range Kinds() {
		mask := 0
		for i, op := range table[k].n {
			if op.form == f {
				mask |= 1 << i
			}
		}
		if mask != 0 && table[k].actors&Init != 0 {
			cells = append(cells, fmt.Sprintf("[STEP_%s] = 0x%x", constant(table[k].word), mask))
		}
	}
	return "#define " + macro + " \\\n\t{ \\\n\t\t" + strings.Join(cells, ", \\\n\t\t") + ", \\\n\t}\n"
}

// operands names the indices of a kind's operands: MOUNT_N_ATTRS, MOUNT_S_TYPE.
func operands(r *row) string {
	var lines []string
	word := constant(r.word)
	for i, op := range r.n {
		lines = append(lines, fmt.Sprintf("\t%s_N_%s = %d,\n", word, constant(op.name), i))
	}
	for i, n := range r.s {
		lines = append(lines, fmt.Sprintf("\t%s_S_%s = %d,\n", word, constant(n), i))
	}
	for i, n := range r.l {
		lines = append(lines, fmt.Sprintf("\t%s_L_%s = %d,\n", word, constant(n), i))
	}
	if len(lines) == 0 {
		return ""
	}
	return "\nenum {\n" + strings.Join(lines, "") + "};\n"
}

func enumeration(tag, prefix string, names []name) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nenum %s {\n", tag)
	for _, n := range names {
		fmt.Fprintf(&b, "\t%s_%s = 0x%x,\n", prefix, constant(n.word), n.bits)
	}
	b.WriteString("};\n")
	return b.String()
}

func constant(word string) string { return strings.ToUpper(strings.ReplaceAll(word, "-", "_")) }

// wireStructs and messages are the layouts of wire.go and message.go in C.
const wireStructs = `/* The layout of plan/wire.go. All references are byte offsets from the header. */
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
`

const messages = `
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
`
