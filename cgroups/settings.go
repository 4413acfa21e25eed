package cgroups

import (
	"errors"
	"math"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Setting is one write to a control file, and the field it comes from.
type Setting struct {
	// Pointer is the JSON pointer of the field in config.json.
	Pointer string `json:"pointer,omitempty"`
	// Controller finds the hierarchy: Write looks for it among the version 1
	// hierarchies and takes version 2 otherwise.
	Controller string `json:"controller"`
	File       string `json:"file"`
	Value      string `json:"value"`
	// Fallback is written instead where the kernel has no File.
	Fallback *Fallback `json:"fallback,omitempty"`
	// CheckUsage makes Write refuse a value, in bytes, that is less than the
	// memory in use, where the kernel would call the OOM killer.
	CheckUsage bool `json:"checkUsage,omitempty"`
}

// Fallback is the same wish for a kernel that spells it differently.
type Fallback struct {
	File  string `json:"file"`
	Value string `json:"value"`
}

// Same reports whether other makes the same write.
func (s *Setting) Same(other Setting) bool {
	return s.Controller == other.Controller && s.File == other.File && s.Value == other.Value
}

// FieldError is a fault of one field of the config.
type FieldError struct {
	// Pointer is the JSON pointer of the field.
	Pointer string
	// Text says what cannot be done and why.
	Text string
}

func (e *FieldError) Error() string { return e.Pointer + ": " + e.Text }

// row says how a field becomes a write.
type row struct {
	// field is the field below /linux/resources.
	field      string
	controller string
	// file is where put and its like write; rows that write to several name
	// the files themselves.
	file string
	emit func(*builder)
}

// builder carries the resources through a table. The parts that a config leaves
// out are empty here, not nil, so that the rows read straight.
type builder struct {
	layout   *Layout
	version  int
	row      *row
	missed   *row // the row whose missing controller was last reported
	r        *specs.LinuxResources
	memory   specs.LinuxMemory
	cpu      specs.LinuxCPU
	blockIO  specs.LinuxBlockIO
	network  specs.LinuxNetwork
	settings []Setting
	faults   []error
}

// Settings lists the writes that express resources on a host, in the order in
// which they must be made. All faults are reported at once, joined by
// errors.Join, each a *FieldError.
//
// A number that is absent is not written, and neither is a zero where runc takes
// it as absent (everything but pids/limit, rates of blockIO, hugepageLimits,
// rdma and swappiness); -1 means unlimited. Devices that are nil, rather than
// empty, are left alone, for updates. On a host where DevicesByProgram is true
// the devices are not here but in DeviceProgram.
func Settings(r *specs.LinuxResources, l Layout) ([]Setting, error) {
	if r == nil {
		return nil, nil
	}
	b := builder{layout: &l, r: r, settings: make([]Setting, 0, 12)}
	if r.Memory != nil {
		b.memory = *r.Memory
	}
	if r.CPU != nil {
		b.cpu = *r.CPU
	}
	if r.BlockIO != nil {
		b.blockIO = *r.BlockIO
	}
	if r.Network != nil {
		b.network = *r.Network
	}
	b.run(1, rowsV1)
	b.run(2, rowsV2)
	// Last, as the user's own words: they win over what the other fields say.
	b.unified()
	if len(b.faults) != 0 {
		return nil, errors.Join(b.faults...)
	}
	return b.settings, nil
}

// run applies the rows whose controller lives in this version.
func (b *builder) run(version int, rows []row) {
	b.version = version
	for i := range rows {
		if v, _ := b.layout.version(rows[i].controller); v == version {
			b.row = &rows[i]
			b.row.emit(b)
		}
	}
}

// fault reports that the row's field, or a part of it, cannot be had.
func (b *builder) fault(part, text string) {
	b.faults = append(b.faults, &FieldError{"/linux/resources" + b.row.field + part, text})
}

// write adds a setting, provided that the host has the controller.
func (b *builder) write(part, file, value string) *Setting {
	if _, present := b.layout.version(b.row.controller); !present {
		// Once for a list: what to do about it is the same for all.
		if b.missed != b.row {
			b.missed = b.row
			b.fault("", "cannot set "+file+": "+missing(b.row.controller, b.layout))
		}
		return &Setting{}
	}
	b.settings = append(b.settings, Setting{
		Pointer: "/linux/resources" + b.row.field + part, Controller: b.row.controller, File: file, Value: value,
	})
	return &b.settings[len(b.settings)-1]
}

// missing says what to do about a controller that the host does not have.
func missing(controller string, l *Layout) string {
	switch l.Mode {
	case V2:
		return "cgroup v2 at " + l.Unified + " has no " + controller + " controller (see cgroup.controllers there); boot with it enabled or remove the field"
	case None:
		return "no cgroup hierarchy is mounted; mount cgroup2 at " + root + " or remove the field"
	}
	return "the " + controller + " controller is not mounted; mount it (mount -t cgroup -o " + controller + " " + controller + " " + root + "/" + controller + ") or remove the field"
}

func (b *builder) put(value string) *Setting { return b.write("", b.row.file, value) }

// limit writes a number of which -1 means unlimited and zero nothing.
func (b *builder) limit(n *int64) {
	switch {
	case n == nil || *n == 0:
	case *n < -1:
		b.fault("", "cannot set "+b.row.file+" to "+decimal(*n)+": it must be positive, or -1 for unlimited")
	case *n == -1:
		b.put(b.unlimited())
	default:
		b.put(decimal(*n))
	}
}

// unlimited is the word for no limit.
func (b *builder) unlimited() string {
	if b.version == 1 {
		return "-1"
	}
	return "max"
}

// refuse reports a field that this version of cgroups cannot express.
func (b *builder) refuse(wanted bool, reason string) {
	if wanted {
		b.fault("", "cannot be set: "+reason)
	}
}

func decimal(n int64) string   { return strconv.FormatInt(n, 10) }
func unsigned(n uint64) string { return strconv.FormatUint(n, 10) }

// swap is the limit of memory and swap together as the config has it, after
// the rules that hold in both versions; ok is false when nothing is to be set.
func (b *builder) swap() (swap int64, ok bool) {
	m := &b.memory
	var limit int64
	if m.Limit != nil {
		limit = *m.Limit
	}
	if m.Swap == nil || *m.Swap == 0 {
		// Unlimited memory would stay bounded by an older limit of memory
		// and swap together: whoever asks for -1 means both.
		return -1, limit == -1
	}
	swap = *m.Swap
	switch {
	case swap == -1:
		return -1, true
	case swap < -1:
		b.fault("", "cannot set memory and swap to "+decimal(swap)+": it must be positive, or -1 for unlimited")
	case limit == 0:
		b.fault("", "cannot set memory and swap to "+decimal(swap)+": it needs /linux/resources/memory/limit beside it")
	case limit == -1 && b.version == 2:
		// With unlimited memory there is nothing to subtract from: swap alone.
		return swap, true
	case limit == -1:
		b.fault("", "cannot set memory and swap to "+decimal(swap)+": it must be -1 as well when memory is unlimited")
	case swap < limit:
		b.fault("", "cannot set memory and swap to "+decimal(swap)+": it must be at least the memory limit, "+decimal(limit))
	default:
		return swap, true
	}
	return 0, false
}

// Bounds of the CPU bandwidth controller in µs (kernel/sched/core.c:
// min_bw_runtime_us, min_bw_quota_period_us, max_bw_quota_period_us).
const (
	minQuota  = 1000
	minPeriod = 1000
	maxPeriod = 1000000
	// defaultPeriod is what a new cgroup has (default_bw_period_us).
	defaultPeriod = 100000
)

// quota is /cpu/quota in µs, -1 for unlimited; ok is false when absent.
func (b *builder) quota() (q int64, ok bool) {
	if b.cpu.Quota == nil || *b.cpu.Quota == 0 {
		return -1, false
	}
	return *b.cpu.Quota, true
}

// period is /cpu/period in µs; ok is false when absent.
func (b *builder) period() (p uint64, ok bool) {
	if b.cpu.Period == nil || *b.cpu.Period == 0 {
		return defaultPeriod, false
	}
	return *b.cpu.Period, true
}

// quotaFault checks /cpu/quota and reports what is wrong with it.
func (b *builder) quotaFault() bool {
	if q, ok := b.quota(); ok && q != -1 && q < minQuota {
		b.fault("", "cannot set a CPU quota of "+decimal(q)+" µs: it must be at least 1000 µs, or -1 for unlimited")
		return true
	}
	return false
}

func (b *builder) periodFault() bool {
	if p, ok := b.period(); ok && (p < minPeriod || p > maxPeriod) {
		b.fault("", "cannot set a CPU period of "+unsigned(p)+" µs: it must lie between 1000 and 1000000 µs")
		return true
	}
	return false
}

// burst writes /cpu/burst, in µs. A zero is written, since a later update must
// be able to take the burst away.
func (b *builder) burst() {
	if b.cpu.Burst == nil {
		return
	}
	if q, ok := b.quota(); ok && q > 0 && *b.cpu.Burst > uint64(q) {
		b.fault("", "cannot set a CPU burst of "+unsigned(*b.cpu.Burst)+" µs: it must not exceed the quota, "+decimal(q)+" µs")
		return
	}
	b.put(unsigned(*b.cpu.Burst))
}

// idle writes /cpu/idle (SCHED_IDLE for the whole cgroup, Linux 5.15).
func (b *builder) idle() {
	if b.cpu.Idle == nil {
		return
	}
	if *b.cpu.Idle != 0 && *b.cpu.Idle != 1 {
		b.fault("", "cannot set cpu.idle to "+decimal(*b.cpu.Idle)+": it is 0 or 1")
		return
	}
	b.put(decimal(*b.cpu.Idle))
}

// shares is /cpu/shares within the bounds to which the kernel forces them
// (MIN_SHARES, MAX_SHARES in kernel/sched/sched.h). An idle cgroup has a fixed
// weight and answers EINVAL to any other, so there is none to write.
func (b *builder) shares() (uint64, bool) {
	if b.cpu.Shares == nil || *b.cpu.Shares == 0 || (b.cpu.Idle != nil && *b.cpu.Idle == 1) {
		return 0, false
	}
	return min(max(*b.cpu.Shares, 2), 262144), true
}

// Weight turns version 1 CPU shares, 2 to 262144, into a version 2 weight, 1 to
// 10000, on the curve that runtimes agreed on in 2025: a parabola in log2 of
// the shares through (2, 1), (1024, 100) and (262144, 10000), so that both
// versions' defaults meet. The straight line used before gave 39 for 1024.
func Weight(shares uint64) uint64 {
	l := math.Log2(float64(min(max(shares, 2), 262144)))
	// Often written (l²+125l)/612 − 7/34. With one denominator the three
	// points come out exact; float64() forbids fused multiplication, which
	// would make the result depend on the architecture.
	return uint64(math.Ceil(math.Pow(10, (float64(l*l)+float64(125*l)-126)/612)))
}

// list writes a list of CPUs or memory nodes (List format, cpuset(7)).
func (b *builder) list(s string) {
	if s == "" {
		return
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != ',' && c != '-' && c != ' ' {
			b.fault("", "cannot set "+b.row.file+" to "+quote(s)+`: it is not a list like "0-3,7"`)
			return
		}
	}
	b.put(s)
}

// pids writes /pids/limit. Zero is a limit like others (runtime-spec, PIDs).
func (b *builder) pids() {
	if b.r.Pids == nil || b.r.Pids.Limit == nil {
		return
	}
	switch n := *b.r.Pids.Limit; {
	case n < -1:
		b.fault("", "cannot set pids.max to "+decimal(n)+": it must not be negative, or -1 for unlimited")
	case n == -1:
		b.put("max") // in version 1 too
	default:
		b.put(decimal(n))
	}
}

// hugepages writes, for each page size, the limit of usage and then that of
// reservations (Linux 5.7), which spares a program the SIGBUS at the first one.
func (b *builder) hugepages(usage, reservation string) {
	for i := range b.r.HugepageLimits {
		h := &b.r.HugepageLimits[i]
		part := "/" + strconv.Itoa(i)
		if !pageSize(h.Pagesize) {
			b.fault(part+"/pageSize", "cannot limit huge pages of "+quote(h.Pagesize)+`: the size reads like "64KB", "2MB" or "1GB"`)
			continue
		}
		value := unsigned(h.Limit)
		b.write(part, "hugetlb."+h.Pagesize+usage, value)
		b.write(part, "hugetlb."+h.Pagesize+reservation, value)
	}
}

// pageSize reports whether s is a number and a unit: it becomes a part of a
// file name.
func pageSize(s string) bool {
	if len(s) < 3 || len(s) > 16 || s[len(s)-1] != 'B' || strings.IndexByte("KMG", s[len(s)-2]) < 0 || s[0] == '0' {
		return false
	}
	for _, c := range s[:len(s)-2] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// rdma writes the limits of each device, in the order of their names.
func (b *builder) rdma() {
	for _, name := range sortedKeys(b.r.Rdma) {
		part, limits := "/"+escape(name), b.r.Rdma[name]
		if name == "" || strings.ContainsAny(name, " \t\n\x00/") {
			b.fault(part, "cannot limit RDMA device "+quote(name)+": it is not a device name")
			continue
		}
		value := name
		if limits.HcaHandles != nil {
			value += " hca_handle=" + unsigned(uint64(*limits.HcaHandles))
		}
		if limits.HcaObjects != nil {
			value += " hca_object=" + unsigned(uint64(*limits.HcaObjects))
		}
		if value == name {
			b.fault(part, "cannot limit RDMA device "+quote(name)+": hcaHandles or hcaObjects must be given")
			continue
		}
		b.write(part, b.row.file, value)
	}
}
