package plan

// Actor says who carries a step out.
type Actor uint8

// The two actors, and Both for a barrier, where they meet.
const (
	Parent Actor = 1 << iota
	Init
	Both = Parent | Init
)

func (a Actor) String() string {
	switch a {
	case Parent:
		return "parent"
	case Init:
		return "init"
	case Both:
		return "both"
	}
	return "BUG: no actor"
}

// Slot is the number of a file descriptor in a plan; 0 is "none". A slot is
// assigned by exactly one step.
type Slot uint16

// MaxSlots bounds the slots of one plan, and with them the descriptors that
// init may hold at once. The C side has one int for each.
const MaxSlots = 16384

// Sizes of a step's operand arrays, the same on the wire.
const (
	maxInts    = 8
	maxStrings = 3
	maxLists   = 3
)

// Step is one line of a plan. What each operand means is said by its kind's
// row in the table; the constructors in vocabulary*.go fill them by name.
type Step struct {
	Kind    Kind
	Actor   Actor
	Pointer string // RFC 6901 pointer to the config field it comes from, "" if it comes from none
	N       [maxInts]int64
	S       [maxStrings]string
	L       [maxLists][]string
	IDs     []uint32
}

// Plan is the whole: the steps in order and the names of the slots.
type Plan struct {
	Steps []Step
	// Slots holds the name of each slot for the reader; Slots[0] is unused.
	Slots []string
}

// New returns an empty plan with room for a usual container's steps.
func New() *Plan {
	return &Plan{Steps: make([]Step, 0, 96), Slots: make([]string, 1, 32)}
}

// Slot reserves the next slot and gives it a name for the printed plan.
func (p *Plan) Slot(name string) Slot {
	p.Slots = append(p.Slots, name)
	return Slot(len(p.Slots) - 1)
}

// ReadByInit says of each slot whether a step of init's reads it: init has no
// need of the others.
func (p *Plan) ReadByInit() []bool {
	read := make([]bool, len(p.Slots))
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Actor&Init == 0 {
			continue
		}
		for n, op := range table[s.Kind].n {
			if v := s.N[n]; op.form == slotIn && v >= 0 && v < int64(len(read)) {
				read[v] = true
			}
		}
	}
	return read
}

// Add appends a step that comes from the config field at pointer.
func (p *Plan) Add(pointer string, s Step) {
	s.Pointer = pointer
	p.Steps = append(p.Steps, s)
}

// Number is the number of the step at index i as people see it in the printed
// plan and in errors: they count from 1.
func Number(i int) int { return i + 1 }
