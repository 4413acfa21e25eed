#include "textflag.h"

// The kernel enters here, with the arguments on the stack and nothing in registers that Go wants.
TEXT tare_entry(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVD $42, R0 // PR_GET_THP_DISABLE
	MOVD $0, R1
	MOVD $0, R2
	MOVD $0, R3
	MOVD $0, R4
	MOVD $167, R8 // prctl
	SVC
	CBNZ R0, begin // it is what somebody wants for all that is executed here
	MOVD $41, R0 // PR_SET_THP_DISABLE
	MOVD $1, R1
	SVC
	CBNZ R0, begin
	MOVD $1, R1
	MOVB R1, ·forbidden(SB)
begin:
	JMP _rt0_arm64_linux(SB)
