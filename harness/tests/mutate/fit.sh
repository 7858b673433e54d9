#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: fit.sh SOURCE
# Checks that every fault of mutants.txt and unnoticed.txt still fits the code: its line is in its file exactly
# once, and that what is said of their number is so. TAP.
set -u
LC_ALL=C
export LC_ALL
cd "$1" || exit 99
. harness/tests/tap.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-fit-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS=$work/err

fits() { # LIST
    awk '
        BEGIN { RS = ""; FS = "\n" }
        /^#/ { next }
        {
            path = $1; from = substr($2, 3); found = 0; tried++
            RS = "\n"
            while ((getline text <path) > 0) if (index(text, from)) found++
            close(path)
            RS = ""
            if (found != 1) { print path ": " found " lines have: " from; bad = 1 }
        }
        END { exit bad || !tried }' "$1" >"$work/err"
}
# count LIST
count() { awk 'BEGIN { RS = "" } /^[^#]/ { n++ } END { print n + 0 }' "harness/tests/mutate/$1.txt"; }
are_told() {
    noticed=$(count mutants)
    tried=$((noticed + $(count unnoticed)))
    grep -q "^mutate: [^,]*,$tried,$noticed,," results/reliability.csv || echo "results/reliability.csv does not say $tried,$noticed" >"$work/err"
    grep -q "| $tried faults | $noticed |" docs/reliability.md || echo "docs/reliability.md does not say $tried, $noticed" >>"$work/err"
    [ ! -s "$work/err" ]
}
for list in mutants unnoticed; do check "$list.txt fits the code" fits harness/tests/mutate/$list.txt; done
check 'their number is told' are_told
end_checks
