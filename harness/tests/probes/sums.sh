#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sums.sh TRAIN SIM
# The totals in a trial of `train` are the sums of its updates. TAP.
set -u
train=$1 sim=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-sums-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/err"
. "$(dirname "$0")/../tap.sh"
for arm in sync double-1 double-inf dynamic; do
    "$train" --device "sim:$sim" --quick --filter $arm --block 0 --csv "$work/$arm.csv" 2>"$work/err" </dev/null
    # a cell with commas is the shape
    sed 's/"[^"]*"/shape/g' "$work/$arm.csv" | awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["run_wall_ns"] != "" { wall = $at["run_wall_ns"]; each = $at["run_update_stall_ns"]; pct = $at["run_stall_pct"]; runs++; next }
        $at["update"] != "" { n++; stall += $at["stall_ns"] }
        END { printf "%d %d %.9g %.9g %.9g %.9g\n", runs, n, stall, stall / (n - 1), each, 100 * stall / wall - pct }' >"$work/sums"
    read -r runs n stall wanted each off <"$work/sums"
    check "$arm: one run of $n updates" [ "$runs" -eq 1 -a "$n" -gt 4 ]
    check "$arm: the mean of all stalls but those after the last update, of which there is none: $wanted ns" [ "$wanted" = "$each" ]
    check "$arm: all of them, as a share" awk -v off="$off" 'BEGIN { exit !(off < 1e-6 && off > -1e-6) }'
done
end_checks
