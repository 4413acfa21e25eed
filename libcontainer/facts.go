package libcontainer

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/resctrl"
	"github.com/tare-oci/tare/specconv"
)

// HostFacts probes all that a compiler might have to know of this host.
func HostFacts() (*specconv.Facts, error) {
	facts, err := hostFacts()
	if err == nil {
		facts.AppArmor, facts.SELinux = appArmor("/proc"), selinux("/sys/fs/selinux")
		facts.Resctrl = resctrl.Probe()
	}
	return facts, err
}

// factsFor probes what the compiler must know of this host for a config and one
// of its processes.
func factsFor(spec *specs.Spec, process *specs.Process) (*specconv.Facts, error) {
	facts, err := hostFacts()
	if err == nil {
		forAppArmor, forSELinux := labelled(spec, process)
		facts.AppArmor = forAppArmor && appArmor("/proc")
		facts.SELinux = forSELinux && selinux("/sys/fs/selinux")
		if spec.Linux != nil && spec.Linux.IntelRdt != nil {
			facts.Resctrl = resctrl.Probe()
		}
	}
	return facts, err
}

// labelled says for which security module there is a label.
func labelled(spec *specs.Spec, process *specs.Process) (forAppArmor, forSELinux bool) {
	forAppArmor = process != nil && process.ApparmorProfile != ""
	forSELinux = process != nil && process.SelinuxLabel != "" || spec.Linux != nil && spec.Linux.MountLabel != ""
	return forAppArmor, forSELinux
}

func hostFacts() (*specconv.Facts, error) {
	layout, err := cgroups.Probe()
	if err != nil {
		return nil, err
	}
	facts := &specconv.Facts{
		Cgroups:      layout,
		EffectiveUID: os.Geteuid(), EffectiveGID: os.Getegid(),
		Capabilities:  bounding(),
		UserNamespace: InUserNamespace(),
	}
	facts.ForeignMounts = facts.UserNamespace && foreignMounts()
	return facts, nil
}

// appArmor says whether AppArmor runs: then tare has a label of it, if only
// "unconfined". Where it is built in and off the file can be opened, not read.
func appArmor(proc string) bool {
	fd, err := unix.Open(proc+"/self/attr/apparmor/current", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var label [1]byte
	n, err := unix.Read(fd, label[:])
	return err == nil && n > 0
}

// selinux says whether SELinux runs: its file system is there only then.
func selinux(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && fs.Type == unix.SELINUX_MAGIC
}

// bounding reads the capability bounding set, bit n for capability n.
func bounding() uint64 {
	var set uint64
	for bit := 0; bit < 64; bit++ {
		held, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(bit), 0, 0, 0)
		if err != nil {
			break // EINVAL: the kernel knows no more
		}
		set |= uint64(held) << bit
	}
	return set
}

// home is the home directory of the config's user, for a process without HOME.
func home(spec *specs.Spec, bundle string) string {
	if spec.Process == nil || hasHome(spec.Process.Env) || spec.Root == nil {
		return ""
	}
	// An engine may mount a passwd of its own over the image's.
	for i := range spec.Mounts {
		m := &spec.Mounts[i]
		if filepath.Clean("/"+m.Destination) == "/etc/passwd" && filepath.IsAbs(m.Source) {
			return lookHome(unix.AT_FDCWD, m.Source, 0, spec.Process.User.UID)
		}
	}
	return homeBelow(specconv.RootPath(spec, bundle), spec.Process.User.UID)
}

// links reads the symbolic links that the config wants to be copied.
func links(spec *specs.Spec, bundle string) map[string]string {
	var found map[string]string
	for _, path := range specconv.CopiedLinks(spec, bundle) {
		target, err := os.Readlink(path)
		if err != nil {
			continue // it is none
		}
		if found == nil {
			found = map[string]string{}
		}
		found[path] = target
	}
	return found
}

// homeOf is home for a process that joins the container whose init is pid.
func homeOf(pid int, process *specs.Process) string {
	if hasHome(process.Env) {
		return ""
	}
	return homeBelow("/proc/"+strconv.Itoa(pid)+"/root", process.User.UID)
}

func hasHome(env []string) bool {
	for _, e := range env {
		if len(e) >= 5 && e[:5] == "HOME=" {
			return true
		}
	}
	return false
}

func homeBelow(root string, uid uint32) string {
	dir, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(dir)
	return lookHome(dir, "etc/passwd", unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS, uid)
}

// maxPasswd is how much of a passwd file is read: it comes from an image.
const maxPasswd = 1 << 20

// lookHome finds the home directory of uid in a passwd file, "" if it has none.
func lookHome(dir int, path string, resolve uint64, uid uint32) string {
	// O_NONBLOCK: the image may have put a fifo there.
	fd, err := unix.Openat2(dir, path, &unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY, Resolve: resolve})
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return ""
	}
	data := make([]byte, min(st.Size, maxPasswd))
	n, err := unix.Read(fd, data)
	if err != nil {
		return ""
	}
	want := strconv.FormatUint(uint64(uid), 10)
	for line := range bytes.Lines(data[:n]) {
		fields := bytes.Split(bytes.TrimRight(line, "\n"), []byte(":"))
		if len(fields) >= 6 && string(fields[2]) == want {
			if bytes.IndexByte(fields[5], 0) >= 0 {
				return "" // no environment can hold it
			}
			return string(fields[5])
		}
	}
	return ""
}
