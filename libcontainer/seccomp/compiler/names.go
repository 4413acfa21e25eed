//go:build tare_seccomp

package main

import (
	"errors"
	"sort"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/seccomp/libseccomp-golang"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/seccompspec"
)

// arch is an architecture of the filter.
type arch struct {
	spec seccompspec.Arch
	scmp seccomp.ScmpArch
}

var archs = map[specs.Arch]seccomp.ScmpArch{
	specs.ArchAARCH64:     seccomp.ArchARM64,
	specs.ArchARM:         seccomp.ArchARM,
	specs.ArchLOONGARCH64: seccomp.ArchLOONGARCH64,
	specs.ArchM68K:        seccomp.ArchM68K,
	specs.ArchMIPS:        seccomp.ArchMIPS,
	specs.ArchMIPS64:      seccomp.ArchMIPS64,
	specs.ArchMIPS64N32:   seccomp.ArchMIPS64N32,
	specs.ArchMIPSEL:      seccomp.ArchMIPSEL,
	specs.ArchMIPSEL64:    seccomp.ArchMIPSEL64,
	specs.ArchMIPSEL64N32: seccomp.ArchMIPSEL64N32,
	specs.ArchPARISC:      seccomp.ArchPARISC,
	specs.ArchPARISC64:    seccomp.ArchPARISC64,
	specs.ArchPPC:         seccomp.ArchPPC,
	specs.ArchPPC64:       seccomp.ArchPPC64,
	specs.ArchPPC64LE:     seccomp.ArchPPC64LE,
	specs.ArchRISCV64:     seccomp.ArchRISCV64,
	specs.ArchS390:        seccomp.ArchS390,
	specs.ArchS390X:       seccomp.ArchS390X,
	specs.ArchSH:          seccomp.ArchSH,
	specs.ArchSHEB:        seccomp.ArchSHEB,
	specs.ArchX32:         seccomp.ArchX32,
	specs.ArchX86:         seccomp.ArchX86,
	specs.ArchX86_64:      seccomp.ArchAMD64,
}

// addArchs adds the profile's architectures to the machine's own, which
// libseccomp has in every filter, and gives all of them: neighbours where the
// kernel knows them by one name, and in the order of their numbers.
func addArchs(filter *seccomp.ScmpFilter, names []specs.Arch) ([]arch, error) {
	native, err := seccomp.GetNativeArch()
	if err != nil {
		return nil, errors.New("libseccomp does not know this machine: " + err.Error())
	}
	var all []arch
	for name, scmp := range archs {
		if scmp == native {
			spec, _ := seccompspec.ArchOf(name)
			all = append(all, arch{spec, scmp})
		}
	}
	for i, name := range names {
		at := "/linux/seccomp/architectures/" + strconv.Itoa(i) + ": "
		spec, known := seccompspec.ArchOf(name)
		if !known {
			return nil, errors.New(at + "unknown architecture " + strconv.Quote(string(name)))
		}
		scmp := archs[name]
		if present, err := filter.IsArchPresent(scmp); err == nil && present {
			continue
		}
		if err := filter.AddArch(scmp); err != nil {
			return nil, errors.New(at + "cannot filter calls of " + string(name) + " here: " + err.Error())
		}
		all = append(all, arch{spec, scmp})
	}
	// Sorted but for the native one: most calls are of it, so it is asked for first.
	audit := all[0].spec.Audit
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i].spec, &all[j].spec
		if a.Audit != b.Audit {
			return a.Audit == audit || b.Audit != audit && a.Audit < b.Audit
		}
		return a.First < b.First
	})
	return stretch(all), nil
}

// stretch lets x86_64 reach over the numbers of x32 where the profile has no
// x32, so that a kernel with it answers as one without: ENOSYS.
func stretch(all []arch) []arch {
	for i := range all {
		if all[i].scmp == seccomp.ArchAMD64 && (i+1 == len(all) || all[i+1].scmp != seccomp.ArchX32) {
			all[i].spec.Last = ^uint32(0)
		}
	}
	return all
}

// action gives libseccomp's form of an action. prefix is what the names of the
// two fields begin with.
func action(at, prefix string, name specs.LinuxSeccompAction, errno *uint) (seccomp.ScmpAction, error) {
	field, errnoField := "/action: ", "/errnoRet: "
	if prefix != "" {
		field, errnoField = "/"+prefix+"Action: ", "/"+prefix+"ErrnoRet: "
	}
	spec, known := seccompspec.ActionOf(name)
	if !known {
		return seccomp.ActInvalid, errors.New(at + field + "unknown action " + strconv.Quote(string(name)))
	}
	if errno != nil && *errno > spec.Most {
		return seccomp.ActInvalid, errors.New(at + errnoField + "must be at most " + strconv.FormatUint(uint64(spec.Most), 10))
	}
	scmp := map[uint32]seccomp.ScmpAction{
		unix.SECCOMP_RET_ALLOW:        seccomp.ActAllow,
		unix.SECCOMP_RET_ERRNO:        seccomp.ActErrno,
		unix.SECCOMP_RET_KILL_PROCESS: seccomp.ActKillProcess,
		unix.SECCOMP_RET_KILL_THREAD:  seccomp.ActKillThread,
		unix.SECCOMP_RET_LOG:          seccomp.ActLog,
		unix.SECCOMP_RET_TRACE:        seccomp.ActTrace,
		unix.SECCOMP_RET_TRAP:         seccomp.ActTrap,
		unix.SECCOMP_RET_USER_NOTIF:   seccomp.ActNotify,
	}[spec.Return]
	if spec.Most > 0 {
		scmp = scmp.SetReturnCode(int16(spec.Code(errno) & unix.SECCOMP_RET_DATA))
	}
	return scmp, nil
}

func operator(name specs.LinuxSeccompOperator) (seccomp.ScmpCompareOp, bool) {
	op, known := map[specs.LinuxSeccompOperator]seccomp.ScmpCompareOp{
		specs.OpEqualTo:      seccomp.CompareEqual,
		specs.OpGreaterEqual: seccomp.CompareGreaterEqual,
		specs.OpGreaterThan:  seccomp.CompareGreater,
		specs.OpLessEqual:    seccomp.CompareLessOrEqual,
		specs.OpLessThan:     seccomp.CompareLess,
		specs.OpMaskedEqual:  seccomp.CompareMaskedEqual,
		specs.OpNotEqual:     seccomp.CompareNotEqual,
	}[name]
	return op, known
}
