#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: deb.sh [TREE]
# Builds the Debian package of this checkout, by dpkg-buildpackage, in a folder of its own; with TREE, a
# folder that is new, also installs it into a clean Debian there and runs a first report. Prints the package's path.
# 77: a tool is missing.
set -eu
for tool in dpkg-buildpackage dh git; do
    command -v $tool >/dev/null || {
        echo "deb.sh: $tool is not here (packages dpkg-dev, debhelper, git)" >&2
        exit 77
    }
done
top=$(cd -- "$(dirname -- "$0")/.." && pwd)
tree=${1:-}
out=${DEB_OUT:-$top/build-deb}
rm -rf "$out" && mkdir -p "$out"
# a clone, not an archive: the build asks git of which commit it is
git clone -q "$top" "$out/aneprobe"
cp -R "$top/packaging/debian" "$out/aneprobe/debian"
(cd "$out/aneprobe" && dpkg-buildpackage -b -us -uc) >"$out/build.log" 2>&1 || {
    tail -n 40 "$out/build.log" >&2
    exit 1
}
deb=$(echo "$out"/aneprobe_*.deb)
echo "$deb"
[ -n "$tree" ] || exit 0
command -v debootstrap >/dev/null || {
    echo 'deb.sh: debootstrap is not here: not installed anywhere' >&2
    exit 77
}
debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$tree" ${DEB_MIRROR:-} >"$out/tree.log" 2>&1 || {
    echo "deb.sh: no clean Debian can be had ($(tail -n 1 "$out/tree.log")): not installed anywhere" >&2
    exit 77
}
cp "$deb" "$tree/tmp/aneprobe.deb"
# A program finds its own files by /proc.
trap 'umount "$tree/proc"' EXIT
trap 'exit 130' INT TERM
mount -t proc proc "$tree/proc"
chroot "$tree" sh -ec '
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null && apt-get install -q -y /tmp/aneprobe.deb >/dev/null
    cd /tmp && aneprobe --version && aneprobe run --quick --seed 1 --device sim:m4 overlap
    test -s /root/.local/share/aneprobe/results/*/*/PROBE_RESULTS.html'
