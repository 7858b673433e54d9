#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sums.sh TRAIN SIM ENERGY ENERGY_SIM
# The totals in a trial of `train` are the sums of its updates, and the net figures in one of `energy` follow from its
# others. TAP.
set -u
train=$1 sim=$2 energy=$3 energy_sim=$4
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
"$energy" --device "sim:$energy_sim" --quick --filter data --block 0 --csv "$work/energy.csv" 2>"$work/err" </dev/null
awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["status"] == "ok" && $at["idle_w"] > 0 {
        rows++
        share = 1 - $at["idle_w"] / $at["power_w"]
        off = $at["net_mj_per_eval"] / ($at["mj_per_eval"] * share) - 1
        if (off * off > 1e-12) bad++
        off = $at["net_tflops_per_w"] / ($at["tflops_per_w"] / share) - 1
        if (off * off > 1e-12) bad++
        if (share > 0.9) bad++ # as good as nothing is taken off
    }
    END { print rows + 0, bad + 0 }' "$work/energy.csv" >"$work/sums"
read -r rows bad <"$work/sums"
check "energy: $rows rows with an idle machine" [ "$rows" -ge 2 ]
check "energy: what work takes more than that" [ "$bad" -eq 0 ]
end_checks
