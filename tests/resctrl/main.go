// Program resctrl mounts a file system that behaves as the kernel's resctrl does
// (Documentation/filesystems/resctrl.rst), on a machine whose processor shares
// nothing: two L3 caches of 11 bits, memory bandwidth in steps of 10 %.
//
//	resctrl [-no-monitoring] [-classes N] DIRECTORY
//
// It ends when the directory is unmounted. A task's children are not looked for:
// who is in a group was written to its file tasks.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

func main() {
	t := newTree()
	noMonitoring := flag.Bool("no-monitoring", false, "classes alone")
	flag.IntVar(&t.maxGroups, "classes", 4, "how many groups there can be of each kind, with the default one")
	flag.Parse()
	t.monitoring = !*noMonitoring
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	server, err := fs.Mount(flag.Arg(0), t.root, &fs.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "resctrl", Name: "resctrl"},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server.Wait()
}
