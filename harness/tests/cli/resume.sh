#!/bin/sh
# SPDX-License-Identifier: MIT
# A run that is stopped in any way continues to the same result as one that was not stopped.
. "$(dirname "$0")/lib.sh"
use_programs steady second
whole=$work/whole
try "$ANEPROBE" run --out "$whole" --seed 11 --device cpu
check 'the undisturbed run' exits 0

# Whether run $1 is now equal to the undisturbed one.
is_whole() {
    for file in schedule.csv samples/steady.csv samples/second.csv summary.csv verdicts.csv; do
        cmp -s "$whole/$file" "$1/$file" || return 1
    done
    [ "$(cut -d, -f1-7 "$whole/jobs.csv")" = "$(cut -d, -f1-7 "$1/jobs.csv")" ]
}
killed_at() { # DIRECTORY JOB: the runner dies while that job runs
    start_held "$1" "$2" --out "$1" --seed 11 --device cpu
    kill -9 "$runner"
    wait "$runner" 2>/dev/null
}

for job in 1 2 13 24; do
    run=$work/killed-$job
    killed_at "$run" "$job"
    check "killed in job $job: those before it are done" test "$(jobs_done "$run")" -eq $((job - 1))
    if [ "$(uname -s)" = Linux ]; then
        check "killed in job $job: its trial died with it" wait_for sh -c "! kill -0 $trial 2>/dev/null"
    else
        kill -9 "$trial"
        skip "killed in job $job: its trial died with it" 'needs PR_SET_PDEATHSIG'
    fi
    try "$ANEPROBE" run --resume "$run"
    check "killed in job $job: resumed" exits 0
    check "killed in job $job: nothing lost or doubled" is_whole "$run"
    check "killed in job $job: its first attempt is kept" test \
        -s "$run/jobs/$(printf %04d "$job").1/samples.csv"
done

# Trials in virtual time cannot disturb each other, so those that follow start early, until all places are taken or
# a look is due. On a real device they do not.
try "$ANEPROBE" run --out "$work/virtual-whole" --seed 11 --device sim:fake
start_held "$work/virtual" 5 --out "$work/virtual" --seed 11 --device sim:fake
for job in 0006 0007 0008; do
    check "virtual time: trial $job has run while one is waited for" wait_for contains \
        "$work/virtual/jobs/$job/samples.csv" ',end,'
done
check 'virtual time: none but those that have a place' absent "$work/virtual/jobs/0021"
kill -9 "$runner"
wait "$runner" 2>/dev/null
check 'virtual time: what ran ahead does not count' test "$(jobs_done "$work/virtual")" -eq 4
kill -9 "$trial" 2>/dev/null
try "$ANEPROBE" run --resume "$work/virtual"
check 'virtual time: resumed' exits 0
for file in schedule.csv samples/steady.csv samples/second.csv summary.csv verdicts.csv; do
    check "virtual time: $file as undisturbed" same "$work/virtual-whole/$file" "$work/virtual/$file"
done
check 'a real device: no trial runs ahead' absent "$work/killed-1/jobs/0002.1"

# Their files are not synced: after a power cut the disk may have less than jobs.csv says.
: >"$work/virtual/jobs/0007/samples.csv"
rm "$work/virtual/jobs/0011/samples.csv"
try "$ANEPROBE" run --resume "$work/virtual"
check 'virtual time: resumed after a power cut' exits 0
check 'virtual time: which trials run again' says 'samples of job 7 did not reach the disk; it and those after it run again'
check 'virtual time: those before do not' absent "$work/virtual/jobs/0006.2"
check 'virtual time: those after do' test -s "$work/virtual/jobs/0012.1/samples.csv"
for file in schedule.csv samples/steady.csv samples/second.csv summary.csv verdicts.csv; do
    check "virtual time: $file is whole again" same "$work/virtual-whole/$file" "$work/virtual/$file"
done

run=$work/killed-13
try "$ANEPROBE" run --resume "$run"
check 'resumed when all is done: exit 0' exits 0
check 'resumed when all is done: no change' is_whole "$run"

