#include "textflag.h"

// The kernel calls a handler as handler(signal, siginfo, context) in DI, SI, DX,
// on the thread's signal stack, and restores every register after it.

// deliver writes the signal's number to the pipe.
TEXT ·deliver(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	SUBQ $8, SP
	MOVB DI, (SP)
	MOVL ·writeEnd(SB), DI
	MOVQ SP, SI
	MOVL $1, DX
	MOVL $1, AX // write
	SYSCALL
	ADDQ $8, SP
	RET

// deliverSent does that for signals that another process sent (si_code is not
// above 0, si_pid not ours); the others go to Go's handler.
TEXT ·deliverSent(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	CMPL 8(SI), $0
	JGT  ours
	MOVL 16(SI), AX
	CMPL AX, ·self(SB)
	JEQ  ours
	JMP  ·deliver(SB)
ours:
	MOVQ ·goOwn(SB), AX
	JMP  AX

TEXT ·restorer(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVL $15, AX // rt_sigreturn
	SYSCALL
	INT  $3

DATA ·deliverPC(SB)/8, $·deliver(SB)
GLOBL ·deliverPC(SB), NOPTR, $8
DATA ·deliverSentPC(SB)/8, $·deliverSent(SB)
GLOBL ·deliverSentPC(SB), NOPTR, $8
DATA ·restorerPC(SB)/8, $·restorer(SB)
GLOBL ·restorerPC(SB), NOPTR, $8
