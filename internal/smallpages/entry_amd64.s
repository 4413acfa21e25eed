#include "textflag.h"

// The kernel enters here, with the arguments on the stack and nothing in registers that Go wants.
TEXT tare_entry(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVL $42, DI // PR_GET_THP_DISABLE
	XORL SI, SI
	XORL DX, DX
	XORL R10, R10
	XORL R8, R8
	MOVL $157, AX // prctl
	SYSCALL
	TESTL AX, AX
	JNE  begin // it is what somebody wants for all that is executed here
	MOVL $41, DI // PR_SET_THP_DISABLE
	MOVL $1, SI
	MOVL $157, AX
	SYSCALL
	TESTL AX, AX
	JNE  begin
	MOVB $1, ·forbidden(SB)
begin:
	JMP _rt0_amd64_linux(SB)
