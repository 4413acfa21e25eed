package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/libcontainer/criu"
	"github.com/tare-oci/tare/plan"
	"github.com/tare-oci/tare/specconv"
)

// CRIUOptions are the choices that a checkpoint and a restore have in common.
type CRIUOptions struct {
	// Images is the directory of the checkpoint, Work that of the log, "" for Images.
	Images, Work string
	// Cgroups is soft, full, strict or ignore, "" for soft (criu(8), --manage-cgroups).
	Cgroups string
	// EmptyNetwork leaves the network namespace to somebody else to fill.
	EmptyNetwork   bool
	TCPEstablished bool
	// TCPSkipInFlight and LinkRemap are for a checkpoint, TCPClose for a restore.
	TCPSkipInFlight, LinkRemap, TCPClose bool
	ExternalUnixSockets                  bool
	ShellJob                             bool
	FileLocks                            bool
	AutoDedup                            bool
	LazyPages                            bool
	// LSMProfile ("apparmor:NAME" or "selinux:LABEL") and LSMMountContext are for a
	// restore, to take the place of those of the images.
	LSMProfile, LSMMountContext string
	// Path is where to look for CRIU, as the variable PATH has it.
	Path string
}

// ConfigAnnotation names a file with options for CRIU (criu(8), Configuration files).
const ConfigAnnotation = specconv.CRIUConfig

// configFiles are those that are used without the annotation, the first that exists.
var configFiles = [...]string{"/etc/criu/tare.conf", "/etc/criu/runc.conf"}

// criuSocket is the descriptor at which a CRIU that is started hears what it is to
// do. Directories it opens by their numbers in tare, whose process it finds by the socket.
const criuSocket = 3

var cgroupModes = map[string]rpc.CriuCgMode{
	"soft": rpc.CriuCgMode_SOFT, "full": rpc.CriuCgMode_FULL, "strict": rpc.CriuCgMode_STRICT, "ignore": rpc.CriuCgMode_IGNORE,
}

// check refuses what no CRIU could do, and fills in what was left out.
func (o *CRIUOptions) check() error {
	if o.Cgroups == "" {
		o.Cgroups = "soft"
	}
	if o.Work == "" {
		o.Work = o.Images
	}
	if _, ok := cgroupModes[o.Cgroups]; !ok {
		return fmt.Errorf("--manage-cgroups-mode: %q is none of soft, full, strict and ignore", o.Cgroups)
	}
	if o.LSMProfile != "" {
		module, profile, ok := strings.Cut(o.LSMProfile, ":")
		if !ok || profile == "" || module != "apparmor" && module != "selinux" {
			return fmt.Errorf("--lsm-profile: %q is neither apparmor:PROFILE nor selinux:LABEL", o.LSMProfile)
		}
	}
	if os.Geteuid() != 0 || InUserNamespace() {
		return errors.New("it takes root of the host: CRIU reads and makes what belongs to other namespaces")
	}
	return nil
}

// request is what both verbs ask of CRIU.
func (o *CRIUOptions) request(log string, at directories, annotations map[string]string) *rpc.CriuOpts {
	level, yes := int32(4), true
	mode := cgroupModes[o.Cgroups]
	images, work := int32(at.images), int32(at.work)
	opts := &rpc.CriuOpts{
		ImagesDirFd: &images, WorkDirFd: &work, LogLevel: &level, LogFile: &log,
		NotifyScripts: &yes, ManageCgroups: &yes, ManageCgroupsMode: &mode,
		TcpEstablished: &o.TCPEstablished, TcpSkipInFlight: &o.TCPSkipInFlight, TcpClose: &o.TCPClose,
		LinkRemap: &o.LinkRemap, ExtUnixSk: &o.ExternalUnixSockets, ShellJob: &o.ShellJob, FileLocks: &o.FileLocks,
		AutoDedup: &o.AutoDedup, LazyPages: &o.LazyPages, OrphanPtsMaster: &yes,
		// What is mounted from the host may be a slave of the host's.
		ExtMasters: &yes,
	}
	if o.EmptyNetwork {
		empty := uint32(plan.NewNetwork)
		opts.EmptyNs = &empty
	}
	if o.LSMProfile != "" {
		opts.LsmProfile = &o.LSMProfile
	}
	if o.LSMMountContext != "" {
		opts.LsmMountContext = &o.LSMMountContext
	}
	file, given := annotations[ConfigAnnotation]
	for i := 0; !given && i < len(configFiles); i++ {
		if unix.Access(configFiles[i], unix.F_OK) == nil {
			file, given = configFiles[i], true
		}
	}
	if file != "" {
		opts.ConfigFile = &file
	}
	return opts
}

// pageServer reads "ADDRESS:PORT", where an address with colons has brackets.
func pageServer(text string) (*rpc.CriuPageServerInfo, error) {
	at := strings.LastIndexByte(text, ':')
	if at > 0 {
		host := strings.TrimSuffix(strings.TrimPrefix(text[:at], "["), "]")
		if port, err := strconv.ParseUint(text[at+1:], 10, 16); err == nil && host != "" {
			n := int32(port)
			return &rpc.CriuPageServerInfo{Address: &host, Port: &n}, nil
		}
	}
	return nil, fmt.Errorf("--page-server: %q is not ADDRESS:PORT", text)
}

// directories are those of the images and of the log, open.
type directories struct{ images, work int }

func (d *directories) close() {
	closeAll([]int{d.images, d.work})
	d.images, d.work = -1, -1
}

// openDirectories opens them, and makes them if they are missing.
func (o *CRIUOptions) openDirectories() (directories, error) {
	d := directories{-1, -1}
	for _, dir := range []struct {
		path string
		fd   *int
	}{{o.Images, &d.images}, {o.Work, &d.work}} {
		err := os.MkdirAll(dir.path, 0o700)
		if err == nil {
			*dir.fd, err = unix.Open(dir.path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		}
		if err != nil {
			d.close()
			return d, &os.PathError{Op: "cannot open", Path: dir.path, Err: unwrapped(err)}
		}
	}
	return d, nil
}

func closeAll(fds []int) {
	for _, fd := range fds {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// criuError says why CRIU failed, in the words of its log, and where that is. The log
// may be on a file system that is full, and end before them.
func criuError(cause error, dir, log string) error {
	path := filepath.Join(dir, log)
	said := criu.LastError(path)
	var failed *criu.Failure
	if said == "" && errors.As(cause, &failed) {
		said, cause = failed.Reason(), failed.Errno
	}
	var st unix.Statfs_t
	switch {
	case said != "":
	case unix.Statfs(dir, &st) == nil && st.Bavail == 0:
		return fmt.Errorf("CRIU failed, and there is no space left for its log, %s", path)
	default:
		said = criu.Hint(path)
	}
	switch {
	case said != "":
		return fmt.Errorf("CRIU: %s; see %s", said, path)
	case cause == unix.Errno(0):
		return fmt.Errorf("CRIU failed and did not say why; see %s", path)
	}
	return fmt.Errorf("CRIU: %w; see %s", cause, path)
}
