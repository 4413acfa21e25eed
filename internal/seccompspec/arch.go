package seccompspec

import (
	"golang.org/x/sys/unix"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Arch is a system call ABI.
type Arch struct {
	Name specs.Arch
	// Audit is the AUDIT_ARCH_* that the kernel puts into struct seccomp_data.
	Audit uint32
	// First and Last bound the numbers in which Linux numbers the ABI's system
	// calls one after the other. Two ABIs can share one Audit, and ARM keeps
	// private calls (__ARM_NR_BASE, asm/unistd.h) far above the common ones.
	First, Last uint32
}

const (
	// x32Bit marks a call of the x32 ABI (__X32_SYSCALL_BIT, asm/unistd.h).
	x32Bit = 0x40000000
	// armPrivate is __ARM_NR_BASE.
	armPrivate = 0x0f0000
	noBound    = ^uint32(0)
)

// x32 has no AUDIT_ARCH_* of its own: the kernel reports its calls as x86_64's.
// libseccomp's SH is the little-endian one, the kernel's AUDIT_ARCH_SH the other.
var archs = [...]Arch{
	{specs.ArchAARCH64, unix.AUDIT_ARCH_AARCH64, 0, noBound},
	{specs.ArchARM, unix.AUDIT_ARCH_ARM, 0, armPrivate - 1},
	{specs.ArchLOONGARCH64, unix.AUDIT_ARCH_LOONGARCH64, 0, noBound},
	{specs.ArchM68K, unix.AUDIT_ARCH_M68K, 0, noBound},
	{specs.ArchMIPS, unix.AUDIT_ARCH_MIPS, 0, noBound},
	{specs.ArchMIPS64, unix.AUDIT_ARCH_MIPS64, 0, noBound},
	{specs.ArchMIPS64N32, unix.AUDIT_ARCH_MIPS64N32, 0, noBound},
	{specs.ArchMIPSEL, unix.AUDIT_ARCH_MIPSEL, 0, noBound},
	{specs.ArchMIPSEL64, unix.AUDIT_ARCH_MIPSEL64, 0, noBound},
	{specs.ArchMIPSEL64N32, unix.AUDIT_ARCH_MIPSEL64N32, 0, noBound},
	{specs.ArchPARISC, unix.AUDIT_ARCH_PARISC, 0, noBound},
	{specs.ArchPARISC64, unix.AUDIT_ARCH_PARISC64, 0, noBound},
	{specs.ArchPPC, unix.AUDIT_ARCH_PPC, 0, noBound},
	{specs.ArchPPC64, unix.AUDIT_ARCH_PPC64, 0, noBound},
	{specs.ArchPPC64LE, unix.AUDIT_ARCH_PPC64LE, 0, noBound},
	{specs.ArchRISCV64, unix.AUDIT_ARCH_RISCV64, 0, noBound},
	{specs.ArchS390, unix.AUDIT_ARCH_S390, 0, noBound},
	{specs.ArchS390X, unix.AUDIT_ARCH_S390X, 0, noBound},
	{specs.ArchSH, unix.AUDIT_ARCH_SHEL, 0, noBound},
	{specs.ArchSHEB, unix.AUDIT_ARCH_SH, 0, noBound},
	{specs.ArchX32, unix.AUDIT_ARCH_X86_64, x32Bit, noBound},
	{specs.ArchX86, unix.AUDIT_ARCH_I386, 0, noBound},
	{specs.ArchX86_64, unix.AUDIT_ARCH_X86_64, 0, x32Bit - 1},
}

// ArchOf finds an architecture by its name.
func ArchOf(name specs.Arch) (Arch, bool) {
	for i := range archs {
		if archs[i].Name == name {
			return archs[i], true
		}
	}
	return Arch{}, false
}

// Archs lists the names of all architectures, for the features verb.
func Archs() []string {
	names := make([]string, 0, len(archs))
	for i := range archs {
		names = append(names, string(archs[i].Name))
	}
	return names
}
