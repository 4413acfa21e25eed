package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A config is config.json as JSON values: what tare, crun and runc must read is
// made here without the types of any of them.
type config = map[string]any

// A variant is what is left out of the configs of all because one cannot do it.
type variant struct {
	noRules bool // linux.resources.devices
}

// engineCapabilities are the 14 that Docker gives to a container.
var engineCapabilities = []string{
	"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
	"CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
}

// makeRootfs makes a root file system of busybox, with the files over which an
// engine mounts.
func makeRootfs(dir string) error {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return fmt.Errorf("%w (Debian: busybox-static)", err)
	}
	for _, sub := range []string{"bin", "proc", "dev", "sys", "etc", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for _, name := range engineFiles {
		if err := os.WriteFile(filepath.Join(dir, "etc", name), nil, 0o644); err != nil {
			return err
		}
	}
	from, err := os.Open(busybox)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(dir, "bin/busybox"), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	for _, applet := range []string{"sh", "true", "sleep"} {
		if err := os.Symlink("busybox", filepath.Join(dir, "bin", applet)); err != nil {
			return err
		}
	}
	return to.Close()
}

// engineFiles are what engines mount over files of the image's /etc.
var engineFiles = []string{"resolv.conf", "hostname", "hosts"}

// defaultConfig is what `tare spec` writes, without a terminal, and of the
// version of the specification that older peers accept.
func (b *bench) defaultConfig(s *subject, v variant, args ...string) (config, error) {
	data, err := os.ReadFile(filepath.Join(b.work, "spec/config.json"))
	if err != nil {
		return nil, err
	}
	var c config
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	c["ociVersion"] = "1.0.2"
	process := c["process"].(config)
	process["terminal"] = false
	process["args"] = args
	c["root"].(config)["path"] = b.rootfs()
	linux := c["linux"].(config)
	linux["cgroupsPath"] = "/" + b.id(s)
	if v.noRules {
		delete(linux["resources"].(config), "devices")
	}
	return c, nil
}

// engineConfig is like what Podman and Docker make of `run`.
func (b *bench) engineConfig(s *subject, v variant, args ...string) (config, error) {
	c, err := b.defaultConfig(s, v, args...)
	if err != nil {
		return nil, err
	}
	held := config{}
	for _, set := range []string{"bounding", "effective", "permitted"} {
		held[set] = engineCapabilities
	}
	c["process"].(config)["capabilities"] = held
	linux := c["linux"].(config)
	filter, err := engineSeccomp(engineCapabilities)
	if err != nil {
		return nil, err
	}
	linux["seccomp"] = filter
	namespaces := linux["namespaces"].([]any)
	if !slices.ContainsFunc(namespaces, func(n any) bool { return n.(config)["type"] == "cgroup" }) {
		linux["namespaces"] = append(namespaces, config{"type": "cgroup"})
	}
	resources := linux["resources"].(config)
	for controller, limit := range b.engineLimits() {
		resources[controller] = limit
	}
	mounts := c["mounts"].([]any)
	for _, name := range engineFiles {
		source := filepath.Join(b.work, name)
		if err := os.WriteFile(source, []byte("127.0.0.1 localhost\n"), 0o644); err != nil {
			return nil, err
		}
		mounts = append(mounts, config{
			"destination": "/etc/" + name, "type": "bind", "source": source,
			"options": []string{"rbind", "rprivate", "nosuid", "nodev"},
		})
	}
	c["mounts"] = mounts
	return c, nil
}

// engineLimits returns the limits for which this view has controllers.
func (b *bench) engineLimits() config {
	limits := config{
		"memory": config{"limit": 512 << 20},
		"cpu":    config{"shares": 1024, "quota": 100000, "period": 100000},
		"pids":   config{"limit": 2048},
	}
	for controller := range limits {
		if !slices.Contains(b.controllers, controller) {
			delete(limits, controller)
		}
	}
	return limits
}

// controllers returns the controllers of this view that the limits need.
func controllers(view string) []string {
	if view == "v2" {
		data, _ := os.ReadFile("/sys/fs/cgroup/cgroup.controllers")
		return strings.Fields(string(data))
	}
	var found []string
	for _, top := range hierarchies() {
		found = append(found, strings.Split(filepath.Base(top), ",")...)
	}
	return found
}

// bundle writes a config as a bundle of its own and returns the bundle.
func (b *bench) bundle(s *subject, name string, c config) (string, error) {
	dir := b.bundleDir(s, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "config.json"), data, 0o644)
}

func (b *bench) bundleDir(s *subject, name string) string {
	return filepath.Join(b.work, "bundle-"+s.Name+"-"+name)
}

func (b *bench) rootfs() string { return filepath.Join(b.work, "rootfs") }