# Died after the samples were appended and before the job was committed.
cp "$run/jobs.csv" "$work/jobs.csv"
sed '$d' "$work/jobs.csv" >"$run/jobs.csv"
try "$ANEPROBE" run --resume "$run"
check 'died between the two appends' is_whole "$run"
# Died inside the append of samples.
sed '$d' "$work/jobs.csv" | sed '$d' >"$run/jobs.csv"
printf '24,1,cpu' >>"$run/samples/steady.csv"
try "$ANEPROBE" run --resume "$run"
check 'died in the append of samples' is_whole "$run"
# Died inside the append of jobs.csv.
{ sed '$d' "$work/jobs.csv" && tail -n 1 "$work/jobs.csv" | head -c 9; } >"$run/jobs.csv"
try "$ANEPROBE" run --resume "$run"
check 'a torn line of jobs.csv: said' says 'last line of jobs.csv is torn'
check 'a torn line of jobs.csv: exit 0' exits 0
check 'a torn line of jobs.csv: its job is repeated' is_whole "$run"
head -c 10 "$work/jobs.csv" >"$run/jobs.csv"
try "$ANEPROBE" run --resume "$run"
check 'a torn header of jobs.csv' is_whole "$run"
rm "$run"/samples/*.csv
try "$ANEPROBE" run --resume "$run"
check 'samples are made again from jobs/' is_whole "$run"

# Killed at arbitrary moments, again and again.
run=$work/anytime
"$ANEPROBE" run --out "$run" --seed 11 --device cpu >"$work/out" 2>"$work/err" </dev/null &
runner=$!
wait_for test -e "$run/schedule.csv"
for delay in 0 0.05 0.1 0.07; do
    sleep "$delay"
    kill -9 "$runner" 2>/dev/null # it may be done already
    wait "$runner" 2>/dev/null
    "$ANEPROBE" run --resume "$run" >"$work/out" 2>"$work/err" </dev/null &
    runner=$!
done
wait "$runner"
status=$?
check 'killed at any time: resumed' exits 0
check 'killed at any time: nothing lost or doubled' is_whole "$run"

# Ctrl-C, a system that goes down, a terminal that goes
for signal in INT TERM HUP; do
    run=$work/stopped-$signal
    start_held "$run" 9 --out "$run" --seed 11 --device cpu
    kill -"$signal" "$runner"
    wait "$runner"
    status=$?
    cp "$work/held.out" "$work/out"
    cp "$work/held.err" "$work/err"
    check "$signal: exit 130" exits 130
    check "$signal: how to go on" says "continue with: aneprobe run --resume $run"
    check "$signal: what there is has been judged" contains "$run/verdicts.csv" '^steady.reproduced'
    check "$signal: and reported" test -s "$run/PROBE_RESULTS.md"
    check "$signal: the job that ran does not count" test "$(jobs_done "$run")" -eq 8
    check "$signal: its trial is gone" wait_for sh -c "! kill -0 $trial 2>/dev/null"
    try "$ANEPROBE" run --resume "$run"
    check "$signal: nothing lost or doubled" is_whole "$run"
done

# Two at once
run=$work/two
start_held "$run" 5 --out "$run" --seed 11 --device cpu
try "$ANEPROBE" run --resume "$run" --share
check 'a second runner: refused' says "another aneprobe is running in $run"
check 'a second runner: exit 2' exits 2
try "$ANEPROBE" judge "$run"
check 'judging a run that goes on: refused' says 'another aneprobe'
kill -9 "$runner"
wait "$runner" 2>/dev/null
wait_for sh -c "! kill -0 $trial 2>/dev/null" || kill -9 "$trial"
try "$ANEPROBE" run --resume "$run"
check 'a second runner: the first one is whole after' is_whole "$run"

# Runs that cannot be continued
refused() { # NAME MESSAGE CODE, after damage to $run
    cp "$run/samples/steady.csv" "$work/before"
    try "$ANEPROBE" run --resume "$run"
    check "$1: said" says "$2"
    check "$1: exit $3" exits "$3"
    check "$1: nothing is lost" same "$work/before" "$run/samples/steady.csv"
}
run=$whole
cp "$run/jobs.csv" "$work/jobs.csv"
damage() { # SED-SCRIPT
    sed "$1" "$work/jobs.csv" >"$run/jobs.csv"
}
damage '5s/,ok,/,okay,/'
refused 'a status that is none' 'jobs.csv:5: .*okay.*correct that line, or remove it' 99
damage '7d'
refused 'a missing line' 'jobs.csv:7: .*the schedule has 6 here' 99
damage '7p'
refused 'a doubled line' 'jobs.csv:8: .*the schedule has 7 here' 99
damage '3s|,[0-9]*,,$|,soon,,|'
refused 'a time that is none' 'jobs.csv:3: .*wall_ms' 99
damage '4s/,/ /g'
refused 'a row too short' 'jobs.csv:4:' 99
damage '1s/status/state/'
refused 'a column that is gone' "jobs.csv:1: .*no column 'status'" 99
printf '\177ELF\002\001\000\377,"\033[2J\200\n' >"$run/jobs.csv"
refused 'garbage' 'jobs.csv:1' 99
rm "$run/jobs.csv"
refused 'no jobs.csv' 'jobs.csv is missing; restore it, or start a new run' 99
cp "$work/jobs.csv" "$run/jobs.csv"
mv "$run/jobs/0004/samples.csv" "$work/0004.csv"
refused "a finished trial's samples are gone" 'jobs.csv:5: job 4 succeeded, but .*jobs/0004/samples.csv' 99
head -n 2 "$work/0004.csv" >"$run/jobs/0004/samples.csv"
refused "a finished trial's samples are cut" 'jobs.csv:5: job 4 succeeded' 99
mv "$work/0004.csv" "$run/jobs/0004/samples.csv"
cp "$run/machine.csv" "$work/machine.csv"
sed 's/^commit,.*/commit,0123456789ab/' "$work/machine.csv" >"$run/machine.csv"
refused 'another commit' 'begun with commit 0123456789ab' 2
sed 's/^chip,.*/chip,Other Chip/' "$work/machine.csv" >"$run/machine.csv"
refused 'another machine' 'begun with chip Other Chip, but here it is Fake Chip' 2
cp "$work/machine.csv" "$run/machine.csv"
FAKE_ABOUT='Is it another question?'
export FAKE_ABOUT
refused 'another version of a program' 'no longer those' 2
unset FAKE_ABOUT
use_programs steady
refused 'a program that is gone' 'no longer those' 2
use_programs steady second
cp "$run/schedule.csv" "$work/schedule.csv"
sed '3s/[0-9]*$/61/' "$work/schedule.csv" >"$run/schedule.csv"
refused 'another schedule' 'no longer those' 2
cp "$work/schedule.csv" "$run/schedule.csv"
cp "$run/settings.csv" "$work/settings.csv"
sed 's/^seed,.*/seed,x/' "$work/settings.csv" >"$run/settings.csv"
refused 'no seed' 'settings.csv holds no seed' 99
cp "$work/settings.csv" "$run/settings.csv"
try "$ANEPROBE" run --resume "$run"
check 'mended: it goes on' exits 0
check 'mended: nothing lost' is_whole "$run"
end_checks
