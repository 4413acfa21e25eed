package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// tool is the command line: main is tare without a verb, whose flags are the globals.
type tool struct {
	main  verb
	verbs []verb
}

// verb is one of tare's commands; name is empty for tare without one.
type verb struct {
	name, usage, args string
	flags             []option
}

// page is the name of its manual page.
func (v verb) page() string {
	if v.name == "" {
		return "tare"
	}
	return "tare-" + v.name
}

// option is a flag. value is what stands for its value, empty where it takes none.
type option struct {
	names        []string
	value, usage string
}

// dashed are its names as they are typed.
func (o option) dashed() []string {
	words := make([]string, len(o.names))
	for i, n := range o.names {
		words[i] = dashed(n)
	}
	return words
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// readTool leaves out hidden verbs, which are other names of what is described.
func readTool(app *cli.App) tool {
	t := tool{main: verb{usage: app.Usage, args: "COMMAND [ARG...]", flags: options(app.Flags)}}
	for _, c := range app.Commands {
		if !c.Hidden {
			t.verbs = append(t.verbs, verb{name: c.Name, usage: c.Usage, args: c.ArgsUsage, flags: options(c.Flags)})
		}
	}
	return t
}

func options(flags []cli.Flag) []option {
	list := make([]option, 0, len(flags)+1)
	for _, f := range flags {
		d, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		o := option{names: f.Names(), usage: d.GetUsage()}
		if d.TakesValue() {
			o.value = valueOf(o.names[0])
		}
		// The library's way to name a value in the sentence about the flag.
		if before, rest, found := strings.Cut(o.usage, "`"); found {
			name, after, _ := strings.Cut(rest, "`")
			o.usage = before + name + after
		}
		list = append(list, o)
	}
	return append(list, option{names: []string{"help", "h"}, usage: "show help"})
}

// The words that stand for values, by which completions know what to offer: a
// list of choices has | between them.
const (
	directory = "DIRECTORY"
	file      = "FILE"
	socket    = "SOCKET"
	number    = "NUMBER"
	other     = "VALUE"
)

var values = map[string]string{
	"root": directory, "bundle": directory, "image-path": directory, "work-path": directory, "parent-path": directory,
	"log": file, "pid-file": file, "process": file, "resources": file, "facts": file,
	"console-socket": socket, "pidfd-socket": socket,
	"log-format": "text|json", "rootless": "true|false|auto", "cgroup-manager": "cgroupfs|systemd|disabled",
	"format": "table|json", "manage-cgroups-mode": "soft|full|strict|ignore",
	"preserve-fds": number, "status-fd": number, "pids-limit": number, "cpu-idle": "0|1",
	"restore": directory, "exec": "ID",
	"cwd": directory, "user": "UID[:GID]", "env": "NAME=VALUE", "cap": "CAPABILITY", "additional-gids": "GID",
	"apparmor": "PROFILE", "process-label": "LABEL", "cgroup": "PATH", "interval": "DURATION",
	"page-server": "ADDRESS:PORT", "empty-ns": "NAMESPACE", "lsm-profile": "TYPE:NAME", "lsm-mount-context": "CONTEXT",
}

func valueOf(name string) string {
	if v, ok := values[name]; ok {
		return v
	}
	return other
}

// choices are the words of a value that is one of a few, or nil.
func (o option) choices() []string {
	if !strings.Contains(o.value, "|") {
		return nil
	}
	return strings.Split(o.value, "|")
}

// argument is what a verb's first argument is.
func (v verb) argument() string {
	switch {
	case v.name == "plan":
		return directory
	case v.name == "create", v.name == "run", v.name == "restore", !strings.HasPrefix(v.args, "ID"):
		return "" // a new id, or nothing
	}
	return "ID"
}
