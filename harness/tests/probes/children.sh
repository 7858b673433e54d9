#!/bin/sh
# SPDX-License-Identifier: MIT
# On a simulated device, trials run in the probe's own process. Each of them, run again in a separate process,
# must write the same bytes.
#     children.sh PROGRAM FINDINGS SIM
set -u
program=$1 findings=$2 sim=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-children.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
settings="--device sim:$sim --seed 42 --quick"

echo 1..3
# shellcheck disable=SC2086 # several words
"$program" $settings --reps 2 --findings "$findings" --csv "$work/here.csv" >"$work/verdicts.csv"
"$program" --dry-run --seed 42 --quick --reps 2 | sed 1d >"$work/schedule"
while IFS=, read -r job _ arm block _; do
    rm -f "$work/trial.csv"
    # shellcheck disable=SC2086
    "$program" $settings --filter "$arm" --block "$block" --job "$job" \
        --csv "$work/trial.csv" </dev/null
    if [ "$job" = 1 ]; then cat "$work/trial.csv"; else sed 1d "$work/trial.csv"; fi
done <"$work/schedule" >"$work/children.csv"

report() {
    if cmp -s "$2" "$3"; then
        echo "ok $1 - $4"
    else
        echo "not ok $1 - $4"
        diff "$2" "$3" | head -n 10 | sed 's/^/# /'
    fi
}
report 1 "$work/here.csv" "$work/children.csv" 'trials in this process and as processes agree'
judge() {
    "$program" --judge "$work/here.csv" --findings "$findings" >"$work/answer.csv"
    awk '/^finding,verdict,/ { is = 1 } is' "$work/answer.csv" >"$work/judged.csv"
}
judge
report 2 "$work/verdicts.csv" "$work/judged.csv" 'judgement of the file gives the same verdicts'
cp "$work/answer.csv" "$work/first.csv"
judge
report 3 "$work/first.csv" "$work/answer.csv" 'judged again, the same answer'
