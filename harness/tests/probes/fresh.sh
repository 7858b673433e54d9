#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: fresh.sh CACHE SIM FINDINGS
# `cache` uses the shorter of two fresh compiles, so that a delayed one does not count. Of three compiles that
# differ only by noise, the third is then the shortest in a third of trials; if the longer of the two were used,
# it would be in two thirds. TAP.
set -u
cache=$1 sim=$2 findings=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-fresh-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
. "$(dirname "$0")/../tap.sh"
sed 's/^\(eval_cv_pct\|process_cv_pct\),.*/\1,100/' "$sim" >"$work/wide.sim"
for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    "$cache" --device "sim:$work/wide.sim" --findings "$findings" --quick --fixed --seed $seed --csv - 2>"$work/err" </dev/null
done | awk -F, '
    $1 == "job" { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["case"] == "changed-weights" { n++; if ($at["compile_ns"] + 0 < $at["fresh_ns"] + 0) n_shorter++ }
    END { print n + 0, n_shorter + 0 }' >"$work/counts"
read -r n n_shorter <"$work/counts"
check "of $n trials" [ "$n" -eq 48 ]
check "the third compile is the shortest in $n_shorter" [ "$n_shorter" -gt 8 -a "$n_shorter" -lt 24 ]
end_checks
