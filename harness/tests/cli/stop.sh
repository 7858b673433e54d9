#!/bin/sh
# SPDX-License-Identifier: MIT
# If all claims of a program are decided at a look, it has no further trials, even if the run is killed or resumed.
. "$(dirname "$0")/lib.sh"
use_programs steady decided
run=$work/run

files='schedule.csv samples/steady.csv samples/decided.csv summary.csv verdicts.csv looks.csv'
is_whole() { # RUN: as the undisturbed one
    for file in $files; do
        cmp -s "$run/$file" "$1/$file" || return 1
    done
    [ "$(cut -d, -f1-7 "$run/jobs.csv")" = "$(cut -d, -f1-7 "$1/jobs.csv")" ]
}
n_of() { awk -F, -v program="$2" -v status="$3" '$2 == program && $5 == status' "$1/jobs.csv" | wc -l | tr -d ' '; }

try "$ANEPROBE" run --out "$run" --seed 7 --device cpu
check 'a run: exit 0' exits 0
check 'decided after 3 of 6 blocks: its trials until then' test "$(n_of "$run" decided ok)" -eq 6
check 'decided after 3 of 6 blocks: the others are dropped' test "$(n_of "$run" decided dropped)" -eq 6
check 'none is dropped of what is not decided' test "$(n_of "$run" steady ok)" -eq 18
check 'dropped trials have no files' test "$(find "$run/jobs" -name samples.csv | wc -l)" -eq 24
check 'said at the end' prints '^24 of 30 trials done: 24 ok$'
check 'said what to do for all' prints '^6 dropped, .*--fixed'
check 'settings.csv: what stops it' contains "$run/settings.csv" '^trials,until-decided$'
check 'looks.csv: stopped' contains "$run/looks.csv" '^decided,3/6,3,6,6,6,5,4,1,0.98'
check 'looks.csv: ran to its end' contains "$run/looks.csv" '^steady,"3,6/6",6,6,18,0,5,3,0,0.98'

cp "$run/verdicts.csv" "$run/looks.csv" "$work"
try "$ANEPROBE" judge "$run"
check 'judged again: exit 0' exits 0
check 'judged again: the same verdicts' same "$work/verdicts.csv" "$run/verdicts.csv"
check 'judged again: the same looks' same "$work/looks.csv" "$run/looks.csv"

try "$ANEPROBE" run --out "$work/fixed" --seed 7 --device cpu --fixed
check 'fixed: all trials' test "$(n_of "$work/fixed" decided ok)" -eq 12
check 'fixed: none dropped' test "$(n_of "$work/fixed" decided dropped)" -eq 0
check 'fixed: the command' contains "$work/fixed/settings.csv" '--seed 7 --fixed$'
check 'fixed: one look, at the end' contains "$work/fixed/looks.csv" '^decided,6/6,6,6,12,0,'

# Killed before the look, by the first job after it, and among dropped ones; torn among dropped ones.
for job in 10 16 20 28; do
    while [ "$(awk -F, -v job=$job '$1 == job { print $5 }' "$run/jobs.csv")" = dropped ]; do
        job=$((job + 1))
    done
    start_held "$work/killed-$job" "$job" --out "$work/killed-$job" --seed 7 --device cpu
    kill -9 "$runner"
    wait "$runner" 2>/dev/null
    kill -9 "$trial" 2>/dev/null
    try "$ANEPROBE" run --resume "$work/killed-$job"
    check "killed in job $job: resumed" exits 0
    check "killed in job $job: as undisturbed" is_whole "$work/killed-$job"
done
cp -R "$run" "$work/torn"
first=$(awk -F, '$5 == "dropped" { print NR; exit }' "$run/jobs.csv")
{ head -n "$first" "$run/jobs.csv" && sed -n "$((first + 1))p" "$run/jobs.csv" | head -c 5; } >"$work/torn/jobs.csv"
try "$ANEPROBE" run --resume "$work/torn"
check 'torn after the first dropped job: resumed' exits 0
check 'torn after the first dropped job: as undisturbed' is_whole "$work/torn"

# In virtual time the next trial starts early, but not if a look may drop it.
try "$ANEPROBE" run --out "$work/virtual" --seed 7 --device sim:fake
check 'virtual time: the same are dropped' test "$(n_of "$work/virtual" decided dropped)" -eq 6
check 'virtual time: dropped trials have no files' test \
    "$(find "$work/virtual/jobs" -name samples.csv | wc -l)" -eq 24
try "$ANEPROBE" run --out "$work/alone" --seed 7 --device sim:fake decided
check 'virtual time, alone: none was begun' test "$(find "$work/alone/jobs" -name samples.csv | wc -l)" -eq 6

# A dropped job that no look dropped.
cp "$run/jobs.csv" "$work/jobs.csv"
sed '3s/,ok,0,,/,dropped,,,/' "$work/jobs.csv" >"$run/jobs.csv"
try "$ANEPROBE" run --resume "$run"
check 'dropped before a look: refused' says 'jobs.csv:3: .*no look at .* comes before this job'
check 'dropped before a look: exit 99' exits 99
end_checks
