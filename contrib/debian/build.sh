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

make -s install DESTDIR="$root" PREFIX=/usr
doc=$root/usr/share/doc/tare
mkdir -p "$doc" "$root/DEBIAN" "$root/usr/share/lintian/overrides"
cp -r contrib/engines "$doc/examples"
cp contrib/debian/copyright "$doc/copyright"
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
