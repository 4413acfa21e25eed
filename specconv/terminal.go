package specconv

import (
	"github.com/tare-oci/tare/plan"
)

const terminalPointer = "/process/terminal"

// maxWindow is what struct winsize holds (ioctl_tty(2)).
const maxWindow = 1<<16 - 1

func (v *validation) terminal() {
	size := v.process.ConsoleSize
	if size == nil {
		return
	}
	if size.Height > maxWindow {
		v.fault("/process/consoleSize/height", "must be at most 65535")
	}
	if size.Width > maxWindow {
		v.fault("/process/consoleSize/width", "must be at most 65535")
	}
}

// terminal makes the container's terminal from its own devpts. A size without
// a terminal is ignored, as the specification says.
func (c *compiler) terminal() {
	if !c.process.Terminal {
		return
	}
	c.master, c.slave = c.plan.Slot("master"), c.plan.Slot("slave")
	var rows, columns uint16
	if size := c.process.ConsoleSize; size != nil {
		rows, columns = uint16(size.Height), uint16(size.Width)
	}
	c.add(terminalPointer, plan.Terminal(c.root, c.master, c.slave, rows, columns, c.process.User.UID))
	// The session is init's own since setsid(2), which the controlling terminal needs.
	c.add(terminalPointer, plan.Control(c.slave))
	if c.joining {
		return // /dev/console is the terminal of the container's first process
	}
	console := c.plan.Slot("console")
	c.add(terminalPointer, plan.Clone(plan.Init, plan.MountClone{From: c.slave}, console))
	c.add(terminalPointer, plan.Attach(console, c.root, "/dev/console", plan.TargetNofollow))
}
