package specconv

import (
	"strconv"

	"github.com/tare-oci/tare/plan"
)

// What the program of a container has of the service manager that started tare.

// ReadinessDir and ReadinessSocket are the names, in the container's state
// directory, of a directory and of the socket in it at which the program says that it is ready.
const (
	ReadinessDir    = "notify"
	ReadinessSocket = "notify.sock"
)

// readinessPoint is where the container has the directory: where runc has it.
const readinessPoint = "/run/notify"

// readiness makes the directory of the socket and clones it. It shows the
// directory and not the socket, since another tare may make that later.
func (c *compiler) readiness() {
	if !c.opts.Notify {
		return
	}
	dir := c.opts.StateDir + "/" + ReadinessDir
	c.add("", plan.Readiness(dir+"/"+ReadinessSocket, !c.opts.Await))
	c.notify = c.plan.Slot("readiness")
	c.add("", plan.Clone(plan.Parent, plan.MountClone{
		Path: dir, Set: plan.AttrRdonly | plan.AttrNosuid | plan.AttrNodev | plan.AttrNoexec,
		Propagation: plan.PropagationPrivate,
	}, c.notify))
}

func (c *compiler) attachReadiness() {
	if c.opts.Notify {
		c.add("", plan.Attach(c.notify, c.root, readinessPoint, 0))
	}
}

// service is what tells the program. Its pid is 1, as that of every container's
// process in a pid namespace of its own.
func (c *compiler) service() (env []string) {
	if c.opts.Notify {
		env = append(env, "NOTIFY_SOCKET="+readinessPoint+"/"+ReadinessSocket)
	}
	if c.opts.ListenFDs > 0 {
		env = append(env, "LISTEN_FDS="+strconv.Itoa(c.opts.ListenFDs), "LISTEN_PID=1")
		if c.opts.ListenNames != "" {
			env = append(env, "LISTEN_FDNAMES="+c.opts.ListenNames)
		}
	}
	return env
}
