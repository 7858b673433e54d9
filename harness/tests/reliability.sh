#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: reliability.sh FILE [SECTION...]
# Runs the long form of each section (a folder here with a long.sh, which prints its rows), or of those
# named, and puts what came out in their place in FILE; the rows of other sections stay. Hours; LONG=N
# tries less.
set -eu
file=$1
here=$(cd "$(dirname "$0")" && pwd)
shift
[ $# -gt 0 ] || set -- $(cd "$here" && ls -d */long.sh | sed 's|/long.sh||')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{ [ ! -e "$file" ] || sed 1d "$file"; } >"$work/rows"
for section in "$@"; do
    sh "$here/$section/long.sh" >"$work/new"
    { grep -v "^$section: " "$work/rows" || true; cat "$work/new"; } >"$work/all"
    mv "$work/all" "$work/rows"
    # as each is done: hours of work
    { echo what,tried,survived,seed,note; LC_ALL=C sort "$work/rows"; } >"$work/table"
    cp "$work/table" "$file"
done
cat "$file"
