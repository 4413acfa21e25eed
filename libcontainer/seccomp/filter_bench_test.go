package seccomp

import "testing"

func BenchmarkFilterCached(b *testing.B) {
	needCompiler(b)
	benchmarkFilter(b, b.TempDir())
}

func BenchmarkFilterUncached(b *testing.B) {
	needCompiler(b)
	benchmarkFilter(b, "")
}

func needCompiler(b *testing.B) {
	b.Helper()
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
