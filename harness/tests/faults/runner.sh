#!/bin/sh
# SPDX-License-Identifier: MIT
# The runner with failing calls: nothing that was measured is lost, and a stopped run continues to the same
# result.
. "$(dirname "$0")/lib.sh"
probe=chaining_loopback
device=sim:$SIMS/chain-works.sim
# Without a report, which would take most of a run's time and has its own test.
use_fake_report
program=aneprobe
run=$work/run whole=$work/whole

begin() { "$ANEPROBE" run --out "$run" --quick --seed 3 --device "$device" $probe; }
try "$ANEPROBE" run --out "$whole" --quick --seed 3 --device "$device" $probe
check 'the undisturbed run' exits 0

same_as_whole() { # WHEN
    for file in schedule.csv samples/$probe.csv summary.csv verdicts.csv; do
        cmp -s "$whole/$file" "$run/$file" || wrong "$1: $file is another"
    done
    [ "$(cut -d, -f1-7 "$whole/jobs.csv")" = "$(cut -d, -f1-7 "$run/jobs.csv")" ] || wrong "$1: other jobs"
    [ -s "$run/PROBE_RESULTS.md" ] || wrong "$1: no report"
    clean "$run"
}
# Trials that could not be started count as finished, with the reason; the others are as always.
has_lost_trials() {
    [ "$(jobs_done "$run")" -eq "$(jobs_done "$whole")" ] || wrong 'exit code 1, but not all jobs are done'
    grep -q '^job [0-9]* .*: failed: .*cannot start' "$work/err" || wrong 'exit code 1, and no job says why'
    tail -n +2 "$run/samples/$probe.csv" | grep -v -x -F -f "$whole/samples/$probe.csv" >"$work/odd" && wrong 'odd samples'
}
meet_run() {
    case $status in
    0) same_as_whole 'exit code 0' ;;
    1) has_lost_trials ;;
    *)
        has_said aneprobe
        if [ -e "$run/schedule.csv" ]; then
            cp "$run/jobs.csv" "$work/before"
            try "$ANEPROBE" run --resume "$run"
            head -c "$(wc -c <"$work/before")" "$run/jobs.csv" | cmp -s - "$work/before" || wrong 'a finished job was lost'
        else
            try "$@"
        fi
        [ "$status" -eq 0 ] || wrong "going on: exit code $status: $(head -n 1 "$work/err")"
        same_as_whole 'gone on with'
        ;;
    esac
}
prepare_run() { rm -rf "$run"; }
prepare=prepare_run meet=meet_run
for class in alloc write sync rename open create spawn +write +create +open +clock; do
    fail_each run $class "$ANEPROBE" run --out "$run" --quick --seed 3 --device "$device" $probe
done

# A clock that jumps ahead, as that of a machine that was suspended may: the trials that were running, in virtual
# time two at most, are over their time limits; the others are as always. So is a judge that was running: judged
# again, the run is whole.
meet_ahead() {
    case $status in
    0) same_as_whole 'exit code 0' ;;
    1)
        [ "$(jobs_done "$run")" -eq "$(jobs_done "$whole")" ] || wrong 'exit code 1, but not all jobs are done'
        [ "$(awk -F, 'NR > 1 && $5 != "ok" && $5 != "dropped"' "$run/jobs.csv" | wc -l)" -le 2 ] || wrong 'more than two trials are lost'
        grep -q '^job [0-9]* .*: timeout: .*its time limit' "$work/err" || wrong 'exit code 1, and no job says why'
        tail -n +2 "$run/samples/$probe.csv" | grep -v -x -F -f "$whole/samples/$probe.csv" >"$work/odd" && wrong 'odd samples'
        [ -s "$run/verdicts.csv" ] || wrong 'no verdicts'
        ;;
    *) meet_run "$@" ;;
    esac
}
meet=meet_ahead
fail_each run +ahead "$ANEPROBE" run --out "$run" --quick --seed 3 --device "$device" $probe

# Half the trials are done, and the samples' last row is torn.
prepare_resume() {
    rm -rf "$run"
    cp -R "$whole" "$run"
    head -n 6 "$whole/jobs.csv" >"$run/jobs.csv"
    printf '24,1,sim' >>"$run/samples/$probe.csv"
    rm "$run/summary.csv" "$run/verdicts.csv"
}
prepare=prepare_resume meet=meet_run
most=2
for class in alloc write sync rename open create spawn; do
    fail_each resume $class "$ANEPROBE" run --resume "$run"
done

# Judged again: either the old verdicts stay or the new ones are there; a program that could not be judged is
# left out with a message.
prepare_judge() {
    rm -rf "$run"
    cp -R "$whole" "$run"
    echo 'an older summary' >"$run/summary.csv"
    echo 'older verdicts' >"$run/verdicts.csv"
}
meet_judge() {
    for file in summary verdicts; do
        cmp -s "$run/$file.csv" "$whole/$file.csv" || grep -q older "$run/$file.csv" || says "cannot judge $probe" ||
            wrong "$file.csv is neither old nor new"
    done
    if [ "$status" -ne 0 ]; then
        has_said "$1"
        try "$ANEPROBE" judge "$run"
    fi
    [ "$status" -eq 0 ] || wrong "judged again: exit code $status: $(head -n 1 "$work/err")"
    same_as_whole 'judged again'
}
judged_by() { meet_judge aneprobe; }
prepare=prepare_judge meet=judged_by
for class in alloc write sync rename open create spawn +write; do
    fail_each judge $class "$ANEPROBE" judge "$run"
done
# The same for the program that judges: its own message and the runner's. It writes no file, since its answer
# goes through a pipe.
program=$probe
meet_program() {
    [ "$status" -eq 0 ] || {
        grep -q "^$probe: ." "$work/err" || wrong "$probe does not say why"
        grep -v "^$probe: " "$work/err" >"$work/runner" && mv "$work/runner" "$work/err"
    }
    meet_judge aneprobe
}
meet=meet_program
for class in alloc open; do
    fail_each "$probe --judge" $class "$ANEPROBE" judge "$run"
done
end_checks
