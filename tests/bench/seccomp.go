package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
)

const engineProfile = "/usr/share/containers/seccomp.json"

// profile is the form in which Podman and Docker keep their filter: rules that
// hold only on some architectures or with some capabilities
// (containers-common, seccomp.json).
type profile struct {
	DefaultAction   string `json:"defaultAction"`
	DefaultErrnoRet *uint  `json:"defaultErrnoRet"`
	ArchMap         []struct {
		Architecture     string   `json:"architecture"`
		SubArchitectures []string `json:"subArchitectures"`
	} `json:"archMap"`
	Syscalls []struct {
		Names    []string         `json:"names"`
		Action   string           `json:"action"`
		ErrnoRet *uint            `json:"errnoRet"`
		Args     []map[string]any `json:"args"`
		Includes condition        `json:"includes"`
		Excludes condition        `json:"excludes"`
	} `json:"syscalls"`
}

type condition struct {
	Arches []string `json:"arches"`
	Caps   []string `json:"caps"`
}

// The names of an architecture in archMap, by Go's. In the conditions it has Go's name.
var native = map[string]string{
	"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64", "s390x": "SCMP_ARCH_S390X",
}

// engineSeccomp makes linux.seccomp of the profile, for a container with these
// capabilities, as an engine does.
func engineSeccomp(caps []string) (config, error) {
	data, err := os.ReadFile(engineProfile)
	if err != nil {
		return nil, fmt.Errorf("%w (Debian: golang-github-containers-common)", err)
	}
	var p profile
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", engineProfile, err)
	}
	filter := config{"defaultAction": p.DefaultAction}
	if p.DefaultErrnoRet != nil {
		filter["defaultErrnoRet"] = *p.DefaultErrnoRet
	}
	for _, a := range p.ArchMap {
		if a.Architecture == native[runtime.GOARCH] {
			filter["architectures"] = append([]string{a.Architecture}, a.SubArchitectures...)
		}
	}
	var rules []config
	for _, s := range p.Syscalls {
		if !holds(s.Includes, s.Excludes, caps) {
			continue
		}
		rule := config{"names": s.Names, "action": s.Action}
		if s.ErrnoRet != nil {
			rule["errnoRet"] = *s.ErrnoRet
		}
		if len(s.Args) > 0 {
			rule["args"] = s.Args
		}
		rules = append(rules, rule)
	}
	filter["syscalls"] = rules
	return filter, nil
}

func holds(includes, excludes condition, caps []string) bool {
	held := func(c string) bool { return slices.Contains(caps, c) }
	return !slices.Contains(excludes.Arches, runtime.GOARCH) && !slices.ContainsFunc(excludes.Caps, held) &&
		(len(includes.Arches) == 0 || slices.Contains(includes.Arches, runtime.GOARCH)) &&
		!slices.ContainsFunc(includes.Caps, func(c string) bool { return !held(c) })
}
