package seccomp

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// engineProfile is what Podman 4.3 writes into config.json by default.
func engineProfile(t testing.TB) *specs.LinuxSeccomp {
	t.Helper()
	text, err := os.ReadFile("testdata/podman.json")
	if err != nil {
		t.Fatal(err)
	}
	profile := &specs.LinuxSeccomp{}
	if err := json.Unmarshal(text, profile); err != nil {
		t.Fatal(err)
	}
	return profile
}

func BenchmarkFilterCached(b *testing.B) {
	needCompiler(b)
	benchmarkFilter(b, b.TempDir())
}

func BenchmarkFilterUncached(b *testing.B) {
	needCompiler(b)
	benchmarkFilter(b, "")
}

func needCompiler(b *testing.B) {
	if len(compilerProgram) == 0 {
		b.Skip("built without the seccomp compiler: run build.sh and test with -tags tare_embed")
	}
}

func benchmarkFilter(b *testing.B, dir string) {
	profile := engineProfile(b)
	for b.Loop() {
		f, _, err := Filter(dir, profile)
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
