package specconv

import (
	"sort"

	"github.com/tare-oci/tare/plan"
)

// effect is what an option word does.
type effect uint8

const (
	nothing effect = iota
	set            // attribute bits of the mount
	clear
	atime     // the access time, a value and not a bit
	unless    // back to relatime, if the access time is that value
	setAll    // as set, for the whole tree
	clearAll  //
	atimeAll  //
	unlessAll //
	super     // flag of the super block, which fsconfig(2) takes by the same word
	noSuper   // takes a super block flag back
	legacy    // flag that only mount(2) has
	noLegacy
	bind
	rbind
	remount
	propagate
	srcNofollow
	destNofollow
	copySymlink
	copyUp
	idmapTop
	idmapTree
)

// option is a row of the table of words that are not a file system's own.
type option struct {
	word string
	does effect
	bits int64
}

// Flags of mount(2) that have no attribute.
const (
	msRdonly      = 1 << 0
	msNosuid      = 1 << 1
	msNodev       = 1 << 2
	msNoexec      = 1 << 3
	msSync        = 1 << 4
	msMandlock    = 1 << 6
	msDirsync     = 1 << 7
	msNosymfollow = 1 << 8
	msNoatime     = 1 << 10
	msNodiratime  = 1 << 11
	msSilent      = 1 << 15
	msIVersion    = 1 << 23
	msStrictatime = 1 << 24
	msLazytime    = 1 << 25
)

// options is sorted by word. The words are those of runtime-spec (config.md,
// Linux mount options) and mount(8), and three of crun's (copy-symlink, src-nofollow, dest-nofollow).
var options = [...]option{
	{"async", noSuper, msSync},
	{"atime", unless, plan.AttrNoatime},
	{"bind", bind, 0},
	{"copy-symlink", copySymlink, 0},
	{"defaults", nothing, 0},
	{"dest-nofollow", destNofollow, 0},
	{"dev", clear, plan.AttrNodev},
	{"diratime", clear, plan.AttrNodiratime},
	{"dirsync", super, msDirsync},
	{"exec", clear, plan.AttrNoexec},
	{"idmap", idmapTop, 0},
	{"iversion", legacy, msIVersion},
	{"lazytime", super, msLazytime},
	{"loud", noLegacy, msSilent},
	{"mand", super, msMandlock},
	{"noatime", atime, plan.AttrNoatime},
	{"nodev", set, plan.AttrNodev},
	{"nodiratime", set, plan.AttrNodiratime},
	{"noexec", set, plan.AttrNoexec},
	{"noiversion", noLegacy, msIVersion},
	{"nolazytime", noSuper, msLazytime},
	{"nomand", noSuper, msMandlock},
	{"norelatime", nothing, 0}, // relatime is what the kernel does without it, too
	{"nostrictatime", unless, plan.AttrStrictatime},
	{"nosuid", set, plan.AttrNosuid},
	{"nosymfollow", set, plan.AttrNosymfollow},
	{"private", propagate, plan.PropagationPrivate},
	{"ratime", unlessAll, plan.AttrNoatime},
	{"rbind", rbind, 0},
	{"rdev", clearAll, plan.AttrNodev},
	{"rdiratime", clearAll, plan.AttrNodiratime},
	{"relatime", atime, 0},
	{"remount", remount, 0},
	{"rexec", clearAll, plan.AttrNoexec},
	{"ridmap", idmapTree, 0},
	{"rnoatime", atimeAll, plan.AttrNoatime},
	{"rnodev", setAll, plan.AttrNodev},
	{"rnodiratime", setAll, plan.AttrNodiratime},
	{"rnoexec", setAll, plan.AttrNoexec},
	{"rnorelatime", nothing, 0},
	{"rnostrictatime", unlessAll, plan.AttrStrictatime},
	{"rnosuid", setAll, plan.AttrNosuid},
	{"rnosymfollow", setAll, plan.AttrNosymfollow},
	{"ro", set, plan.AttrRdonly},
	{"rprivate", propagate, plan.PropagationPrivate | plan.PropagationRec},
	{"rrelatime", atimeAll, 0},
	{"rro", setAll, plan.AttrRdonly},
	{"rrw", clearAll, plan.AttrRdonly},
	{"rshared", propagate, plan.PropagationShared | plan.PropagationRec},
	{"rslave", propagate, plan.PropagationSlave | plan.PropagationRec},
	{"rstrictatime", atimeAll, plan.AttrStrictatime},
	{"rsuid", clearAll, plan.AttrNosuid},
	{"rsymfollow", clearAll, plan.AttrNosymfollow},
	{"runbindable", propagate, plan.PropagationUnbindable | plan.PropagationRec},
	{"rw", clear, plan.AttrRdonly},
	{"shared", propagate, plan.PropagationShared},
	{"silent", legacy, msSilent},
	{"slave", propagate, plan.PropagationSlave},
	{"src-nofollow", srcNofollow, 0},
	{"strictatime", atime, plan.AttrStrictatime},
	{"suid", clear, plan.AttrNosuid},
	{"symfollow", clear, plan.AttrNosymfollow},
	{"sync", super, msSync},
	{"tmpcopyup", copyUp, 0},
	{"unbindable", propagate, plan.PropagationUnbindable},
}

