package nsenter

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/plan"
)

// idMap is one of the two maps of a user namespace.
type idMap struct {
	file   string // below /proc/PID
	helper string // the program that can write it with privileges
	ranges string // the file that grants ids to users (subuid(5), subgid(5))
	lines  []string
	helped bool // the plan leaves it to the helper
}

func (s *Session) idmap(step *plan.Step) error {
	dir := "/proc/" + strconv.Itoa(s.Pid) + "/"
	if step.N[0] == 0 {
		if err := writeFile(dir+"setgroups", "deny"); err != nil {
			return errors.New("giving up setgroups(2): " + err.Error())
		}
	}
	for _, m := range [...]idMap{
		{"uid_map", "newuidmap", "/etc/subuid", step.L[0], step.N[1]&plan.Newuidmap != 0},
		{"gid_map", "newgidmap", "/etc/subgid", step.L[1], step.N[1]&plan.Newgidmap != 0},
	} {
		if m.helped {
			if err := m.help(s.Pid); err != nil {
				return err
			}
			continue
		}
		err := writeFile(dir+m.file, strings.Join(m.lines, "\n")+"\n")
		if err == unix.EPERM {
			return errors.New(m.file + ": it maps an id that tare's own user namespace does not have, or may not give away: " + err.Error())
		}
		if err != nil {
			return errors.New(m.file + ": " + err.Error())
		}
	}
	return nil
}

// help lets the privileged program of the shadow suite write the map.
func (m *idMap) help(pid int) error {
	program := findProgram(m.helper, os.Getenv("PATH"))
	if program == "" {
		return errors.New("mapping more than the own id takes " + m.helper + ", which is not installed: it comes with the package uidmap (Debian, Ubuntu, Alpine: shadow-uidmap) or shadow-utils (Fedora, RHEL)")
	}
	args := []string{strconv.Itoa(pid)}
	for _, line := range m.lines {
		args = append(args, strings.Fields(line)...)
	}
	var said bytes.Buffer
	command := exec.Command(program, args...)
	command.Stderr = &said
	err := command.Run()
	if err == nil {
		return nil
	}
	reason := strings.TrimPrefix(strings.TrimSpace(said.String()), m.helper+": ")
	if reason == "" {
		reason = err.Error()
	}
	return errors.New(program + ": " + reason + " (" + m.ranges + " must grant the ids in a line like " + strconv.Itoa(os.Getuid()) + ":" + m.example() + ")")
}

// example is a range that would do: the widest of the map that is not one id.
func (m *idMap) example() string {
	start, size := "100000", uint64(1)
	for _, line := range m.lines {
		f := strings.Fields(line)
		if n, err := strconv.ParseUint(f[2], 10, 64); err == nil && n > size {
			start, size = f[1], n
		}
	}
	if size == 1 {
		size = 65536
	}
	return start + ":" + strconv.FormatUint(size, 10)
}

// programPath is where the programs are, after PATH, which engines may have reduced.
const programPath = "/usr/bin:/bin:/usr/local/bin:/usr/sbin:/sbin:/run/wrappers/bin"

// findProgram is the absolute path of a program, "" if there is none.
func findProgram(name, path string) string {
	for _, dir := range filepath.SplitList(path + ":" + programPath) {
		if !filepath.IsAbs(dir) {
			continue // what is in the working directory is not the system's
		}
		file := filepath.Join(dir, name)
		if st, err := os.Stat(file); err == nil && st.Mode().IsRegular() && unix.Access(file, unix.X_OK) == nil {
			return file
		}
	}
	return ""
}
