package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// tree is the whole. Its lock is held by every operation.
type tree struct {
	sync.Mutex
	root       *group
	status     string // of the last operation, in the kernel's words
	monitoring bool
	maxGroups  int
	classes    int
	monitors   int
	class      map[int]*group // of each task, if it is not the default one
	monitor    map[int]*group // in which it is counted, if any
}

func newTree() *tree {
	t := &tree{status: "ok", classes: 1, monitors: 1, class: map[int]*group{}, monitor: map[int]*group{}}
	t.root = &group{tree: t, masks: [2]uint64{0x7ff, 0x7ff}, bandwidth: [2]uint64{100, 100}}
	return t
}

// group is a directory: a class or, with a parent, a group that counts.
type group struct {
	fs.Inode
	tree      *tree
	parent    *group
	masks     [2]uint64
	bandwidth [2]uint64
}

func (g *group) OnAdd(ctx context.Context) {
	if g == g.tree.root {
		g.fill(ctx, &g.Inode)
	}
}

// fill puts the files into a new group.
func (g *group) fill(ctx context.Context, at *fs.Inode) {
	add(ctx, at, "tasks", &file{tree: g.tree, read: g.tasks, write: g.assign})
	if g.parent == nil {
		add(ctx, at, "schemata", &file{tree: g.tree, read: g.schemata, write: g.allocate})
	}
	if g == g.tree.root {
		g.tree.info(ctx, at)
	}
	if !g.tree.monitoring {
		return
	}
	data := directory(ctx, at, "mon_data")
	for _, cache := range []string{"00", "01"} {
		domain := directory(ctx, data, "mon_L3_"+cache)
		for i, name := range []string{"llc_occupancy", "mbm_total_bytes", "mbm_local_bytes"} {
			text := strconv.Itoa((i+1)*1000) + "\n"
			if cache == "01" && i == 2 {
				text = "Unavailable\n"
			}
			add(ctx, domain, name, constant(g.tree, text))
		}
	}
	if g.parent == nil {
		add(ctx, at, "mon_groups", &monGroups{class: g})
	}
}

func (t *tree) info(ctx context.Context, at *fs.Inode) {
	info := directory(ctx, at, "info")
	add(ctx, info, "last_cmd_status", &file{tree: t, read: func() string { return t.status + "\n" }})
	dirs := map[string]map[string]string{
		"L3": {"cbm_mask": "7ff", "min_cbm_bits": "1", "num_closids": strconv.Itoa(t.maxGroups)},
		"MB": {"bandwidth_gran": "10", "delay_linear": "1", "min_bandwidth": "10", "num_closids": strconv.Itoa(t.maxGroups)},
	}
	if t.monitoring {
		dirs["L3_MON"] = map[string]string{"num_rmids": strconv.Itoa(t.maxGroups)}
	}
	for name, files := range dirs {
		dir := directory(ctx, info, name)
		for name, text := range files {
			add(ctx, dir, name, constant(t, text+"\n"))
		}
	}
}

// Mkdir makes a class.
func (g *group) Mkdir(ctx context.Context, _ string, _ uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	t := g.tree
	t.Lock()
	defer t.Unlock()
	if g != t.root {
		return nil, syscall.EPERM
	}
	if t.classes == t.maxGroups {
		t.status = "Out of CLOSIDs"
		return nil, syscall.ENOSPC
	}
	t.classes++
	t.status = "ok"
	made := &group{tree: t, masks: t.root.masks, bandwidth: t.root.bandwidth}
	return made.born(ctx, &g.Inode, out), 0
}

func (g *group) born(ctx context.Context, at *fs.Inode, out *fuse.EntryOut) *fs.Inode {
	out.Mode = syscall.S_IFDIR | 0o755
	inode := at.NewPersistentInode(ctx, g, fs.StableAttr{Mode: syscall.S_IFDIR})
	g.fill(ctx, inode)
	return inode
}

// Rmdir removes a class, whatever is in it; its tasks are in the default one again.
func (g *group) Rmdir(_ context.Context, name string) syscall.Errno {
	g.tree.Lock()
	defer g.tree.Unlock()
	class, ok := g.GetChild(name).Operations().(*group)
	if !ok {
		return syscall.EPERM
	}
	if groups, ok := class.GetChild("mon_groups").Operations().(*monGroups); ok {
		for _, child := range groups.Children() {
			g.tree.forget(child.Operations().(*group))
		}
	}
	g.tree.forget(class)
	return 0
}

