package seccomp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/seccompspec"
	"github.com/tare-oci/tare/libcontainer/seccomp/bpf"
)

// The tests need no libseccomp: the compiler is this test program itself, which
// takes what it shall do from the name of a system call.
func TestMain(m *testing.M) {
	if os.Args[0] == "tare-seccomp" {
		os.Exit(standIn())
	}
	os.Exit(m.Run())
}

func standIn() int {
	wire, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 2
	}
	profile, err := seccompspec.Decode(wire)
	if err != nil {
		return 3
	}
	switch name := profile.Syscalls[0].Names[0]; name {
	case "complain":
		_, _ = os.Stderr.WriteString("/linux/seccomp/syscalls/0: a reason\nand more\n")
		return 1
	case "silent":
		return 7
	case "killed":
		_ = unix.Kill(unix.Getpid(), unix.SIGKILL)
	case "nothing":
		return 0
	case "environment":
		_, _ = os.Stderr.WriteString(strings.Join(append(os.Environ(), openFiles(0)...), " "))
		return 1
	}
	_, _ = os.Stdout.Write(filterOf(profile))
	return 0
}

// filterOf is what the stand-in makes of a profile: as many returns as its
// first name has letters.
func filterOf(profile *specs.LinuxSeccomp) []byte {
	n := len(profile.Syscalls[0].Names[0])
	return slices.Repeat(bpf.Program{{Code: unix.BPF_RET, K: uint32(n)}}, n).Append(nil)
}

// openFiles names the descriptors from first on that a program started by this
// one has too.
func openFiles(first int) (open []string) {
	for fd := first; fd < 50; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			name, _ := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
			open = append(open, name)
		}
	}
	return open
}

func naming(name string) *specs.LinuxSeccomp {
	return &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{{Names: []string{name}, Action: specs.ActAllow}}}
}

// withStandIn makes this program the compiler until the test ends.
func withStandIn(t *testing.T) {
	t.Helper()
	program, sum := compilerProgram, compilerSum
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	compilerProgram, compilerSum = self, strings.Repeat("0", 64)
	t.Cleanup(func() { compilerProgram, compilerSum = program, sum })
}

// filter fetches the filter and checks all that Filter promises about the file.
func filter(t *testing.T, dir string, profile *specs.LinuxSeccomp) []byte {
	t.Helper()
	f, size, err := Filter(dir, profile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil || len(content) != size {
		t.Errorf("%d bytes, %v, not %d", len(content), err, size)
	}
	if flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("close-on-exec is not set: %#x, %v", flags, err)
	}
	if _, err := f.WriteAt([]byte{1}, 0); err == nil {
		t.Error("the file can be written to")
	}
	return content
}

// entry is the one file in the cache.
func entry(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(dir + "/*")
	if err != nil || len(names) != 1 {
		t.Fatalf("%q, %v: not one entry", names, err)
	}
	return names[0]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilterComesFromTheCache(t *testing.T) {
	withStandIn(t)
	dir := filepath.Join(t.TempDir(), "a", "cache")
	profile := naming("read")
	want := filterOf(profile)
	if got := filter(t, dir, profile); !bytes.Equal(got, want) {
		t.Errorf("compiled: %v", got)
	}
	for path, mode := range map[string]os.FileMode{dir: os.ModeDir | 0o700, entry(t, dir): 0o600} {
		if st, err := os.Stat(path); err != nil || st.Mode() != mode {
			t.Errorf("%s: %v, %v", path, st.Mode(), err)
		}
	}
	profile.Flags, profile.ListenerPath = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog}, "/run/agent"
	compilerProgram = []byte("not a program: it must not be needed")
	if got := filter(t, dir, profile); !bytes.Equal(got, want) {
		t.Errorf("cached: %v", got)
	}
	if _, _, err := Filter(dir, naming("write")); err == nil {
		t.Error("another profile was served from the cache")
	}
	compilerSum = strings.Repeat("1", 64)
	if _, _, err := Filter(dir, profile); err == nil {
		t.Error("the result of another compiler was served")
	}
}

