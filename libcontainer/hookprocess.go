package libcontainer

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/smallpages"
	"github.com/tare-oci/tare/nsenter"
	"github.com/tare-oci/tare/plan"
)

// hookStreams are the standard streams of a hook: the container's state, nowhere,
// and a pipe.
type hookStreams struct {
	stdin, null, stderr int
	read                int // the other end of stderr
}

// openHookStreams makes them. The state is in a file, since a pipe may not hold all of it.
func openHookStreams(state []byte, dir string) (*hookStreams, error) {
	s := &hookStreams{stdin: -1, null: -1, stderr: -1, read: -1}
	var err error
	if s.stdin, err = nsenter.MemoryFile("tare-state", state, dir); err != nil {
		return nil, err
	}
	if _, err = unix.Seek(s.stdin, 0, unix.SEEK_SET); err != nil {
		s.close()
		return nil, err
	}
	var pipe [2]int
	if s.null, err = unix.Open("/dev/null", unix.O_WRONLY|unix.O_CLOEXEC, 0); err == nil {
		err = unix.Pipe2(pipe[:], unix.O_CLOEXEC)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	s.read, s.stderr = pipe[0], pipe[1]
	return s, unix.SetNonblock(s.read, true)
}

func (s *hookStreams) close() {
	for _, fd := range []*int{&s.stdin, &s.null, &s.stderr, &s.read} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1
		}
	}
}

// hookProcess is a hook that runs.
type hookProcess struct{ pid, pidfd int }

// launch starts a hook on the host, as the leader of a session and with no
// descriptors but its streams.
func launch(program *plan.Program, streams *hookStreams) (*hookProcess, error) {
	// Whoever started tare may have left it descriptors that are not closed on exec.
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, err
	}
	p := &hookProcess{pidfd: -1}
	var err error
	p.pid, err = smallpages.ForkExec(program.Path, program.Args, &syscall.ProcAttr{
		Env:   program.Env,
		Files: []uintptr{uintptr(streams.stdin), uintptr(streams.null), uintptr(streams.stderr)},
		Sys:   &syscall.SysProcAttr{Setsid: true, PidFD: &p.pidfd},
	})
	return p, err
}

// wait waits for the hook's end, or kills it after timeout seconds, 0 for never.
// What processes that it leaves behind still write is not waited for.
func (p *hookProcess) wait(streams *hookStreams, timeout int) error {
	var said tail
	killed := !p.ends(streams.read, &said, deadlineAfter(timeout))
	if killed {
		// It is not reaped yet, so that the number is still that of its group.
		_ = unix.Kill(-p.pid, unix.SIGKILL)
	}
	var status unix.WaitStatus
	for {
		if _, err := unix.Wait4(p.pid, &status, 0, nil); err == nil {
			break
		} else if err != unix.EINTR {
			return err
		}
	}
	var text string
	switch {
	case killed:
		text = "it was not done within " + strconv.Itoa(timeout) + " s and was killed"
	case status.Signaled():
		text = "it was killed by signal " + strconv.Itoa(int(status.Signal()))
	case status.ExitStatus() != 0:
		text = "it ended with status " + strconv.Itoa(status.ExitStatus())
	default:
		return nil
	}
	said.drain(streams.read)
	if line := said.lastLine(); line != "" {
		text += ": " + line
	}
	return errors.New(text)
}

// longest is how long tare waits at most, in seconds: some 30 years.
const longest = 1 << 30

// deadlineAfter is the moment in so many seconds, the zero one for none.
func deadlineAfter(timeout int) time.Time {
	if timeout == 0 {
		return time.Time{}
	}
	return time.Now().Add(time.Duration(min(timeout, longest)) * time.Second)
}

// ends waits for the end of the process, and says whether it came before the deadline.
func (p *hookProcess) ends(stderr int, said *tail, deadline time.Time) bool {
	fds := []unix.PollFd{{Fd: int32(p.pidfd), Events: unix.POLLIN}, {Fd: int32(stderr), Events: unix.POLLIN}}
	for {
		wait := -1
		if !deadline.IsZero() {
			left := time.Until(deadline)
			if left <= 0 {
				return false
			}
			wait = int(min(left.Milliseconds(), 1<<30)) + 1
		}
		if _, err := unix.Poll(fds, wait); err != nil && err != unix.EINTR {
			return false
		}
		if fds[1].Revents != 0 && said.read(stderr) == 0 {
			fds[1].Fd = -1 // all that could write to it have closed it
		}
		if fds[0].Revents != 0 {
			return true
		}
	}
}

// tail is the end of what a hook writes.
type tail struct{ text []byte }

// shownOfHook is how many bytes of a hook's last line an error shows.
const shownOfHook = 512

// read takes some of what there is and says how much: 0 at the end of the file,
// or when there is nothing.
func (t *tail) read(fd int) int {
	var buf [4096]byte
	n, err := unix.Read(fd, buf[:])
	for err == unix.EINTR {
		n, err = unix.Read(fd, buf[:])
	}
	if err != nil {
		return 0
	}
	t.text = append(t.text, buf[:n]...)
	if cut := len(t.text) - 4*shownOfHook; cut > 0 {
		t.text = append(t.text[:0], t.text[cut:]...)
	}
	return n
}

// drain takes what is in a pipe, and not what others may still write to it.
func (t *tail) drain(fd int) {
	const capacity = 1 << 20 // of a pipe, at most (pipe(7), /proc/sys/fs/pipe-max-size)
	for taken, n := 0, 1; taken < capacity && n > 0; taken += n {
		n = t.read(fd)
	}
}

// lastLine is the last line that is not empty, cut and without control characters.
func (t *tail) lastLine() string {
	text := strings.TrimRightFunc(strings.ToValidUTF8(string(t.text), "?"), unicode.IsSpace)
	text = strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, text)
	if len(text) > shownOfHook {
		text = strings.ToValidUTF8(text[:shownOfHook], "") + "…"
	}
	return text
}
