package procfs

import (
	"os"
	"reflect"
	"testing"
)

func TestInterfaces(t *testing.T) {
	got := parseInterfaces([]byte(`Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    1       2    3    4    5     6          7         8       9      10   11   12   13    14      15          16
  eth0:18446744073709551615       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
`))
	want := []Interface{
		{Name: "lo", RxBytes: 1, RxPackets: 2, RxErrors: 3, RxDropped: 4, TxBytes: 9, TxPackets: 10, TxErrors: 11, TxDropped: 12},
		{Name: "eth0", RxBytes: 1<<64 - 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if list, err := Interfaces(os.Getpid()); err != nil || list != nil {
		t.Errorf("of the own network namespace: %v, %v", list, err)
	}
	if _, err := Interfaces(0); err == nil {
		t.Error("process 0 has interfaces")
	}
}
