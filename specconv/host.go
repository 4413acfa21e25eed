package specconv

import (
	"sort"
	"strings"

	"github.com/tare-oci/tare/plan"
)

// Passes about what belongs to the new process and its namespaces, and is no mount.

func (c *compiler) session() { c.add("", plan.Session()) }

func (c *compiler) keyring() {
	if !c.noNewKeyring {
		c.labelKeyring()
		c.add("", plan.Keyring("_ses."+c.opts.ID))
	}
}

func (c *compiler) uts() {
	if c.spec.Hostname != "" {
		c.add("/hostname", plan.Hostname(c.spec.Hostname))
	}
	if c.spec.Domainname != "" {
		c.add("/domainname", plan.Domainname(c.spec.Domainname))
	}
}

// loopback brings up lo, which a new network namespace has down.
func (c *compiler) loopback() {
	if c.ns.made&plan.NewNetwork != 0 {
		c.add(namespacesPointer, plan.Loopback())
	}
}

// maxUTSName is __NEW_UTS_LEN (linux/utsname.h).
const maxUTSName = 64

func (v *validation) uts() {
	for _, f := range [2]struct{ pointer, name string }{{"/hostname", v.spec.Hostname}, {"/domainname", v.spec.Domainname}} {
		switch {
		case f.name == "":
			continue
		case !v.ns.has(plan.NewUTS):
			v.fault(f.pointer, "needs a uts namespace, or it would be set on the host")
		case len(f.name) > maxUTSName:
			v.fault(f.pointer, "is longer than the 64 bytes that the kernel takes")
		}
		v.text(f.name, f.pointer)
	}
}

const sysctlPointer = "/linux/sysctl"

// openHost opens what is needed of the host's files later on.
func (c *compiler) openHost() {
	if len(c.linux.MaskedPaths) > 0 {
		c.null = c.plan.Slot("null")
		c.add(maskedPointer, plan.Open("/dev/null", c.null))
	}
}

func (c *compiler) sysctls() {
	for _, name := range sortedNames(c.linux.Sysctl) {
		c.add(key(sysctlPointer, name), plan.Write(c.proc, "sys/"+sysctlPath(name), c.linux.Sysctl[name]))
	}
}

func sortedNames(m map[string]string) []string {
	if len(m) == 0 {
		return nil
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// sysctlPath is a sysctl's path below /proc/sys. Whichever of dot and slash
// comes first separates, and the other one is a part of a name
// (sysctl.d(5)): net.ipv4.conf.eth0/1.forwarding is that of device eth0.1.
func sysctlPath(name string) string {
	at := strings.IndexAny(name, "./")
	if at < 0 || name[at] == '/' {
		return name
	}
	b := []byte(name)
	for i, c := range b {
		switch c {
		case '.':
			b[i] = '/'
		case '/':
			b[i] = '.'
		}
	}
	return string(b)
}

// ipcSysctls are those of kernel/ that an ipc namespace has of its own (ipc/ipc_sysctl.c).
var ipcSysctls = [...]string{
	"msg_next_id", "msgmax", "msgmnb", "msgmni", "sem", "sem_next_id", "shm_next_id",
	"shm_rmid_forced", "shmall", "shmmax", "shmmni",
}

// sysctl checks that each is one of the container's own: any other would be
// changed for the whole host.
func (v *validation) sysctl() {
	for _, name := range sortedNames(v.linux.Sysctl) {
		pointer := key(sysctlPointer, name)
		v.text(v.linux.Sysctl[name], pointer)
		at := sysctlPath(name)
		if at == "" || at[0] == '/' || strings.Contains("/"+at+"/", "/../") || strings.Contains("/"+at+"/", "//") || strings.IndexByte(at, 0) >= 0 {
			v.fault(pointer, "is not the name of a sysctl")
			continue
		}
		flag, namespace := sysctlNamespace(at)
		switch {
		case flag == 0:
			v.fault(pointer, "belongs to no namespace: it would be set on the host")
		case !v.ns.has(flag):
			v.fault(pointer, "needs a "+namespace+" namespace, or it would be set on the host")
		case at == "kernel/hostname" && v.spec.Hostname != "":
			v.fault(pointer, "contradicts /hostname")
		case at == "kernel/domainname" && v.spec.Domainname != "":
			v.fault(pointer, "contradicts /domainname")
		}
	}
}

// sysctlNamespace is the namespace that a path below /proc/sys belongs to, 0 for none.
func sysctlNamespace(at string) (int64, string) {
	top, rest, _ := strings.Cut(at, "/")
	switch {
	case top == "net" && rest != "":
		return plan.NewNetwork, "network"
	case top == "fs" && strings.HasPrefix(rest, "mqueue/"):
		return plan.NewIPC, "ipc"
	case top == "user" && rest != "":
		return plan.NewUser, "user"
	case top == "kernel" && (rest == "hostname" || rest == "domainname"):
		return plan.NewUTS, "uts"
	case top == "kernel":
		for _, name := range ipcSysctls {
			if rest == name {
				return plan.NewIPC, "ipc"
			}
		}
	}
	return 0, ""
}
