package procfs

import (
	"reflect"
	"testing"
)

func TestParseMounts(t *testing.T) {
	const text = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 25 0:27 / /a\040b\134c\ rw,idmapped shared:1 master:2 - tmpfs x\040y rw
x 25 0:27 / /a rw - tmpfs x rw
31 25 0:27 / /a
`
	want := []Mount{
		{27, 1, "254:0", "/", "/", []string{"rw", "relatime"}, "ext4"},
		{30, 25, "0:27", "/", `/a b\c\`, []string{"rw", "idmapped"}, "tmpfs"},
	}
	got := parseMounts(text)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got[0].IDMapped() || !got[1].IDMapped() {
		t.Error("the second alone is idmapped")
	}
}

func TestOwnMounts(t *testing.T) {
	mounts, err := Mounts()
	if err != nil || len(mounts) == 0 || mounts[0].Type == "" {
		t.Errorf("%+v, %v", mounts, err)
	}
}
