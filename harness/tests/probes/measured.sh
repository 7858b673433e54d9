#!/bin/sh
# SPDX-License-Identifier: MIT
# The value that a finding measured on devices with known properties: measured.csv has the expected ones. The
# sim file is the named one with one key replaced; `truth` is a word, or a number that must be met to `within`
# and lie in the interval if there is one.
#     measured.sh PROGRAM NAME FINDINGS
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$1 name=$2 findings=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-measured.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

awk -F, -v p="$name" '$1 == p' "$here/measured.csv" >"$work/rows"
echo "1..$(wc -l <"$work/rows" | tr -d ' ')"
count=0
while IFS=, read -r _ sim key value finding verdict truth within n; do
    count=$((count + 1))
    at=$work/$sim-$key-$value
    if [ ! -e "$at.csv" ]; then
        { grep -v "^$key," "$here/../sims/$sim.sim" && echo "$key,$value"; } >"$at.sim"
        "$program" --device "sim:$at.sim" --findings "$findings" --quick --fixed --csv "$at.samples" >/dev/null 2>"$at.err" </dev/null
        "$program" --judge "$at.samples" --findings "$findings" >"$at.csv" 2>>"$at.err"
    fi
    if awk -F, -v finding="$finding" -v verdict="$verdict" -v truth="$truth" -v within="$within" -v n="$n" '
        function off(a, b) { return a > b ? a - b : b - a }
        $1 != finding { next }
        { found = $2 == verdict && $7 == n && $NF != "" }
        within == "" { found = found && $3 == truth }
        within != "" {
            found = found && $3 ~ /^[-+0-9.e]+$/ && off($3 + 0, truth + 0) <= within + 0
            if ($5 != "" || $6 != "") found = found && $5 + 0 <= $3 + 0.005 && $3 - 0.005 <= $6 + 0
        }
        END { exit !found }' "$at.csv"; then
        echo "ok $count - $sim with $key $value: $finding is $verdict at $truth"
    else
        echo "not ok $count - $sim with $key $value: $finding is $verdict at $truth"
        { cat "$at.err"; grep "^finding\|^$finding," "$at.csv"; } | sed 's/^/# /'
    fi
done <"$work/rows"
