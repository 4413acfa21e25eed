#!/bin/bash
# build.sh: makes dist/tare_VERSION_ARCH.deb of bin/tare and what contrib has, the same bytes for the same
# tree: times are those of the last commit (SOURCE_DATE_EPOCH says otherwise).
set -eu
cd "$(dirname "$0")/../.."
umask 022

version=$(cat VERSION)-1
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

# licence FILE: its name in Debian's words.
licence() {
	case $(tr -s '[:space:]' ' ' <"$1") in
	*'Apache License Version 2.0'*) echo Apache-2.0 ;;
	*'Permission is hereby granted, free of charge'*) echo Expat ;;
	*'Redistribution and use in source and binary forms'*'Neither the name'*) echo BSD-3-clause ;;
	*'Redistribution and use in source and binary forms'*) echo BSD-2-clause ;;
	*) echo "$1: not a licence that build.sh knows" >&2 && return 1 ;;
	esac
}

# licences: a paragraph for Go and for each module that is linked into tare or its seccomp compiler.
licences() {
	local module file name
	for module in go $(go version -m bin/tare libcontainer/seccomp/compiler.bin | awk '$1 == "dep" { print $2 }' | sort -u); do
		if [ "$module" = go ]; then file=$(go env GOROOT)/LICENSE; else file=$(go list -m -f '{{.Dir}}' "$module")/LICENSE; fi
		name=$(licence "$file")
		printf '\nFiles: %s\nComment: linked into tare\nCopyright: ' "$module"
		grep -iE '^copyright (\(c\) )?[0-9]' "$file" | sed -E 's/^copyright (\(c\) )?//I; 2,$s/^/ /' | grep . || echo "the authors of $module"
		echo "License: $name"
		# The paragraph of tare's own has the words of this one.
		[ "$name" = Apache-2.0 ] || sed 's/[[:space:]]*$//; s/^$/./; s/^/ /; $a\' "$file"
	done
}

make -s install DESTDIR="$root" PREFIX=/usr ZSHDIR=/usr/share/zsh/vendor-completions
doc=$root/usr/share/doc/tare
mkdir -p "$doc" "$root/DEBIAN" "$root/usr/share/lintian/overrides"
cp -r contrib/engines "$doc/examples"
{ cat contrib/debian/copyright && licences; } >"$doc/copyright"
gzip -9n <CHANGELOG.md >"$doc/changelog.gz"
gzip -9n >"$doc/changelog.Debian.gz" <<TEXT
tare ($version) unstable; urgency=medium

  * See changelog.gz.

 -- $(sed -n 's/^Maintainer: //p' contrib/debian/control.in)  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT
cp contrib/debian/lintian-overrides "$root/usr/share/lintian/overrides/tare"
find "$root/usr/share" -type f -exec chmod 644 {} +
size=$(du -sk --apparent-size "$root/usr" | cut -f1)
sed "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE@/$size/" contrib/debian/control.in >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
mkdir -p dist
dpkg-deb --root-owner-group --build "$root" "dist/tare_${version}_$arch.deb"
