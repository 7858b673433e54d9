#!/bin/sh
# SPDX-License-Identifier: MIT
# The rows of verdicts.csv through the runner: a program has the same samples and verdicts, byte for byte, by
# hand and by `aneprobe run`, and the same findings hold in one run of many programs.
#     runs.sh FINDINGS PART N_PARTS: the rows whose number modulo N_PARTS is PART
# with ANEPROBE, the command, and ANEPROBE_EXPERIMENTS, the list of experiments, in the environment
set -u
here=$(cd "$(dirname "$0")" && pwd)
findings=$1 part=$2 n_parts=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-runs.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/diff $work/err"
. "$here/../tap.sh"

# Reports are not tested here.
mkdir -p "$work/source/plots" "$work/source/results"
cp "$here/../fakes/report.sh" "$work/source/plots/report.sh"
cp "$findings" "$work/source/results/findings.csv"
ANEPROBE_SOURCE=$work/source
export ANEPROBE_SOURCE

path_of() { awk -F, -v name="$1" '$1 == name { print $3 }' "$ANEPROBE_EXPERIMENTS"; }
run() { # SIM SEED NAME...: into $work/run
    device=sim:$here/../sims/$1.sim run_seed=$2
    shift 2
    "$ANEPROBE" run --out "$work/run" --device "$device" --seed "$run_seed" --quick "$@" \
        >"$work/out" 2>"$work/err" </dev/null
}
agree() { diff "$1" "$2" >"$work/diff" 2>&1; }
found() { # FINDING VERDICT
    grep "^$1," "$work/run/verdicts.csv" >"$work/diff"
    grep -q "^$1,$2," "$work/diff"
}

# Alone, under the seeds in turn.
pairs=$(awk -F, 'NR > 1 && $5 == "" { print $2 "," $1 }' "$here/verdicts.csv" | sort -u)
n=0
for pair in $pairs; do
    sim=${pair%,*} name=${pair#*,}
    n=$((n + 1))
    [ $((n % n_parts)) -eq "$part" ] || continue
    case $((n / n_parts % 3)) in 0) seed=1 ;; 1) seed=2 ;; *) seed=5 ;; esac
    run "$sim" $seed "$name"
    "$(path_of "$name")" --device "$device" --findings "$findings" --quick --seed $seed \
        --csv "$work/samples.csv" >"$work/verdicts.csv" 2>"$work/err" </dev/null
    check "$sim, seed $seed: $name has the samples that it has by hand" \
        agree "$work/samples.csv" "$work/run/samples/$name.csv"
    check "$sim, seed $seed: $name has the verdicts that it has by hand" \
        agree "$work/verdicts.csv" "$work/run/verdicts.csv"
    rm -rf "$work/run" "$work/samples.csv"
done

# All together, their trials shuffled among each other.
if [ "$part" -lt 3 ]; then
    case $part in 0) seed=1 ;; 1) seed=2 ;; *) seed=5 ;; esac
    # shellcheck disable=SC2046 # several words
    run plain $seed $(awk -F, '$2 == "plain" && $5 == "" { print $1 }' "$here/verdicts.csv" | sort -u)
    check "all together, seed $seed: every trial ended well" \
        test -z "$(awk -F, 'NR > 1 && $5 != "ok" && $5 != "unsupported" && $5 != "dropped"' "$work/run/jobs.csv")"
    while IFS=, read -r name sim finding expected arguments; do
        if [ "$sim" = plain ] && [ -z "$arguments" ]; then
            check "all together, seed $seed: $finding is $expected" found "$finding" "$expected"
        fi
    done <"$here/verdicts.csv"
fi
end_checks
