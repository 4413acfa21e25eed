package plan

import (
	"encoding/binary"
	"fmt"
)

// The wire form of a plan, little-endian as every machine tare runs on:
//
//	header   8 words of 32 bits: magic, version, size in bytes, number of steps,
//	         number of slots, number of inherited slots, fault step, fault errno
//	steps    init's steps, 128 bytes each, in order
//	inherit  the slots whose descriptors init finds open from the start, 32 bits each
//	arena    strings (NUL-terminated), id arrays, and lists
//
// References into the arena are byte offsets from the start of the plan; 0 is
// "empty". A list is, 8-aligned, a count, that many 64-bit offsets, and a zero:
// init turns it into a char *[] where it stands. Wire offsets are checked by init.
const (
	wireMagic   = 0x65726174 // "tare"
	wireVersion = 1
	headerSize  = 32
	stepSize    = 128
)

// MaxWire is the largest plan init accepts, in bytes.
const MaxWire = 64 << 20

// Fault makes one step fail with an errno instead of being done; for tests,
// and only honoured by programs built for them. Step counts from 1; 0 is none.
type Fault struct {
	Step  int
	Errno int
}

// Encode returns the wire form of init's steps. inherited are the slots that
// init has from birth, in the order of their descriptors.
func (p *Plan) Encode(inherited []Slot, fault Fault) ([]byte, error) {
	count := 0
	for i := range p.Steps {
		if p.Steps[i].Actor&Init != 0 {
			count++
		}
	}
	fixed := headerSize + count*stepSize + 4*len(inherited)
	e := encoder{buf: make([]byte, fixed, fixed+8192)}
	at, awaited := headerSize, false
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Actor&Init == 0 {
			continue
		}
		e.step(at, i, s, awaited, p)
		at += stepSize
		awaited = awaited || s.Kind == KindAwait
	}
	for _, slot := range inherited {
		e.put32(at, uint32(slot))
		at += 4
	}
	e.align(8)
	if len(e.buf) > MaxWire {
		return nil, fmt.Errorf("the plan has %d bytes, more than the %d that init accepts", len(e.buf), MaxWire)
	}
	for i, word := range [...]uint32{
		wireMagic, wireVersion, uint32(len(e.buf)), uint32(count), uint32(len(p.Slots)),
		uint32(len(inherited)), uint32(fault.Step), uint32(fault.Errno),
	} {
		e.put32(4*i, word)
	}
	return e.buf, nil
}

type encoder struct{ buf []byte }

// step writes one record: kind and number, eight integers, three strings,
// three lists, the ids and their count, and the words for an error after await.
func (e *encoder) step(at, index int, s *Step, awaited bool, p *Plan) {
	binary.LittleEndian.PutUint16(e.buf[at:], uint16(s.Kind))
	e.put32(at+4, uint32(Number(index)))
	for i, n := range s.N {
		binary.LittleEndian.PutUint64(e.buf[at+8+8*i:], uint64(n))
	}
	at += 8 + 8*maxInts
	for i, str := range s.S {
		e.put32(at+4*i, e.str(str))
	}
	at += 4 * maxStrings
	for i, list := range s.L {
		e.put32(at+4*i, e.list(list))
	}
	at += 4 * maxLists
	if len(s.IDs) > 0 {
		e.align(4)
		e.put32(at, uint32(len(e.buf)))
		e.put32(at+4, uint32(len(s.IDs)))
		for _, id := range s.IDs {
			e.buf = binary.LittleEndian.AppendUint32(e.buf, id)
		}
	}
	// Who starts the container never saw its plan: init carries the words for it.
	if awaited {
		e.put32(at+8, e.str(s.Kind.Word()+" "+p.Failure(index)))
	}
}

func (e *encoder) put32(at int, v uint32) { binary.LittleEndian.PutUint32(e.buf[at:], v) }

func (e *encoder) align(n int) {
	for len(e.buf)%n != 0 {
		e.buf = append(e.buf, 0)
	}
}

func (e *encoder) str(s string) uint32 {
	if s == "" {
		return 0
	}
	at := uint32(len(e.buf))
	e.buf = append(e.buf, s...)
	e.buf = append(e.buf, 0)
	return at
}

func (e *encoder) list(list []string) uint32 {
	if len(list) == 0 {
		return 0
	}
	e.align(8)
	at := len(e.buf)
	e.buf = append(e.buf, make([]byte, 8*(len(list)+2))...)
	binary.LittleEndian.PutUint64(e.buf[at:], uint64(len(list)))
	for i, s := range list {
		// An empty string needs a place of its own: 0 would end the list.
		where := len(e.buf)
		e.buf = append(e.buf, s...)
		e.buf = append(e.buf, 0)
		binary.LittleEndian.PutUint64(e.buf[at+8+8*i:], uint64(where))
	}
	return uint32(at)
}
