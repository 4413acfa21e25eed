package main

import (
	"context"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// file is a file whose text is made when it is read; write is nil for one that
// cannot be written.
type file struct {
	fs.Inode
	tree  *tree
	read  func() string
	write func(string) syscall.Errno
}

func constant(t *tree, text string) *file { return &file{tree: t, read: func() string { return text }} }

func add(ctx context.Context, at *fs.Inode, name string, node fs.InodeEmbedder) *fs.Inode {
	mode := uint32(syscall.S_IFDIR)
	if _, ok := node.(*file); ok {
		mode = syscall.S_IFREG
	}
	child := at.NewPersistentInode(ctx, node, fs.StableAttr{Mode: mode})
	at.AddChild(name, child, true)
	return child
}

func directory(ctx context.Context, at *fs.Inode, name string) *fs.Inode {
	return add(ctx, at, name, &fs.Inode{})
}

// Getattr gives no size, as the kernel does.
func (f *file) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = 0o444
	if f.write != nil {
		out.Mode = 0o644
	}
	return 0
}

// Open lets every read reach the program.
func (f *file) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (f *file) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	f.tree.Lock()
	defer f.tree.Unlock()
	text := f.read()
	if off >= int64(len(text)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, text[off:])]), 0
}

func (f *file) Write(_ context.Context, _ fs.FileHandle, data []byte, _ int64) (uint32, syscall.Errno) {
	if f.write == nil {
		return 0, syscall.EPERM
	}
	f.tree.Lock()
	defer f.tree.Unlock()
	f.tree.status = "ok"
	return uint32(len(data)), f.write(string(data))
}

// Setattr takes what opening a file for writing asks for, and does nothing.
func (f *file) Setattr(ctx context.Context, fh fs.FileHandle, _ *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return f.Getattr(ctx, fh, out)
}
