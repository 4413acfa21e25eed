package cgroups

import (
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tare-oci/tare/internal/dbus"
)

// How long tare waits for systemd: as long as other clients of D-Bus for an answer
// (sd_bus_set_method_call_timeout(3)), and for a job to be done longer, since
// it may wait for others.
const (
	answerWait = 25 * time.Second
	jobWait    = 60 * time.Second
)

// NewSystemd is the system's systemd, or the calling user's own instance. It is
// reached when it is first asked for something.
func NewSystemd(user bool) (*Systemd, error) {
	addresses, err := systemdAddresses(user)
	if err != nil {
		return nil, err
	}
	return &Systemd{user: user, addresses: addresses, patience: answerWait, job: jobWait}, nil
}

// booted says whether the host was booted with systemd (sd_booted(3)).
func booted() bool { return unix.Access("/run/systemd/system", unix.F_OK) == nil }

// systemdAddresses are where it is looked for: at its own socket, which needs no
// bus daemon, and then on the bus.
func systemdAddresses(user bool) ([]string, error) {
	if !user {
		if !booted() {
			return nil, errors.New("this host was not booted with systemd: there is no /run/systemd/system")
		}
		bus := os.Getenv("DBUS_SYSTEM_BUS_ADDRESS")
		if bus == "" {
			bus = "unix:path=/run/dbus/system_bus_socket"
		}
		return append([]string{"unix:path=/run/systemd/private"}, strings.Split(bus, ";")...), nil
	}
	var list []string
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir != "" {
		list = append(list, "unix:path="+dir+"/systemd/private")
	}
	if bus := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); bus != "" {
		list = append(list, strings.Split(bus, ";")...)
	}
	if dir != "" {
		list = append(list, "unix:path="+dir+"/bus")
	}
	if len(list) == 0 {
		return nil, errors.New("no user session: neither XDG_RUNTIME_DIR nor DBUS_SESSION_BUS_ADDRESS is set; log in, or see loginctl enable-linger")
	}
	return list, nil
}

// Close ends the connection, if there is one.
func (s *Systemd) Close() {
	if s != nil && s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}

// Connect connects to the first address at which somebody listens, unless there is a connection.
// It waits for no answer.
func (s *Systemd) Connect() error {
	if s.conn != nil {
		return nil
	}
	first := s.refusal
	for _, address := range s.addresses {
		conn, err := dbus.Dial(address, s.patience)
		if err == nil {
			s.conn, s.address = conn, address
			// Systemd's own socket is no bus, and signals come unasked.
			s.greeted = strings.HasSuffix(address, "/systemd/private")
			if conn.Heed = endsJob; !s.greeted {
				// A match rule is no filter: any user of the bus can send a signal to tare alone.
				conn.Heed = func(m *dbus.Message) bool { return endsJob(m) && m.Sender == conn.Answerer }
			}
			return nil
		}
		if first == nil {
			first = errors.New(address + ": " + err.Error())
		}
	}
	if s.user {
		return errors.New("no user session: the systemd of this user cannot be reached (" + first.Error() + "); log in, or see loginctl enable-linger")
	}
	return errors.New("systemd cannot be reached (" + first.Error() + ")")
}

// forsake goes on to the next address.
func (s *Systemd) forsake(why error) {
	if s.refusal == nil {
		s.refusal = errors.New(s.address + ": " + why.Error())
	}
	s.addresses = slices.DeleteFunc(slices.Clone(s.addresses), func(a string) bool { return a == s.address })
}

// endsJob says whether a signal tells of the end of a job.
func endsJob(m *dbus.Message) bool {
	return m.Path == systemdPath && m.Interface == managerInterface && m.Member == "JobRemoved" && len(m.Body) == 4
}

// greet gets a name on the bus, if it is one, and the signals that tell of the end of jobs.
func (s *Systemd) greet() error {
	if s.greeted {
		return nil
	}
	bus := dbus.Message{Destination: busName, Path: busPath, Interface: busName, Member: "Hello"}
	_, err := s.conn.Call(&bus, s.deadline())
	if err == nil {
		bus.Member = "AddMatch"
		bus.Body = []dbus.Value{dbus.String("type='signal',sender='" + systemdName + "',interface='" + managerInterface + "',member='JobRemoved'")}
		_, err = s.conn.Call(&bus, s.deadline())
	}
	if err == nil {
		_, err = s.conn.Call(s.message("Subscribe"), s.deadline())
	}
	if s.greeted = err == nil; s.greeted {
		return nil
	}
	return &dbus.NotAdmittedError{Err: err}
}

// try does something that may be done twice. It is, when systemd could not be
// heard: it may have been executed anew (systemctl daemon-reexec). Whoever is not admitted
// at one address tries the next.
func (s *Systemd) try(do func() error) error {
	var refusal *dbus.Error
	for again := false; ; {
		if err := s.Connect(); err != nil {
			return err
		}
		err := s.greet()
		if err == nil {
			if err = do(); err == nil || errors.As(err, &refusal) || errors.As(err, new(*jobError)) {
				return s.explain(err)
			}
		}
		s.Close()
		switch {
		case errors.As(err, new(*dbus.NotAdmittedError)) && (again || errors.Is(err, dbus.ErrTimeout)):
			s.forsake(err)
			again = false
		case again:
			return errors.New("systemd: " + err.Error())
		default:
			again = true
		}
	}
}
