#!/bin/sh
# Builds the seccomp compiler and its checksum next to this script, where a
# build of tare with -tags tare_embed finds them. Needs gcc, pkg-config and
# libseccomp-dev. The same sources, Go and libseccomp give the same bytes.
set -eu
cd "$(dirname "$0")"

export CGO_ENABLED=1 CGO_CFLAGS='-O2 -g0' CGO_LDFLAGS='-O2'
go build -trimpath -buildvcs=false -tags tare_seccomp,netgo,osusergo \
	-ldflags '-s -w -buildid= -linkmode external -extldflags "-static -Wl,--build-id=none"' \
	-o compiler.bin.new ./compiler
sha256sum <compiler.bin.new | cut -c1-64 | tr -d '\n' >compiler.sum.new
mv compiler.sum.new compiler.sum
mv compiler.bin.new compiler.bin
