#include "textflag.h"

// The kernel calls a handler as handler(signal, siginfo, context) in R0, R1, R2,
// on the thread's signal stack, and restores every register after it.

// deliver writes the signal's number to the pipe.
TEXT ·deliver(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	SUB   $16, RSP
	MOVB  R0, (RSP)
	MOVW  ·writeEnd(SB), R0
	MOVD  RSP, R1
	MOVD  $1, R2
	MOVD  $64, R8 // write
	SVC
	ADD   $16, RSP
	RET

// deliverSent does that for signals that another process sent (si_code is not
// above 0, si_pid not ours); the others go to Go's handler.
TEXT ·deliverSent(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVW 8(R1), R3
	CMPW $0, R3
	BGT  ours
	MOVW 16(R1), R3
	MOVW ·self(SB), R4
	CMPW R4, R3
	BEQ  ours
	JMP  ·deliver(SB)
ours:
	MOVD ·goOwn(SB), R3
	JMP  (R3)

TEXT ·restorer(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVD $139, R8 // rt_sigreturn
	SVC

DATA ·deliverPC(SB)/8, $·deliver(SB)
GLOBL ·deliverPC(SB), NOPTR, $8
DATA ·deliverSentPC(SB)/8, $·deliverSent(SB)
GLOBL ·deliverSentPC(SB), NOPTR, $8
DATA ·restorerPC(SB)/8, $·restorer(SB)
GLOBL ·restorerPC(SB), NOPTR, $8
