package libcontainer

import (
	"time"

	"github.com/tare-oci/tare/cgroups"
	"github.com/tare-oci/tare/internal/jsonwrite"
	"github.com/tare-oci/tare/internal/specjson"
)

// State is what tare remembers of a container, state.json.
type State struct {
	OCIVersion  string
	ID          string
	Pid         int    // 0 until init runs
	Start       uint64 // when init started, in clock ticks since boot
	Creator     int    // the tare that creates it, while Pid is 0
	CreatorBorn uint64
	Created     time.Time
	Bundle      string
	Rootfs      string
	Owner       int // uid of who created it
	Cgroup      cgroups.Paths
	Unit        Unit // of systemd's, if that made the cgroup
	Annotations map[string]string
	Hooks       LaterHooks
	Resctrl     Resctrl
	Restored    bool   // by CRIU, which gives every container a time namespace
	RootMount   uint64 // id of the root's mount in the host's mount namespace, see attachRoot
}

// encode makes state.json.
func (s *State) encode() []byte {
	w := jsonwrite.New("")
	w.Object(func() {
		w.Name("ociVersion")
		w.String(s.OCIVersion)
		w.Name("id")
		w.String(s.ID)
		w.Name("pid")
		w.Int(int64(s.Pid))
		w.Name("start")
		w.Uint(s.Start)
		w.Name("creator")
		w.Int(int64(s.Creator))
		w.Name("creatorStart")
		w.Uint(s.CreatorBorn)
		w.Name("created")
		w.String(s.Created.Format(time.RFC3339Nano))
		w.Name("bundle")
		w.String(s.Bundle)
		w.Name("rootfs")
		w.String(s.Rootfs)
		w.Name("owner")
		w.Int(int64(s.Owner))
		w.Name("cgroup")
		w.Array(func() {
			for _, path := range s.Cgroup {
				w.Object(func() {
					w.Name("hierarchy")
					w.String(path.Hierarchy)
					w.Name("mountpoint")
					w.String(path.Mountpoint)
					w.Name("path")
					w.String(path.Path)
				})
			}
		})
		if s.Unit.Name != "" {
			w.Name("unit")
			s.Unit.encode(w)
		}
		if len(s.Annotations) > 0 {
			w.Name("annotations")
			w.Strings(s.Annotations)
		}
		if s.Hooks != (LaterHooks{}) {
			w.Name("hooks")
			s.Hooks.encode(w)
		}
		if s.Resctrl != (Resctrl{}) {
			w.Name("resctrl")
			s.Resctrl.encode(w)
		}
		if s.Restored {
			w.Name("restored")
			w.Int(1)
		}
		if s.RootMount != 0 {
			w.Name("rootMount")
			w.Uint(s.RootMount)
		}
	})
	return w.Bytes()
}

func (h *LaterHooks) encode(w *jsonwrite.Writer) {
	w.Object(func() {
		w.Name("startContainer")
		w.Int(int64(h.StartContainer))
		w.Name("poststart")
		w.Int(int64(h.Poststart))
		w.Name("poststop")
		w.Int(int64(h.Poststop))
	})
}

func (h *LaterHooks) decode(r specjson.Reader) {
	r.Object(func(r specjson.Reader, name string) {
		switch name {
		case "startContainer":
			r.Int(&h.StartContainer)
		case "poststart":
			r.Int(&h.Poststart)
		case "poststop":
			r.Int(&h.Poststop)
		}
	})
}

// decode reads state.json.
func (s *State) decode(data []byte) error {
	var created string
	err := specjson.DecodeObject(data, func(r specjson.Reader, name string) {
		switch name {
		case "ociVersion":
			r.String(&s.OCIVersion)
		case "id":
			r.String(&s.ID)
		case "pid":
			r.Int(&s.Pid)
		case "start":
			r.Uint64(&s.Start)
		case "creator":
			r.Int(&s.Creator)
		case "creatorStart":
			r.Uint64(&s.CreatorBorn)
		case "created":
			r.String(&created)
		case "bundle":
			r.String(&s.Bundle)
		case "rootfs":
			r.String(&s.Rootfs)
		case "owner":
			r.Int(&s.Owner)
		case "cgroup":
			r.Array(s.decodeCgroup)
		case "unit":
			s.Unit.decode(r)
		case "annotations":
			r.Strings(&s.Annotations)
		case "hooks":
			s.Hooks.decode(r)
		case "resctrl":
			s.Resctrl.decode(r)
		case "restored":
			var flag int
			r.Int(&flag)
			s.Restored = flag != 0
		case "rootMount":
			r.Uint64(&s.RootMount)
		}
	})
	if err != nil {
		return err
	}
	s.Created, err = time.Parse(time.RFC3339Nano, created)
	return err
}

// specState writes the state as the runtime-spec has it (runtime.md, State); pid is
// that of init as the reader knows it, 0 if it has ended.
func (s *State) specState(w *jsonwrite.Writer, status Status, pid int) {
	w.Object(func() {
		w.Name("ociVersion")
		w.String(s.OCIVersion)
		w.Name("id")
		w.String(s.ID)
		w.Name("status")
		w.String(string(status))
		if pid != 0 {
			w.Name("pid")
			w.Int(int64(pid))
		}
		w.Name("bundle")
		w.String(s.Bundle)
		if len(s.Annotations) > 0 {
			w.Name("annotations")
			w.Strings(s.Annotations)
		}
	})
}

func (s *State) decodeCgroup(r specjson.Reader) {
	var path cgroups.Path
	r.Object(func(r specjson.Reader, name string) {
		switch name {
		case "hierarchy":
			r.String(&path.Hierarchy)
		case "mountpoint":
			r.String(&path.Mountpoint)
		case "path":
			r.String(&path.Path)
		}
	})
	s.Cgroup = append(s.Cgroup, path)
}
