#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: newest.sh [FOLDER]
# Lays the report, the comparison and the audit out with the newest sqlite3, gnuplot and cmark-gfm that Debian has
# (sid's, unpacked in FOLDER, default build-newest, removed first), as Homebrew users have them. The text must be
# that of this machine's versions, byte for byte, every figure must be drawn, and those with a stored picture must
# look like it. As root on Debian. Exit 77 where that cannot be.
set -eu
LC_ALL=C
export LC_ALL
skip() {
    echo "newest.sh: $*: skipped" >&2
    exit 77
}
source=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$source/build-newest}
[ "$(id -u)" -eq 0 ] || skip 'a tree of its own needs root'
command -v mmdebstrap >/dev/null || skip 'mmdebstrap is not here (package mmdebstrap)'
rm -rf --one-file-system "$folder"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
tree=$folder/tree
mmdebstrap --quiet --variant=extract --aptopt='APT::Install-Recommends "false"' \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --include=base-files,dash,coreutils,findutils,grep,sed,mawk,diffutils,libc-bin,sqlite3,gnuplot-nox,cmark-gfm \
    sid "$tree" "${DEB_MIRROR:-http://deb.debian.org/debian}" >"$folder/tree.log" 2>&1 ||
    skip "Debian's sid cannot be had ($(tail -n 1 "$folder/tree.log"))"
# What their installation would have done, since nothing was run.
for link in dash:bin/sh mawk:usr/bin/awk gnuplot-nox:usr/bin/gnuplot; do
    [ -e "$tree/${link#*:}" ] || ln -s "${link%%:*}" "$tree/${link#*:}"
done
mkdir -p "$tree/dev" "$tree/tmp"
[ -e "$tree/dev/null" ] || mknod -m 666 "$tree/dev/null" c 1 3

# work ROOT: all three, in ROOT/suite.
work='cd /suite && cp -R harness/tests/report/whole/run run && sh plots/report.sh run &&
    sh plots/compare.sh run --published --out compared && sh plots/audit.sh run --format markdown >audit.md'
suite() {
    mkdir -p "$1/suite"
    (cd "$source" && git ls-files -z plots results harness/tests/report harness/tests/tap.sh | xargs -0 tar -cf - 2>/dev/null) | tar -xf - -C "$1/suite"
}
suite "$tree"
suite "$folder/own"
chroot "$tree" /usr/bin/env -i PATH=/usr/bin:/bin sh -c "$work"
sh -c "$(printf %s "$work" | sed "s|cd /suite|cd '$folder/own/suite'|")"

failed=
for file in run/PROBE_RESULTS.md compared/COMPARE.md audit.md; do
    diff "$folder/own/suite/$file" "$tree/suite/$file" >"$folder/diff" || {
        echo "newest.sh: $file is not the same:" >&2
        head -n 20 "$folder/diff" >&2
        failed=1
    }
done
figures() { (cd "$1/suite" && grep -lr '</svg>' run compared | grep '\.svg$' | sort); }
figures "$folder/own" >"$folder/own.figures"
figures "$tree" >"$folder/tree.figures"
[ -s "$folder/own.figures" ] && diff "$folder/own.figures" "$folder/tree.figures" >&2 || {
    echo 'newest.sh: not every figure was drawn' >&2
    failed=1
}
chroot "$tree" /usr/bin/env -i PATH=/usr/bin:/bin sh -c 'cd /suite && sh harness/tests/report/drawn.sh plots' >"$folder/drawn" || {
    grep '^not ok' "$folder/drawn" >&2 || cat "$folder/drawn" >&2
    failed=1
}
for page in run/PROBE_RESULTS.html compared/COMPARE.html; do
    grep -q '</html>' "$tree/suite/$page" || {
        echo "newest.sh: there is no page $page" >&2
        failed=1
    }
done
echo "newest.sh: sqlite3 $(chroot "$tree" sqlite3 --version | cut -d' ' -f1), $(chroot "$tree" gnuplot --version 2>/dev/null), $(wc -l <"$folder/own.figures") figures"
[ -z "$failed" ]
