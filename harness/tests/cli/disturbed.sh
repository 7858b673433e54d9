#!/bin/sh
# SPDX-License-Identifier: MIT
# Whole runs on a machine that others use: disturbed trials are repeated at the end, each run ends, and one that was
# killed among the repetitions goes on to the same result.
. "$(dirname "$0")/lib.sh"
use_programs steady
run_beside() { # WHO DIRECTORY
    try env FAKE_OTHERS="$1" "$ANEPROBE" run --out "$work/$2" --seed 7 --device cpu
}
jobs_are() { # DIRECTORY N: so many, all done
    [ "$(jobs_done "$work/$1")" -eq "$2" ] && [ "$(tail -n +2 "$work/$1/schedule.csv" | wc -l)" -eq "$2" ]
}
n_disturbed() { awk -F, '$NF == "yes"' "$work/$1/jobs.csv" | wc -l | tr -d ' '; }

run_beside nobody idle
check 'nobody: exit 0' exits 0
check 'nobody: no trial is repeated' jobs_are idle 18
check 'nobody: said' prints '^0 of 18 trials disturbed$'

run_beside first:two.1 once
check 'a trial disturbed once: exit 0' exits 0
check 'a trial disturbed once: repeated once' jobs_are once 19
check 'a trial disturbed once: that trial' contains "$work/once/jobs.csv" '^19,steady,two,1,ok,0,,[0-9]*,0,no$'
check 'a trial disturbed once: said' prints '^1 of 18 trials disturbed, 1 repeated, 0 of them disturbed each time$'

run_beside two.1 each-time
check 'a trial disturbed each time: exit 0' exits 0
check 'a trial disturbed each time: repeated twice' jobs_are each-time 20
check 'a trial disturbed each time: said' prints '^1 of 18 trials disturbed, 2 repeated, 1 of them disturbed each time$'
check 'a trial disturbed each time: there are verdicts' test -s "$work/each-time/verdicts.csv"
check 'a trial disturbed each time: none of its samples is lost' test \
    "$(grep -c ',two,1,,end,' "$work/each-time/samples/steady.csv")" -eq 3

# Each repetition is in vain, too: after eight of them the run ends.
run_beside all busy
check 'never idle: exit 0' exits 0
check 'never idle: eight repetitions' jobs_are busy 26
check 'never idle: all are marked' test "$(n_disturbed busy)" -eq 26
check 'never idle: said' prints '^18 of 18 trials disturbed, 8 repeated, 18 of them disturbed each time$'
check 'never idle: there are verdicts' test -s "$work/busy/verdicts.csv"

for job in 19 22 26; do
    FAKE_OTHERS=all
    export FAKE_OTHERS
    start_held "$work/killed-$job" $job --out "$work/killed-$job" --seed 7 --device cpu
    kill -9 "$runner"
    wait "$runner" 2>/dev/null
    kill -9 "$trial" 2>/dev/null
    try "$ANEPROBE" run --resume "$work/killed-$job"
    check "killed in repetition $job: resumed" exits 0
    for file in schedule.csv samples/steady.csv verdicts.csv; do
        check "killed in repetition $job: $file as undisturbed" same "$work/busy/$file" "$work/killed-$job/$file"
    done
    unset FAKE_OTHERS
done
end_checks
