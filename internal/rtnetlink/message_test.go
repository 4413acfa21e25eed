package rtnetlink

import (
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// A value of any length keeps the next attribute at a multiple of four.
func TestAttributesComeBack(t *testing.T) {
	var m []byte
	values := []string{"", "a", "ab", "abc", "abcd", "abcde"}
	for i, v := range values {
		m = withAttribute(m, uint16(i+1), []byte(v))
	}
	list, err := attributes(m)
	if err != nil || len(list) != len(values) {
		t.Fatal(list, err)
	}
	for i, v := range values {
		if list[i].kind != uint16(i+1) || string(list[i].value) != v {
			t.Errorf("attribute %d is %v", i, list[i])
		}
	}
}

// What the kernel never sends is an error and no panic.
func TestMalformedMessages(t *testing.T) {
	for _, data := range [][]byte{{3, 0, 1, 0}, {0, 0, 1, 0}, {200, 0, 1, 0, 5, 5, 5, 5}} {
		if _, err := attributes(data); err == nil {
			t.Errorf("% x is taken for attributes", data)
		}
	}
	short := newMessage(unix.RTM_NEWLINK, 0, nil)
	for _, size := range []uint32{0, 15, 17, 1 << 31} {
		binary.NativeEndian.PutUint32(short, size)
		if _, err := replies(short); err == nil {
			t.Errorf("a message of %d bytes in 16 is taken", size)
		}
	}
	if _, err := parseLink(reply{kind: unix.RTM_NEWLINK, data: make([]byte, 3)}); err == nil {
		t.Error("a short link is taken")
	}
	if err := failure(reply{data: []byte{1}}); err == nil {
		t.Error("a short error is taken")
	}
}

func TestFailureHasTheKernelsWords(t *testing.T) {
	code := int32(-int32(unix.EINVAL))
	data := binary.NativeEndian.AppendUint32(nil, uint32(code))
	data = append(data, make([]byte, unix.SizeofNlMsghdr)...)
	if err := failure(reply{data: data}); err != unix.EINVAL {
		t.Error(err)
	}
	r := reply{flags: unix.NLM_F_ACK_TLVS, data: withName(data, unix.NLMSGERR_ATTR_MSG, "The device stays")}
	err := failure(r)
	if !errors.Is(err, unix.EINVAL) || err.Error() != "The device stays: invalid argument" {
		t.Error(err)
	}
	if err := failure(reply{data: make([]byte, 20)}); err != nil {
		t.Error("an acknowledgement is an error: ", err)
	}
}

func TestLabelFollowsTheDevice(t *testing.T) {
	for _, c := range [][4]string{
		{"eth0", "eth0", "net1", "net1"},
		{"eth0:web", "eth0", "net1", "net1:web"},
		{"eth0:web", "eth0", "net1-very-long", "net1-very-long"},
		{"eth0x", "eth0", "net1", "eth0x"},
		{"mine", "eth0", "net1", "mine"},
	} {
		if got := relabelled(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%s of %s becomes %s under the name %s", c[0], c[1], got, c[2])
		}
	}
}

func TestAddressAsText(t *testing.T) {
	four := Address{family: unix.AF_INET, prefix: 24, attributes: []attribute{
		{unix.IFA_ADDRESS, []byte{10, 0, 0, 9}}, {unix.IFA_LOCAL, []byte{10, 0, 0, 1}},
	}}
	six := Address{family: unix.AF_INET6, prefix: 64, attributes: []attribute{
		{unix.IFA_ADDRESS, []byte{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xcd}},
	}}
	if four.String() != "10.0.0.1/24" || six.String() != "fd00:0:0:0:0:0:0:abcd/64" {
		t.Error(four.String(), six.String())
	}
}

func TestWhichAddressesMove(t *testing.T) {
	for _, c := range []struct {
		a    Address
		want bool
	}{
		{Address{flags: unix.IFA_F_PERMANENT}, true},
		{Address{flags: unix.IFA_F_PERMANENT, scope: unix.RT_SCOPE_LINK}, false},
		{Address{flags: 0}, false},
	} {
		if c.a.Kept() != c.want {
			t.Errorf("%+v moves: %v", c.a, c.a.Kept())
		}
	}
}