func (t *tree) forget(g *group) {
	if g.parent == nil {
		t.classes--
	} else {
		t.monitors--
	}
	for _, of := range []map[int]*group{t.class, t.monitor} {
		for tid, in := range of {
			if in == g {
				delete(of, tid)
			}
		}
	}
}

// monGroups is the directory of the groups of a class that count.
type monGroups struct {
	fs.Inode
	class *group
}

// Mkdir makes a group that counts.
func (m *monGroups) Mkdir(ctx context.Context, _ string, _ uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	t := m.class.tree
	t.Lock()
	defer t.Unlock()
	if t.monitors == t.maxGroups {
		t.status = "Out of RMIDs"
		return nil, syscall.ENOSPC
	}
	t.monitors++
	t.status = "ok"
	made := &group{tree: t, parent: m.class}
	return made.born(ctx, &m.Inode, out), 0
}

// Rmdir removes one.
func (m *monGroups) Rmdir(_ context.Context, name string) syscall.Errno {
	m.class.tree.Lock()
	defer m.class.tree.Unlock()
	m.class.tree.forget(m.GetChild(name).Operations().(*group))
	return 0
}

// tasks lists those that were put into the group and live.
func (g *group) tasks() string {
	of := g.tree.class
	if g.parent != nil {
		of = g.tree.monitor
	}
	var tids []int
	for tid, in := range of {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/stat")
		if in == g && err == nil && !strings.Contains(string(stat), ") Z ") {
			tids = append(tids, tid)
		}
	}
	slices.Sort(tids)
	text := ""
	for _, tid := range tids {
		text += strconv.Itoa(tid) + "\n"
	}
	return text
}

func (g *group) assign(text string) syscall.Errno {
	t := g.tree
	tid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return syscall.EINVAL
	}
	if _, err := os.Stat("/proc/" + strconv.Itoa(tid)); err != nil {
		t.status = "No task " + strconv.Itoa(tid)
		return syscall.ESRCH
	}
	if g.parent == nil {
		t.class[tid] = g
		delete(t.monitor, tid)
		return 0
	}
	if in := t.class[tid]; in != g.parent && (in != nil || g.parent != t.root) {
		t.status = "Can't move task to different control group"
		return syscall.EINVAL
	}
	t.monitor[tid] = g
	return 0
}

func (g *group) schemata() string {
	return fmt.Sprintf("    L3:0=%03x;1=%03x\n    MB:0=%4d;1=%4d\n", g.masks[0], g.masks[1], g.bandwidth[0], g.bandwidth[1])
}

// allocate takes whole lines.
func (g *group) allocate(text string) syscall.Errno {
	if !strings.HasSuffix(text, "\n") {
		return syscall.EINVAL
	}
	masks, bandwidth := g.masks, g.bandwidth
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		name, domains, _ := strings.Cut(strings.TrimSpace(line), ":")
		name = strings.TrimSpace(name)
		if name != "L3" && name != "MB" {
			return g.refuse("Unknown or unsupported resource name '%s'", name)
		}
		for domain := range strings.SplitSeq(domains, ";") {
			id, value, ok := strings.Cut(strings.TrimSpace(domain), "=")
			if !ok || id != "0" && id != "1" {
				return g.refuse("Missing '=' or non-numeric domain")
			}
			if seen[name+id] {
				return g.refuse("Duplicate domain %s", id)
			}
			seen[name+id] = true
			if name == "L3" {
				mask, err := strconv.ParseUint(value, 16, 64)
				if err != nil || mask == 0 || mask > 0x7ff {
					return g.refuse("Mask out of range")
				}
				masks[id[0]-'0'] = mask
				continue
			}
			share, err := strconv.ParseUint(value, 10, 64)
			if err != nil || share < 10 || share > 100 {
				return g.refuse("MB value %s out of range [10,100]", value)
			}
			bandwidth[id[0]-'0'] = (share + 9) / 10 * 10
		}
	}
	g.masks, g.bandwidth = masks, bandwidth
	return 0
}

func (g *group) refuse(format string, values ...any) syscall.Errno {
	g.tree.status = fmt.Sprintf(format, values...)
	return syscall.EINVAL
}