// Whatever is wrong with an entry or the directory: the filter is right, and
// where the entry can be replaced it has been.
func TestCacheIsNotBelieved(t *testing.T) {
	withStandIn(t)
	profile := naming("read")
	want := filterOf(profile)
	lie := bpf.Program{{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW}}.Append(nil)
	whole := func(program []byte) []byte {
		k := keyOf(seccompspec.Append(nil, profile))
		return append(header(k, program), program...)
	}
	change := func(at int) func(*testing.T, string, string) {
		return func(t *testing.T, _, file string) {
			content, err := os.ReadFile(file)
			must(t, err)
			if at < 0 {
				at += len(content)
			}
			content[at] ^= 1
			must(t, os.WriteFile(file, content, 0o600))
		}
	}
	truncate := func(size int64) func(*testing.T, string, string) {
		return func(t *testing.T, _, file string) { must(t, os.Truncate(file, size)) }
	}
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, dir, file string)
		healed  bool
		rootFor string
	}{
		"a byte of the magic":    {spoil: change(0), healed: true},
		"a byte of the length":   {spoil: change(8), healed: true},
		"a byte of the checksum": {spoil: change(20), healed: true},
		"a byte of the program":  {spoil: change(-1), healed: true},
		"empty":                  {spoil: truncate(0), healed: true},
		"header only":            {spoil: truncate(int64(headerSize)), healed: true},
		"cut":                    {spoil: truncate(int64(headerSize) + 8), healed: true},
		"too long":               {spoil: truncate(int64(maxEntry) + 1), healed: true},
		"zeros at the end":       {spoil: truncate(int64(headerSize) + 48), healed: true},
		"another's entry": {healed: true, spoil: func(t *testing.T, dir, file string) {
			other := filepath.Join(t.TempDir(), "other")
			filter(t, other, naming("write"))
			must(t, os.Rename(entry(t, other), file))
		}},
		"no filter": {healed: true, spoil: func(t *testing.T, _, file string) {
			must(t, os.WriteFile(file, whole([]byte("not a filter")), 0o600))
		}},
		"symlink": {healed: true, spoil: func(t *testing.T, _, file string) {
			target := filepath.Join(t.TempDir(), "target")
			must(t, os.WriteFile(target, whole(lie), 0o600))
			must(t, os.Remove(file))
			must(t, os.Symlink(target, file))
		}},
		"hard link": {healed: true, spoil: func(t *testing.T, dir, file string) {
			must(t, os.WriteFile(file, whole(lie), 0o600))
			must(t, os.Link(file, filepath.Join(t.TempDir(), "link")))
		}},
		"fifo": {healed: true, spoil: func(t *testing.T, _, file string) {
			must(t, os.Remove(file))
			must(t, unix.Mkfifo(file, 0o600))
		}},
		"directory": {spoil: func(t *testing.T, _, file string) {
			must(t, os.Remove(file))
			must(t, os.Mkdir(file, 0o700))
		}},
		"writable for the group": {healed: true, spoil: func(t *testing.T, _, file string) {
			must(t, os.WriteFile(file, whole(lie), 0o600))
			must(t, os.Chmod(file, 0o620))
		}},
		"of a foreign owner": {healed: true, rootFor: "chown", spoil: func(t *testing.T, _, file string) {
			must(t, os.WriteFile(file, whole(lie), 0o600))
			must(t, os.Chown(file, 12345, 0))
		}},
		"in a directory writable for the group": {spoil: func(t *testing.T, dir, file string) {
			must(t, os.WriteFile(file, whole(lie), 0o600))
			must(t, os.Chmod(dir, 0o770))
		}},
		"in a directory writable for all": {spoil: func(t *testing.T, dir, file string) {
			must(t, os.WriteFile(file, whole(lie), 0o600))
			must(t, os.Chmod(dir, 0o1707))
		}},
		"in a directory of a foreign owner": {rootFor: "chown", spoil: func(t *testing.T, dir, file string) {
			must(t, os.WriteFile(file, whole(lie), 0o600))
			must(t, os.Chown(dir, 12345, 0))
		}},
		"in a directory behind a symlink": {spoil: func(t *testing.T, dir, file string) {
			must(t, os.WriteFile(file, whole(lie), 0o600))
			must(t, os.Rename(dir, dir+".real"))
			must(t, os.Symlink(dir+".real", dir))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.rootFor != "" && os.Geteuid() != 0 {
				t.Skip("needs root for " + c.rootFor)
			}
			dir := filepath.Join(t.TempDir(), "cache")
			filter(t, dir, profile)
			file := entry(t, dir)
			c.spoil(t, dir, file)
			if got := filter(t, dir, profile); !bytes.Equal(got, want) {
				t.Errorf("got %v", got)
			}
			st, err := os.Lstat(file)
			var content []byte
			if err == nil && st.Mode().IsRegular() {
				content, err = os.ReadFile(file)
			}
			if healed := err == nil && bytes.Equal(content, whole(want)); healed != c.healed {
				t.Errorf("the entry was written anew: %t, %v", healed, err)
			}
		})
	}
	t.Run("the lie itself", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "cache")
		filter(t, dir, profile)
		must(t, os.WriteFile(entry(t, dir), whole(lie), 0o600))
		if got := filter(t, dir, profile); !bytes.Equal(got, lie) {
			t.Error("these tests prove nothing: an entry that only we can write is not believed either")
		}
	})
}

