#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: sums.sh TRAIN SIM ENERGY ENERGY_SIM TRAIN_ENERGY_SIM FINDINGS GENERATE
# The totals in a trial of `train` are the sums of its updates, and the net figures in one of `energy` follow from its
# others; an update's joules, and a token's, are those of its evals. TAP.
set -u
train=$1 sim=$2 energy=$3 energy_sim=$4 metered_sim=$5 findings=$6 generate=$7
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

# 2 W more in every eval; the counters see all of it within 2 %.
near() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(b > 0 && a > 0.98 * b && a < 1.02 * b) }'; }
for arm in sync double-inf reload dynamic; do
    "$train" --device "sim:$metered_sim" --quick --filter $arm --block 0 --csv "$work/metered-$arm.csv" 2>"$work/err" </dev/null
    if grep -q ',unsupported,' "$work/metered-$arm.csv"; then continue; fi
    sed 's/"[^"]*"/shape/g' "$work/metered-$arm.csv" | awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["quantity"] == "engine" { net = $at["net_update_j"]; whole = $at["update_j"]; each_ns = $at["energy_ns"] / $at["energy_updates"] }
        $at["quantity"] == "package" { package = $at["update_j"] }
        $at["update"] != "" { n++; device += $at["device_ns"] }
        END { printf "%.6g %.6g %.6g %.6g %.6g\n", net, 2e-9 * device / n, whole, net + 0.5e-9 * each_ns, package }' >"$work/sums"
    read -r net true whole sum package <"$work/sums"
    check "$arm: joules of an update more than idle, $net, are those of its evals, $true" near "$net" "$true"
    check "$arm: with what is taken idle, $whole" near "$whole" "$sum"
    check "$arm: the package takes more, $package" awk -v a="$package" -v b="$whole" 'BEGIN { exit !(a > b) }'
done
"$train" --judge "$work/metered-sync.csv" --findings "$findings" >"$work/judged" 2>"$work/err"
check 'joules an update in the summary' grep -q '^train,sync,engine_energy_per_update,J,1,runs,' "$work/judged"
check 'and less what is taken idle' grep -q '^train,sync,net_package_energy_per_update,J,1,runs,' "$work/judged"
"$train" --device "sim:$sim" --quick --filter sync --block 0 --csv "$work/none.csv" 2>"$work/err" </dev/null
check 'no meter: the reason, and no number' awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    /no energy can be read: sim: this simulated machine has no counters/ { said = 1 }
    END { exit !said }' "$work/none.csv"

# Tokens by the time of their evals, which another arm measured.
for pair in energy:step-all energy-prompt:prompt-32; do
    arm=${pair%:*}
    for one in "$arm" "${pair#*:}"; do
        "$generate" --device "sim:$metered_sim" --filter "$one" --block 0 --csv "$work/token-$one.csv" 2>"$work/err" </dev/null
    done
    cat "$work/token-$arm.csv" "$work/token-${pair#*:}.csv" | sed 's/"[^"]*"/model/g' | awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["quantity"] == "engine" { net = $at["net_token_j"]; whole = $at["token_j"]; tokens = $at["energy_tokens"] }
        $at["quantity"] == "package" { package = $at["token_j"] }
        $at["eval_ns"] > 0 { n += $at["n_tokens"]; read_ns += $at["eval_ns"] }
        END { printf "%.6g %.6g %.6g %.6g %.6g %d\n", net, 2e-9 * read_ns / n, whole, 2.5e-9 * read_ns / n, package, tokens }' >"$work/sums"
    read -r net true whole sum package tokens <"$work/sums"
    check "$arm: joules of a token more than idle, $net, are those of its evals, $true" near "$net" "$true"
    check "$arm: with what is taken idle, $whole" near "$whole" "$sum"
    check "$arm: the package takes more, $package" awk -v a="$package" -v b="$whole" 'BEGIN { exit !(a > b) }'
    check "$arm: of $tokens tokens" [ "$tokens" -ge 100 ]
done
"$generate" --judge "$work/token-energy.csv" --findings "$findings" >"$work/judged" 2>"$work/err"
check 'joules a token in the summary' grep -q '^generate,energy,net_engine_energy_per_token,J,1,processes,' "$work/judged"
"$generate" --device "sim:$sim" --filter energy --block 0 --csv "$work/token-none.csv" 2>"$work/err" </dev/null
check 'no meter: no tokens, and the reason' grep -q 'unsupported,no energy can be read: sim' "$work/token-none.csv"
end_checks
