//go:build tare_seccomp

package main

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/seccomp/libseccomp-golang"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/seccompspec"
	"github.com/tare-oci/tare/libcontainer/seccomp/bpf"
)

// compile makes the filter of a profile.
func compile(profile *specs.LinuxSeccomp) (bpf.Program, error) {
	program, archs, err := translate(profile)
	if err != nil {
		return nil, err
	}
	return bpf.Reduce(program, archs), nil
}

// translate makes the filter as libseccomp writes it, with what tare puts in
// front. archs are the AUDIT_ARCH_* it knows, the machine's own first.
func translate(profile *specs.LinuxSeccomp) (program bpf.Program, audits []uint32, err error) {
	// libseccomp asks the running kernel what it can, and refuses rules that it
	// cannot. The answer must not be part of a result that outlives this kernel,
	// and every kernel that tare runs on has all that rules need.
	for level := uint(7); level > 0 && seccomp.SetAPI(level) != nil; level-- {
	}
	action, err := action("/linux/seccomp", "default", profile.DefaultAction, profile.DefaultErrnoRet)
	if err != nil {
		return nil, nil, err
	}
	filter, err := seccomp.NewFilter(action)
	if err != nil {
		return nil, nil, errors.New("/linux/seccomp/defaultAction: " + err.Error())
	}
	defer filter.Release()
	archs, err := addArchs(filter, profile.Architectures)
	if err != nil {
		return nil, nil, err
	}
	for i := range profile.Syscalls {
		at := "/linux/seccomp/syscalls/" + strconv.Itoa(i)
		if err := addRule(filter, at, action, &profile.Syscalls[i]); err != nil {
			return nil, nil, err
		}
	}
	program, err = export(filter)
	if err != nil {
		return nil, nil, err
	}
	for i := range archs {
		audits = append(audits, archs[i].spec.Audit)
	}
	return append(unknown(profile, archs), program...), slices.Compact(audits), nil
}

// addRule adds what one entry of the profile's syscalls says about each of its
// names. A name that libseccomp has for no architecture belongs to a newer
// kernel, and is passed over.
func addRule(filter *seccomp.ScmpFilter, at string, byDefault seccomp.ScmpAction, rule *specs.LinuxSyscall) error {
	action, err := action(at, "", rule.Action, rule.ErrnoRet)
	if err != nil {
		return err
	}
	conditions, err := conditions(at, rule.Args)
	if err != nil {
		return err
	}
	if action == byDefault {
		return nil // libseccomp refuses what it would do anyway (EACCES)
	}
	for j, name := range rule.Names {
		number, err := seccomp.GetSyscallFromName(name)
		if err != nil {
			continue
		}
		for _, all := range conditions {
			if err := filter.AddRuleConditional(number, action, all); err != nil {
				return errors.New(at + "/names/" + strconv.Itoa(j) + ": cannot add a rule for " + name + ": " + err.Error())
			}
		}
	}
	return nil
}

// conditions gives for every libseccomp rule to be made the conditions that it
// has, all of which must hold. libseccomp takes one condition per argument in a
// rule. Where a profile has more, each of its conditions becomes a rule of its
// own, of which any may hold: that is what engines' profiles were written
// for, and what other runtimes do.
func conditions(at string, args []specs.LinuxSeccompArg) ([][]seccomp.ScmpCondition, error) {
	all := make([]seccomp.ScmpCondition, 0, len(args))
	var seen [6]int
	repeated := false
	for i := range args {
		arg, at := &args[i], at+"/args/"+strconv.Itoa(i)
		op, known := operator(arg.Op)
		if !known {
			return nil, errors.New(at + "/op: unknown operator " + strconv.Quote(string(arg.Op)))
		}
		// For SCMP_CMP_MASKED_EQ value is the mask and valueTwo what to compare with.
		condition, err := seccomp.MakeCondition(arg.Index, op, arg.Value, arg.ValueTwo)
		if err != nil {
			return nil, errors.New(at + "/index: " + err.Error())
		}
		seen[arg.Index]++
		repeated = repeated || seen[arg.Index] > 1
		all = append(all, condition)
	}
	if !repeated {
		return [][]seccomp.ScmpCondition{all}, nil
	}
	single := make([][]seccomp.ScmpCondition, 0, len(all))
	for i := range all {
		single = append(single, all[i:i+1])
	}
	return single, nil
}

// export has libseccomp write the program to a file, the only way out of it
// before version 2.6.
func export(filter *seccomp.ScmpFilter) (bpf.Program, error) {
	fd, err := unix.MemfdCreate("bpf", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, errors.New("memfd_create: " + err.Error())
	}
	file := os.NewFile(uintptr(fd), "bpf")
	defer file.Close()
	if err := filter.ExportBPF(file); err != nil {
		return nil, errors.New("libseccomp cannot make a filter: " + err.Error())
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	instructions, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return bpf.Parse(instructions)
}

// unknown is the part in front of the filter that answers ENOSYS to system
// calls newer than the profile. A program that tries a new call and finds EPERM
// takes it for a decision and gives up, while after ENOSYS it goes on with the
// older call. Newer means a larger number than any that the profile names on
// that architecture: Linux only ever appends to its tables, and whoever wrote
// the profile knew what they named. libseccomp's own table would not do, for a
// profile can be years older than the library; a profile that names calls the
// library does not know yet has them in the range that gets ENOSYS as well.
//
// A default action that lets calls through or asks somebody needs no such help,
// and neither does ENOSYS itself. An architecture of which nothing is named
// says nothing about its age, and keeps its default action.
func unknown(profile *specs.LinuxSeccomp, archs []arch) bpf.Program {
	byDefault, _ := seccompspec.ActionOf(profile.DefaultAction)
	if byDefault.Permits || byDefault.Code(profile.DefaultErrnoRet) == unix.SECCOMP_RET_ERRNO|uint32(unix.ENOSYS) {
		return nil
	}
	ranges := make([]bpf.Range, 0, len(archs))
	for _, abi := range archs {
		r := bpf.Range{Audit: abi.spec.Audit, First: abi.spec.First, Last: abi.spec.Last}
		if known, ok := largest(profile, abi); ok {
			r.Known = known
			ranges = append(ranges, r)
		}
	}
	return bpf.Unknown(ranges)
}

// largest gives the largest number of a system call that the profile names, as
// far as it lies in the range in which the ABI numbers them.
func largest(profile *specs.LinuxSeccomp, abi arch) (most uint32, any bool) {
	for i := range profile.Syscalls {
		for _, name := range profile.Syscalls[i].Names {
			// Negative numbers are libseccomp's own, of calls that the ABI lacks.
			number, err := seccomp.GetSyscallFromNameByArch(name, abi.scmp)
			if err != nil || number < 0 || uint32(number) < abi.spec.First || uint32(number) > abi.spec.Last {
				continue
			}
			most, any = max(most, uint32(number)), true
		}
	}
	return most, any
}