func TestNowhereToCache(t *testing.T) {
	withStandIn(t)
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for _, dir := range []string{"", file, file + "/below", "/proc/self/cache", "/sys/kernel"} {
		if got := filter(t, dir, naming("read")); !bytes.Equal(got, filterOf(naming("read"))) {
			t.Errorf("%q: %v", dir, got)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	withStandIn(t)
	dir := openCache(t.TempDir())
	must(t, unix.Fchmod(int(dir), 0o700))
	defer dir.close()
	program := filterOf(naming("read"))
	last := key{}
	for i := range 3 * maxEntries {
		last = keyOf([]byte{byte(i), byte(i >> 8)})
		dir.store(last, program)
	}
	names, err := os.ReadDir("/proc/self/fd/" + strconv.Itoa(int(dir)))
	if err != nil || len(names) != maxEntries {
		t.Errorf("%d entries, %v", len(names), err)
	}
	if !bytes.Equal(dir.load(last), program) {
		t.Error("the newest entry is not there")
	}
}

func TestCompilerFails(t *testing.T) {
	withStandIn(t)
	for name, want := range map[string]string{
		"complain": "/linux/seccomp/syscalls/0: a reason",
		"silent":   "the seccomp compiler ended with status 7",
		"killed":   "the seccomp compiler was ended by SIGKILL",
		"nothing":  "BUG: the seccomp compiler wrote what is no filter: the filter is not made of whole instructions",
		// No environment, and of files what it needs and what this test was started with.
		"environment": strings.Join(append([]string{
			"/memfd:tare-profile (deleted)", "/memfd:tare-seccomp (deleted)", "/memfd:tare-seccomp (deleted)",
			"/memfd:tare-seccomp-compiler (deleted)",
		}, openFiles(4)...), " "),
	} {
		dir := filepath.Join(t.TempDir(), "cache")
		_, _, err := Filter(dir, naming(name))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
		if names, _ := filepath.Glob(dir + "/*"); len(names) != 0 {
			t.Errorf("%s left %q", name, names)
		}
	}
	compilerProgram = []byte("no program")
	if _, _, err := Filter("", naming("read")); err == nil || err.Error() != "cannot start the seccomp compiler: execve: exec format error" {
		t.Error(err)
	}
	compilerProgram = nil
	if _, _, err := Filter("", naming("read")); err != errNoCompiler {
		t.Error(err)
	}
}

func TestManyAtOnce(t *testing.T) {
	withStandIn(t)
	dir := filepath.Join(t.TempDir(), "cache")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := filter(t, dir, naming("read")); !bytes.Equal(got, filterOf(naming("read"))) {
				t.Errorf("%v", got)
			}
		})
	}
	all.Wait()
	entry(t, dir)
}

// What build.sh built and what is embedded belong together.
func TestEmbedded(t *testing.T) {
	if len(compilerProgram) == 0 {
		t.Skip("built without the seccomp compiler: run build.sh and test with -tags tare_embed")
	}
	if sum := sha256.Sum256(compilerProgram); hex.EncodeToString(sum[:]) != compilerSum {
		t.Errorf("compiler.sum is %s, not %s", compilerSum, hex.EncodeToString(sum[:]))
	}
	dir := filepath.Join(t.TempDir(), "cache")
	compiled := filter(t, dir, engineProfile(t))
	if n := len(compiled) / bpf.Size; n < 100 || n > 400 {
		t.Errorf("the engine's profile became %d instructions", n)
	}
	if !bytes.Equal(compiled, filter(t, dir, engineProfile(t))) {
		t.Error("the cached filter is another one")
	}
	_, _, err := Filter(dir, naming(""))
	if err != nil {
		t.Errorf("a name that nobody knows: %v", err)
	}
	bad := naming("read")
	bad.Syscalls[0].Action = "x"
	if _, _, err := Filter(dir, bad); err == nil || err.Error() != `/linux/seccomp/syscalls/0/action: unknown action "x"` {
		t.Error(err)
	}
}

// engineProfile is what Podman 4.3 writes into config.json by default.
func engineProfile(t testing.TB) *specs.LinuxSeccomp {
	t.Helper()
	text, err := os.ReadFile("testdata/podman.json")
	if err != nil {
		t.Fatal(err)
	}
	profile := &specs.LinuxSeccomp{}
	if err := json.Unmarshal(text, profile); err != nil {
		t.Fatal(err)
	}
	return profile
}