// MountOptions lists the options that are understood for every file system,
// sorted, for the features verb.
func MountOptions() []string {
	words := make([]string, 0, len(options))
	for i := range options {
		words = append(words, options[i].word)
	}
	return words
}

func optionOf(word string) *option {
	i := sort.Search(len(options), func(i int) bool { return options[i].word >= word })
	if i < len(options) && options[i].word == word {
		return &options[i]
	}
	return nil
}

// changes are mount attributes to set and to clear. The access time has a mask
// in clear whenever it is to change (mount_setattr(2)).
type changes struct{ set, clear int64 }

func (a *changes) do(does effect, bits int64) {
	switch does {
	case set:
		a.set |= bits
		a.clear &^= bits
	case clear:
		a.clear |= bits
		a.set &^= bits
	case atime:
		a.set = a.set&^plan.AttrAtime | bits
		a.clear |= plan.AttrAtime
	case unless:
		if a.set&plan.AttrAtime == bits {
			a.set &^= plan.AttrAtime
		}
		// A mount that is cloned may have had that value before.
		a.clear |= plan.AttrAtime
	}
}

func (a *changes) forgetAtime() {
	a.set &^= plan.AttrAtime
	a.clear &^= plan.AttrAtime
}

// mountOptions is a mount's list of options, understood.
type mountOptions struct {
	top, tree   changes
	super       int64 // MS_* of the super block
	legacy      int64 // MS_* that only mount(2) has
	propagation int64
	data        []string // the file system's own
	bind        bool
	recursive   bool
	remount     bool
	source      int64 // plan.Clone*
	target      int64 // plan.Target*
	copySymlink bool
	copyUp      bool
	idmap       bool
	idmapTree   bool // the mounts below as well
}

// readOptions understands a list of options in its order: a later word wins.
func readOptions(list []string) mountOptions {
	var m mountOptions
	for i, word := range list {
		o := optionOf(word)
		if o == nil {
			if word != "" {
				if m.data == nil {
					m.data = make([]string, 0, len(list)-i+1)
				}
				m.data = append(m.data, word)
			}
			continue
		}
		m.apply(o)
	}
	return m
}

func (m *mountOptions) apply(o *option) {
	switch o.does {
	case set, clear, atime, unless:
		m.top.do(o.does, o.bits)
	case setAll, clearAll, atimeAll, unlessAll:
		m.tree.do(o.does-setAll+set, o.bits)
	case super:
		m.super |= o.bits
	case noSuper:
		m.super &^= o.bits
	case legacy:
		m.legacy |= o.bits
	case noLegacy:
		m.legacy &^= o.bits
	case bind:
		m.bind = true
	case rbind:
		m.bind, m.recursive = true, true
		m.source |= plan.CloneRecursive
	case remount:
		m.remount = true
	case propagate:
		m.propagation = o.bits
	case srcNofollow:
		m.source |= plan.CloneNofollow
	case destNofollow:
		m.target |= plan.TargetOver
	case copySymlink:
		m.copySymlink = true
	case copyUp:
		m.copyUp = true
	case idmapTop, idmapTree:
		m.idmap, m.idmapTree = true, o.does == idmapTree
	}
}

// attrs are the attributes of a mount that is new: its tree is itself.
func (m *mountOptions) attrs() int64 {
	attrs := m.tree.set &^ m.top.clear
	if m.top.clear&plan.AttrAtime != 0 {
		attrs &^= plan.AttrAtime
	}
	return attrs | m.top.set
}

// superWords are the super block's flags as fsconfig(2) takes them.
func (m *mountOptions) superWords() []string {
	if m.super == 0 {
		return nil
	}
	words := make([]string, 0, 4)
	for _, f := range [...]struct {
		bit  int64
		word string
	}{{msSync, "sync"}, {msDirsync, "dirsync"}, {msLazytime, "lazytime"}, {msMandlock, "mand"}} {
		if m.super&f.bit != 0 {
			words = append(words, f.word)
		}
	}
	return words
}

// msFlags are all flags as mount(2) takes them.
func (m *mountOptions) msFlags() int64 {
	flags, attrs := m.super|m.legacy, m.attrs()
	for _, f := range [...]struct{ attr, ms int64 }{
		{plan.AttrRdonly, msRdonly},
		{plan.AttrNosuid, msNosuid},
		{plan.AttrNodev, msNodev},
		{plan.AttrNoexec, msNoexec},
		{plan.AttrNoatime, msNoatime},
		{plan.AttrStrictatime, msStrictatime},
		{plan.AttrNodiratime, msNodiratime},
		{plan.AttrNosymfollow, msNosymfollow},
	} {
		if attrs&f.attr != 0 {
			flags |= f.ms
		}
	}
	return flags
}
