package main

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// sweep removes the cgroups whose names begin with prefix, in every hierarchy
// that is mounted here, and ends the processes in them.
func sweep(prefix string) {
	for _, top := range hierarchies() {
		var groups []string
		_ = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return fs.SkipDir // a cgroup that ended meanwhile
			}
			if d.IsDir() && (strings.HasPrefix(d.Name(), prefix) || slices.Contains(groups, filepath.Dir(path))) {
				groups = append(groups, path)
			}
			return nil
		})
		slices.Reverse(groups) // children first
		for _, group := range groups {
			removeGroup(group)
		}
	}
}

// hierarchies returns where cgroup file systems are mounted.
func hierarchies() []string {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	defer file.Close()
	var found []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		before, after, _ := strings.Cut(lines.Text(), " - ")
		fields := strings.Fields(before)
		if strings.HasPrefix(after, "cgroup") && len(fields) > 4 {
			found = append(found, fields[4])
		}
	}
	return found
}

// removeGroup ends the processes of a cgroup and removes it. A process that
// dies leaves its cgroup a little later than it can be seen to, hence the loop.
func removeGroup(group string) {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err := syscall.Rmdir(group); err == nil || err == syscall.ENOENT {
			return
		}
		data, _ := os.ReadFile(filepath.Join(group, "cgroup.procs"))
		for text := range strings.FieldsSeq(string(data)) {
			if pid, err := strconv.Atoi(text); err == nil && pid > 1 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
				_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
			}
		}
	}
}
