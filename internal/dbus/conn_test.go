package dbus

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// However the other side's bytes are cut into pieces, each message is read whole: with the end of the
// authentication before it, in one piece with the next, and longer than what is read at once.
func TestBytesComeInAnyPieces(t *testing.T) {
	signal := Message{Kind: Signal, Serial: 1, Path: "/a", Interface: "a.b", Member: "Told", Body: []Value{String("signal")}}
	answer := Message{Kind: MethodReturn, Serial: 2, ReplyTo: 1, Body: []Value{String(strings.Repeat("long", 5000))}}
	last := Message{Kind: Signal, Serial: 3, Path: "/a", Interface: "a.b", Member: "Told", Body: []Value{String("last")}}
	said := []byte("DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n")
	for _, m := range []*Message{&signal, &answer, &last} {
		said = append(said, m.Encode()...)
	}
	for _, piece := range []int{1, 7, 1000, len(said)} {
		path := filepath.Join(t.TempDir(), "bus")
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			for rest := said; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
				_, _ = conn.Write(rest[:min(piece, len(rest))])
			}
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}()
		c, err := Dial("unix:path="+path, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(5 * time.Second)
		body, err := c.Call(&Message{Path: "/a", Interface: "a.b", Member: "Ask"}, deadline)
		if err != nil || len(body) != 1 || body[0].S != answer.Body[0].S {
			t.Errorf("pieces of %d: got %d values and %v", piece, len(body), err)
		}
		for _, want := range []string{"signal", "last"} {
			m, err := c.Await(func(*Message) bool { return true }, deadline)
			if err != nil || m.Body[0].S != want {
				t.Errorf("pieces of %d: got %+v and %v for %s", piece, m, err, want)
			}
		}
		c.Close()
		_ = listener.Close()
	}
}
