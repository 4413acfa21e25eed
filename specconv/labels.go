package specconv

import (
	"strings"

	"github.com/tare-oci/tare/plan"
)

const (
	apparmorPointer   = "/process/apparmorProfile"
	selinuxPointer    = "/process/selinuxLabel"
	mountLabelPointer = "/linux/mountLabel"
)

// labels refuses those of a security module that the host does not run: without
// it the process would not be confined.
func (v *validation) labels() {
	if profile := v.process.ApparmorProfile; profile != "" {
		if !v.facts.AppArmor {
			v.fault(apparmorPointer, "AppArmor is not enabled on this host")
		}
		v.text(profile, apparmorPointer)
	}
	if label := v.process.SelinuxLabel; label != "" {
		v.selinux(label, selinuxPointer)
	}
}

func (v *validation) mountLabel() {
	label := v.linux.MountLabel
	if label == "" {
		return
	}
	v.selinux(label, mountLabelPointer)
	if len(label) >= maxOption {
		v.fault(mountLabelPointer, "is longer than the 255 bytes that fsconfig(2) takes")
	}
	if strings.IndexByte(label, '"') >= 0 {
		v.fault(mountLabelPointer, "has a quotation mark in it") // which mount(2) needs around it
	}
}

func (v *validation) selinux(label, pointer string) {
	if !v.facts.SELinux {
		v.fault(pointer, "SELinux is not enabled on this host")
	}
	v.text(label, pointer)
}

// hostProcfs opens the host's procfs for time offsets, sysctls and labels. Before init joins a
// mount namespace, whose /proc may be of another pid namespace, in which init has
// no self.
func (c *compiler) hostProcfs() {
	switch {
	case len(c.linux.TimeOffsets) > 0 && !c.joining:
		c.openProcfs(timePointer)
	case len(c.linux.Sysctl) > 0 && !c.joining:
		c.openProcfs(sysctlPointer)
	case c.process.ApparmorProfile != "":
		c.openProcfs(apparmorPointer)
	case c.process.SelinuxLabel != "":
		c.openProcfs(selinuxPointer)
	}
}

func (c *compiler) openProcfs(pointer string) {
	c.proc = c.plan.Slot("procfs")
	c.add(pointer, plan.OpenProcfs("/proc", c.proc))
}

// labels asks for the process's labels. Only it itself can (proc_pid_attr(5)),
// so that this comes after a fork; they take effect when the program is
// executed. AppArmor has had a directory of its own since Linux 5.8; the file
// above it belongs to the first module that wants it, which may be another.
func (c *compiler) labels() {
	if profile := c.process.ApparmorProfile; profile != "" {
		c.add(apparmorPointer, plan.Write(c.proc, "self/attr/apparmor/exec", "exec "+profile))
	}
	if label := c.process.SelinuxLabel; label != "" {
		c.add(selinuxPointer, plan.Write(c.proc, "self/attr/exec", label))
	}
}

// labelKeyring gives the process's label to the keyring that is made next, or the
// process could not use it.
func (c *compiler) labelKeyring() {
	if label := c.process.SelinuxLabel; label != "" {
		c.add(selinuxPointer, plan.Write(c.proc, "self/attr/keycreate", label))
	}
}

// contextOptions are SELinux's own mount options (mount(8)).
var contextOptions = [...]string{"context=", "fscontext=", "defcontext=", "rootcontext="}

func isContext(option string) bool {
	for _, name := range contextOptions {
		if strings.HasPrefix(option, name) {
			return true
		}
	}
	return false
}

// labelled says how a file system gets the label: by a mount option, or, a
// message queue, of which each ipc namespace has but one, as an attribute of its
// root; procfs, sysfs and those of cgroups are labelled by the policy alone.
func labelled(fstype string) (byOption, byAttribute bool) {
	switch fstype {
	case "proc", "sysfs", "cgroup", "cgroup2":
		return false, false
	case "mqueue":
		return false, true
	}
	return true, false
}

// addContext puts the label among the options of a mount that has none.
func (c *compiler) addContext(m *mount) {
	byOption, _ := labelled(m.Type)
	if !byOption || c.linux.MountLabel == "" {
		return
	}
	for _, word := range m.data {
		if isContext(word) {
			return
		}
	}
	m.data = append(m.data[:len(m.data):len(m.data)], "context="+c.linux.MountLabel)
}

// unquoted takes away the quotation marks that mount(2) needs around a context
// with commas, and that fsconfig(2) would take for a part of it.
func unquoted(options []string) []string {
	for i, word := range options {
		if !isContext(word) {
			continue
		}
		name, value, _ := strings.Cut(word, "=")
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			options = append([]string(nil), options...)
			options[i] = name + "=" + value[1:len(value)-1]
		}
	}
	return options
}

// quoted joins options for mount(2).
func quoted(options []string) string {
	words := make([]string, len(options))
	for i, word := range options {
		words[i] = word
		if name, value, _ := strings.Cut(word, "="); isContext(word) && !strings.HasPrefix(value, `"`) {
			words[i] = name + `="` + value + `"`
		}
	}
	return strings.Join(words, ",")
}

// contextOption is the label as an option of a tmpfs of tare's own.
func (c *compiler) contextOption(options ...string) []string {
	if c.linux.MountLabel == "" {
		return options
	}
	return append(options, "context="+c.linux.MountLabel)
}
