package specconv

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/tare-oci/tare/plan"
)

const (
	memoryPolicyPointer = "/linux/memoryPolicy"
	personalityPointer  = "/linux/personality"
)

// nodesOf says what a memory policy's mode wants of its nodes.
type nodesOf uint8

const (
	nodesNeeded nodesOf = iota
	nodesOptional
	nodesNone
)

// memoryModes are the modes of set_mempolicy(2) with their numbers (linux/mempolicy.h).
var memoryModes = [...]struct {
	name   specs.MemoryPolicyModeType
	number int64
	nodes  nodesOf
}{
	{specs.MpolDefault, 0, nodesNone},
	{specs.MpolPreferred, 1, nodesOptional},
	{specs.MpolBind, 2, nodesNeeded},
	{specs.MpolInterleave, 3, nodesNeeded},
	{specs.MpolLocal, 4, nodesNone},
	{specs.MpolPreferredMany, 5, nodesNeeded},
	{specs.MpolWeightedInterleave, 6, nodesNeeded},
}

var memoryFlags = [...]struct {
	name specs.MemoryPolicyFlagType
	bit  int64
}{
	{specs.MpolFNumaBalancing, plan.MemoryNUMABalancing},
	{specs.MpolFRelativeNodes, plan.MemoryRelativeNodes},
	{specs.MpolFStaticNodes, plan.MemoryStaticNodes},
}

// MemoryPolicyModes lists the modes that a config may have, for the features verb.
func MemoryPolicyModes() []string {
	names := make([]string, len(memoryModes))
	for i := range memoryModes {
		names[i] = string(memoryModes[i].name)
	}
	return names
}

// MemoryPolicyFlags is MemoryPolicyModes for flags.
func MemoryPolicyFlags() []string {
	names := make([]string, len(memoryFlags))
	for i := range memoryFlags {
		names[i] = string(memoryFlags[i].name)
	}
	return names
}

func memoryFlag(name specs.MemoryPolicyFlagType) int64 {
	for i := range memoryFlags {
		if memoryFlags[i].name == name {
			return memoryFlags[i].bit
		}
	}
	return 0
}

func memoryMode(name specs.MemoryPolicyModeType) int {
	for i := range memoryModes {
		if memoryModes[i].name == name {
			return i
		}
	}
	return -1
}

// maxNodes is how many memory nodes a kernel can be built for (MAX_NUMNODES).
const maxNodes = 1024

// memoryPolicy refuses what the kernel would (set_mempolicy(2)).
func (v *validation) memoryPolicy() {
	p := v.linux.MemoryPolicy
	if p == nil {
		return
	}
	mode := memoryMode(p.Mode)
	switch {
	case p.Mode == "":
		v.fault(memoryPolicyPointer+"/mode", "must be set")
	case mode < 0:
		v.fault(memoryPolicyPointer+"/mode", "unknown memory policy "+quote(string(p.Mode)))
	case p.Nodes == "" && memoryModes[mode].nodes == nodesNeeded:
		v.fault(memoryPolicyPointer+"/nodes", "must be set for "+string(p.Mode))
	case p.Nodes != "" && memoryModes[mode].nodes == nodesNone:
		v.fault(memoryPolicyPointer+"/nodes", "must not be set for "+string(p.Mode))
	}
	if p.Nodes != "" {
		if _, wrong := numberList(p.Nodes, maxNodes); wrong != "" {
			v.fault(memoryPolicyPointer+"/nodes", wrong)
		}
	}
	v.memoryFlags(p)
}

func (v *validation) memoryFlags(p *specs.LinuxMemoryPolicy) {
	const aboutNodes = plan.MemoryStaticNodes | plan.MemoryRelativeNodes
	var seen int64
	for i, name := range p.Flags {
		bit := memoryFlag(name)
		seen |= bit
		pointer := item(memoryPolicyPointer+"/flags", i)
		switch {
		case bit == 0:
			v.fault(pointer, "unknown memory policy flag "+quote(string(name)))
		case bit&aboutNodes != 0 && seen&aboutNodes == aboutNodes:
			v.fault(pointer, "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other")
		case bit&aboutNodes != 0 && p.Nodes == "":
			v.fault(pointer, string(name)+" needs nodes")
		case bit == plan.MemoryNUMABalancing && p.Mode != specs.MpolBind && p.Mode != specs.MpolPreferredMany:
			v.fault(pointer, string(name)+" is for MPOL_BIND and MPOL_PREFERRED_MANY")
		}
	}
}

// personality checks the domain; the specification has no flags yet.
func (v *validation) personality() {
	p := v.linux.Personality
	if p == nil {
		return
	}
	switch {
	case p.Domain == "":
		v.fault(personalityPointer+"/domain", "must be set")
	case p.Domain != specs.PerLinux && p.Domain != specs.PerLinux32:
		v.fault(personalityPointer+"/domain", "must be LINUX or LINUX32, not "+quote(string(p.Domain)))
	}
	for i, name := range p.Flags {
		v.fault(item(personalityPointer+"/flags", i), "unknown personality flag "+quote(string(name)))
	}
}

const personalityLinux32 = 8 // PER_LINUX32 (linux/personality.h)

// domain sets what only the process itself can set of its execution: the
// personality, and the memory policy, whose nodes are those of the cpuset that it
// is in by now.
func (c *compiler) domain() {
	if p := c.linux.Personality; p != nil {
		number := 0
		if p.Domain == specs.PerLinux32 {
			number = personalityLinux32
		}
		c.add(personalityPointer, plan.Personality(number, string(p.Domain)))
	}
	p := c.linux.MemoryPolicy
	if p == nil {
		return
	}
	step := plan.NUMAPolicy{Mode: string(p.Mode), Number: memoryModes[memoryMode(p.Mode)].number, Nodes: p.Nodes}
	if p.Nodes != "" {
		step.Numbers, _ = numberList(p.Nodes, maxNodes)
	}
	for _, name := range p.Flags {
		step.Flags |= memoryFlag(name)
	}
	c.add(memoryPolicyPointer, plan.MemoryPolicy(step))
}
