# tare's makefile. `make` builds bin/tare; `make demo` and `make test` also
# install what they need (Debian, as root).

GO      ?= go
PREFIX  ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
SHAREDIR ?= $(PREFIX)/share
# Where zsh looks for what the administrator adds; Debian's packages have another place.
ZSHDIR  ?= $(SHAREDIR)/zsh/site-functions
# A fish that lies in /usr does not look into /usr/local, but always where the administrator adds.
FISHDIR ?= $(if $(filter /usr/local,$(PREFIX)),/etc/fish/completions,$(SHAREDIR)/fish/vendor_completions.d)

VERSION := $(shell cat VERSION)
COMMIT  := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# urfave_cli_no_docs leaves a Markdown parser out, whose package-level regular
# expressions cost 0.8 ms at every start.
TAGS    := tare_embed,urfave_cli_no_docs
GOBUILD  = CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -E tare_entry -X main.version=$(VERSION) -X main.commit=$(COMMIT)"

# Linters, by version, through the Go module proxy.
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

CRICTL      := sigs.k8s.io/cri-tools/cmd/crictl@v1.34.0

SCRIPTS = $(shell git ls-files '*.sh' '*.bash' .ci/run tests/view)
BATS    = $(shell git ls-files '*.bats')
CFILES  = $(shell git ls-files '*.c' '*.h' | grep -vE '/testdata/|init/plan.h')

.PHONY: all build embedded faults generate test test-unit test-asan test-e2e test-vm test-faults test-engines fuzz conformance \
	bench lint lint-go lint-sh lint-c demo deps install uninstall deb test-package clean

all: build

build: embedded
	$(GOBUILD) -tags $(TAGS) -o bin/tare .

# The two programs that tare carries: init, and the seccomp compiler.
embedded: deps
	$(MAKE) -s -C nsenter/init release
	libcontainer/seccomp/build.sh

# A tare whose steps can be made to fail, and whose init checks itself.
faults: embedded
	$(MAKE) -s -C nsenter/init asan
	$(GOBUILD) -tags $(TAGS),tare_faults -o bin/tare-faults .

generate:
	$(GO) generate ./...

deps:
	@tests/install-deps.sh build

test:
	tests/run-all.sh

# Needs neither root nor a C compiler.
test-unit:
	$(GO) test ./...

test-asan: faults
	$(GO) test -count=1 -tags $(TAGS),tare_faults ./nsenter/...

test-e2e: build faults
	@tests/install-deps.sh test criu
	tests/run-e2e.sh

# The suites in virtual machines: cgroup v2 with all controllers, both drivers, AppArmor, SELinux.
test-vm: build faults
	tests/vm/suites.sh

test-faults: faults
	@tests/install-deps.sh test
	tests/run-faults.sh

# The client of Kubernetes' runtime interface, which Debian does not have.
bin/crictl:
	GOBIN=$(CURDIR)/bin CGO_ENABLED=0 $(GO) install -ldflags "-s -w" $(CRICTL)

# Real engines; PEERS="runc crun" runs the same suites with these first.
test-engines: build bin/crictl
	@tests/install-deps.sh test engines $(if $(PEERS),bench)
	tests/engines/run.sh $(PEERS:%=--peer %)

fuzz:
	@tests/install-deps.sh test
	tests/fuzz.sh

# The OCI's own validation programs; PEERS="runc crun" runs them for comparison.
conformance: build
	@tests/install-deps.sh conformance $(if $(PEERS),bench)
	tests/conformance/run.sh $(PEERS:%=--peer %)

bench: build
	@tests/install-deps.sh bench
	tests/bench/run.sh $(BENCHFLAGS)

demo: build
	@tests/install-deps.sh demo
	tests/demo.sh

lint: lint-go lint-sh lint-c

lint-go: faults
	$(GO) vet ./...
	$(GO) vet -tags $(TAGS),tare_faults ./nsenter/...
	@unformatted=$$($(GO) run $(GOFUMPT) -l .); test -z "$$unformatted" || { echo "gofumpt: $$unformatted"; exit 1; }
	$(GO) run $(STATICCHECK) ./...

lint-sh:
	@tests/install-deps.sh lint
	shellcheck -x -S warning -e SC2120,SC2154 $(SCRIPTS)
	shellcheck -x -S warning -e SC2030,SC2031,SC2034,SC2044,SC2154,SC2120 $(BATS)
	shfmt -d $(SCRIPTS) $(BATS)

lint-c:
	@tests/install-deps.sh lint
	clang-format --dry-run -Werror $(CFILES)

install: build
	install -D -m 0755 bin/tare $(DESTDIR)$(SBINDIR)/tare
	install -d $(DESTDIR)$(SHAREDIR)/man/man8
	for page in contrib/man/*.8; do gzip -9n <$$page >$(DESTDIR)$(SHAREDIR)/man/man8/$${page##*/}.gz; done
	install -D -m 0644 contrib/completions/tare.bash $(DESTDIR)$(SHAREDIR)/bash-completion/completions/tare
	install -D -m 0644 contrib/completions/_tare $(DESTDIR)$(ZSHDIR)/_tare
	install -D -m 0644 contrib/completions/tare.fish $(DESTDIR)$(FISHDIR)/tare.fish

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/tare $(DESTDIR)$(SHAREDIR)/bash-completion/completions/tare
	rm -f $(DESTDIR)$(ZSHDIR)/_tare $(DESTDIR)$(FISHDIR)/tare.fish
	for page in contrib/man/*.8; do rm -f $(DESTDIR)$(SHAREDIR)/man/man8/$${page##*/}.gz; done

# A Debian package, dist/tare_*.deb.
deb: build
	contrib/debian/build.sh

test-package: build
	@tests/install-deps.sh package
	tests/package.sh

clean:
	$(MAKE) -s -C nsenter/init clean
	rm -f libcontainer/seccomp/compiler.bin libcontainer/seccomp/compiler.sum
	rm -rf bin dist
