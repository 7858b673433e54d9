#!/bin/sh
# SPDX-License-Identifier: MIT
# Judgement of samples that no available device gives: judged.csv has the expected verdict on each finding for
# the file of that name in judged/; judged/NAME.expected has everything that the judge prints, including
# measured values, intervals, n and reasons. To change it on purpose, WRITE=1 writes it; read it before you keep
# it.
#     judged.sh PROGRAM NAME FINDINGS
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
program=$1 name=$2 findings=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-judged.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"
. "$here/../tap.sh"
. "$here/cells.sh"

is_as_expected() { diff "$here/judged/$1.expected" "$work/cells" >"$work/out"; }

judged=
while IFS=, read -r _ samples finding expected; do
    if [ "$samples" != "$judged" ]; then
        judged=$samples
        "$program" --judge "$here/judged/$samples.csv" --findings "$findings" >"$work/verdicts" 2>"$work/err" </dev/null
        cells <"$work/verdicts" >"$work/cells"
        [ -z "${WRITE:-}" ] || cp "$work/cells" "$here/judged/$samples.expected"
        check "$samples is judged as before" is_as_expected "$samples"
    fi
    grep "^$finding," "$work/verdicts" >"$work/out"
    check "$samples: $finding is $expected" grep -q "^$finding,$expected," "$work/verdicts"
done <<ROWS
$(awk -F, -v p="$name" '$1 == p' "$here/judged.csv" | sort -s -t, -k2,2)
ROWS
end_checks
