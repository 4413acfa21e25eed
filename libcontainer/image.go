package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tare-oci/tare/internal/jsonwrite"
	"github.com/tare-oci/tare/internal/procfs"
	"github.com/tare-oci/tare/internal/specjson"
	"github.com/tare-oci/tare/internal/wholefile"
	"github.com/tare-oci/tare/specconv"
)

// Names of what tare writes beside CRIU's images. The descriptors have the name and
// the form that runc gives them.
const (
	recordFile      = "tare.json"
	descriptorsFile = "descriptors.json"
)

// record is what tare must know to restore a container, and CRIU does not keep.
type record struct {
	// Mounts are those of the host, Points those places in the root that mounts
	// need, Visible all mounts as the container saw them.
	Mounts  []specconv.Checkpointed
	Points  []specconv.Point
	Visible []string
	// Streams are the names of the three standard streams, as CRIU's images have
	// them where they are to be replaced.
	Streams []string
}

func (r *record) encode() []byte {
	w := jsonwrite.New("  ")
	w.Object(func() {
		w.Name("mounts")
		w.Array(func() {
			for _, m := range r.Mounts {
				w.Object(func() {
					w.Name("key")
					w.String(m.Key)
					w.Name("destination")
					w.String(m.Destination)
					w.Name("below")
					w.String(m.Below)
				})
			}
		})
		w.Name("points")
		w.Array(func() {
			for _, p := range r.Points {
				w.Object(func() {
					w.Name("path")
					w.String(p.Path)
					w.Name("kind")
					w.String(kindOf(p.File))
				})
			}
		})
		w.Name("visible")
		w.Array(func() {
			for _, line := range r.Visible {
				w.String(line)
			}
		})
	})
	return append(w.Bytes(), '\n')
}

const (
	kindFile      = "file"
	kindDirectory = "directory"
)

func kindOf(file bool) string {
	if file {
		return kindFile
	}
	return kindDirectory
}

func (r *record) decode(data []byte) error {
	return specjson.DecodeObject(data, func(j specjson.Reader, name string) {
		switch name {
		case "mounts":
			j.Array(func(j specjson.Reader) {
				var m specconv.Checkpointed
				j.Object(func(j specjson.Reader, name string) {
					switch name {
					case "key":
						j.String(&m.Key)
					case "destination":
						j.String(&m.Destination)
					case "below":
						j.String(&m.Below)
					}
				})
				r.Mounts = append(r.Mounts, m)
			})
		case "points":
			j.Array(func(j specjson.Reader) {
				var p specconv.Point
				var kind string
				j.Object(func(j specjson.Reader, name string) {
					switch name {
					case "path":
						j.String(&p.Path)
					case "kind":
						j.String(&kind)
					}
				})
				p.File = kind == kindFile
				r.Points = append(r.Points, p)
			})
		case "visible":
			j.Array(func(j specjson.Reader) { r.Visible = append(r.Visible, stringOf(j)) })
		}
	})
}

func stringOf(j specjson.Reader) (s string) {
	j.String(&s)
	return s
}

// save writes the record, in place of an older one of the same directory.
func (r *record) save(images string) error {
	streams := jsonwrite.New("")
	streams.Array(func() {
		for _, name := range r.Streams {
			streams.String(name)
		}
	})
	if err := writeAside(filepath.Join(images, descriptorsFile), streams.Bytes(), 0o600); err != nil {
		return err
	}
	return writeAside(filepath.Join(images, recordFile), r.encode(), 0o600)
}

// readRecord finds the record of a checkpoint.
func readRecord(images string) (*record, error) {
	r := new(record)
	file := filepath.Join(images, recordFile)
	data, err := wholefile.Read(file)
	if err != nil {
		if _, dirErr := os.Stat(images); dirErr != nil {
			return nil, fmt.Errorf("cannot open the checkpoint %s: %w", images, unwrapped(dirErr))
		}
		return nil, fmt.Errorf("%s is no checkpoint that tare made: cannot read %s: %w", images, recordFile, unwrapped(err))
	}
	if err := r.decode(data); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i := range r.Mounts {
		// They become parts of paths and of what CRIU is told.
		if m := &r.Mounts[i]; strings.ContainsAny(m.Key, "]:\x00") || m.Below != "" && !filepath.IsLocal(m.Below) {
			return nil, fmt.Errorf("%s: it has a mount that tare would not write", file)
		}
	}
	file = filepath.Join(images, descriptorsFile)
	if data, err = wholefile.Read(file); err != nil {
		return nil, fmt.Errorf("cannot read the checkpoint's %s: %w", file, unwrapped(err))
	}
	// The document is an array: made a member, it is one that can be read.
	err = specjson.DecodeObject(append(append([]byte(`{"streams":`), data...), '}'), func(j specjson.Reader, _ string) {
		j.Array(func(j specjson.Reader) { r.Streams = append(r.Streams, stringOf(j)) })
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// unwrapped is the cause without the path, which the caller names.
func unwrapped(err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		return cause
	}
	return err
}

// visible are the mounts that a process sees, as lines that can be compared: what
// is mounted where, of which type, and how it may be used.
func visible(mounts []procfs.Mount) []string {
	lines := make([]string, len(mounts))
	for i := range mounts {
		m := &mounts[i]
		lines[i] = m.Point + " " + m.Type + " " + strings.Join(m.Options, ",")
	}
	return lines
}
