#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: reliability.sh FILE [SECTION...]
# Runs the long form of each section (a folder here with a long.sh, which prints its rows), or of those named,
# and replaces their rows in FILE. Rows of other sections stay; if a section fails or cannot run here, so do its
# rows that it did not get to. Takes hours; LONG=N tries less. Fails when a section does.
set -eu
file=$1
here=$(cd "$(dirname "$0")" && pwd)
shift
[ $# -gt 0 ] || set -- $(cd "$here" && ls -d */long.sh | sed 's|/long.sh||')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for section in "$@"; do
    status=0
    sh "$here/$section/long.sh" >"$work/new" || status=$?
    case $status in
    0) ;;
    77) echo "reliability.sh: $section cannot be tried here" >&2 ;;
    *) failed=1 && echo "reliability.sh: $section: something was lost, or not tried: see above" >&2 ;;
    esac
    awk -F, 'NF != 5 { print "reliability.sh: not five cells: " $0; bad = 1 } END { exit bad }' "$work/new" >&2 || {
        cat "$work/new" >&2
        exit 99
    }
    # after each section, since each takes hours
    { [ ! -e "$file" ] || sed 1d "$file"; } >"$work/old"
    awk -F, -v section="$section: " -v status=$status '
        is_new { came[$1]; print; next }
        index($0, section) != 1 || (status != 0 && !($1 in came))' is_new=1 "$work/new" is_new=0 "$work/old" >"$work/rows"
    { echo what,tried,survived,seed,note; LC_ALL=C sort "$work/rows"; } >"$work/table"
    cp "$work/table" "$file"
done
cat "$file"
exit $failed
