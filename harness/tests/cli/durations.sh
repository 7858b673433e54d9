#!/bin/sh
# SPDX-License-Identifier: MIT
# How long a run is said to take on a machine that had none: made from runs, and there for every experiment.
#     DURATIONS  results/durations.sh
#     EXPERIMENTS   the experiments
. "$(dirname "$0")/lib.sh"
use_programs steady decided
try "$ANEPROBE" run --out "$work/run" --seed 7 --device cpu
printf 'kind,cpu\n' >>"$work/run/machine.csv"
# as if each trial had taken 10 s, and one had been repeated
awk -F, -v OFS=, 'NR > 1 && $5 != "dropped" { $8 = 10000 } { print }' "$work/run/jobs.csv" >"$work/jobs"
{ cat "$work/jobs" && awk -F, -v OFS=, '$2 == "steady" { $1 = 31; print; exit }' "$work/jobs"; } >"$work/run/jobs.csv"
{ cat "$work/run/schedule.csv" && awk -F, -v OFS=, '$2 == "steady" { $1 = 31; print; exit }' "$work/run/schedule.csv"; } >"$work/schedule"
cp "$work/schedule" "$work/run/schedule.csv"
try sh "$DURATIONS" "$work/run"
cp "$work/out" "$work/durations.csv"
check 'from a run: exit 0' exits 0
check 'from a run: its columns' prints '^kind,preset,experiment,planned,done,wall_ms,chip$'
check 'from a run: a repeated trial counts once' prints '^cpu,full,steady,18,18,180000,Fake Chip$'
check 'from a run: dropped trials took no time' prints '^cpu,full,decided,12,6,60000,Fake Chip$'
check 'from a run: nothing else' test "$(wc -l <"$work/out")" -eq 3
try sh "$DURATIONS" "$work/run" "$work/run"
check 'two of one kind and preset: the first counts' same "$work/durations.csv" "$work/out"
sed 's/until-decided/all/' "$work/run/settings.csv" >"$work/settings" && cp "$work/settings" "$work/run/settings.csv"
try sh "$DURATIONS" "$work/run"
check 'with all trials: refused' exits 2
try sh "$DURATIONS"
check 'without a run: usage' exits 2

committed=$(dirname "$DURATIONS")/durations.csv
check 'the committed table: its columns' test "$(head -n 1 "$committed")" = "$(head -n 1 "$work/durations.csv")"
for pair in cpu,quick cpu,full sim,quick; do
    missing=
    for experiment in $EXPERIMENTS; do
        grep -q "^$pair,$experiment," "$committed" || missing="$missing $experiment"
    done
    check "the committed table: every experiment, $pair$missing" test -z "$missing"
done
end_checks
