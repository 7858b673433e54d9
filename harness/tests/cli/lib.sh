# SPDX-License-Identifier: MIT
# What the command-line tests share. To be sourced with
#     ANEPROBE  the command
#     FAKES     harness/tests/fakes
# in the environment. Works in $work, which goes away at the end.
set -u
LC_ALL=C
export LC_ALL
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-cli.XXXXXX") || exit 99
started=
cleanup() {
    for pid in $started; do kill -9 "$pid" 2>/dev/null; done
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"
. "$(dirname "$0")/../tap.sh"

# try COMMAND...: leaves $status, $work/out and $work/err.
try() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

exits() { [ "$status" -eq "$1" ]; }
says() { grep -q -e "$1" "$work/err"; }
prints() { grep -q -e "$1" "$work/out"; }
is_silent() { [ ! -s "$work/err" ]; }
contains() { grep -q -e "$2" "$1"; }
same() { cmp -s "$1" "$2"; }
absent() { [ ! -e "$1" ]; }

# wait_for COMMAND...: repeats it until it succeeds, for a minute at most. No check depends on how long that takes.
wait_for() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || return 1
        sleep 0.1
    done
}

# A suite of fake programs: use_programs NAME...
mkdir -p "$work/source/plots" "$work/source/results"
cp "$FAKES/report.sh" "$work/source/plots/report.sh"
echo 'finding,experiment,claim' >"$work/source/results/findings.csv"
ANEPROBE_SOURCE=$work/source
ANEPROBE_TOOLS=$FAKES
ANEPROBE_EXPERIMENTS=$work/experiments.csv
export ANEPROBE_SOURCE ANEPROBE_TOOLS ANEPROBE_EXPERIMENTS
use_programs() {
    echo experiment,kind,path >"$ANEPROBE_EXPERIMENTS"
    for program in "$@"; do
        ln -sf "$FAKES/probe.sh" "$work/$program"
        echo "$program,probe,$work/$program" >>"$ANEPROBE_EXPERIMENTS"
    done
}
# The programs, the tools and the report script of this build.
use_real() {
    unset ANEPROBE_SOURCE ANEPROBE_TOOLS ANEPROBE_EXPERIMENTS
}

# make_older RUN: as versions before 2026-12 wrote it, with the word `program` for an experiment.
make_older() {
    mv "$1/experiments.csv" "$1/programs.csv"
    for file in programs schedule jobs looks summary; do
        sed '1s/experiment/program/' "$1/$file.csv" >"$1/$file.csv.older" && mv "$1/$file.csv.older" "$1/$file.csv"
    done
}

# The status that a run's jobs.csv has for an arm.
status_of() { awk -F, -v arm="$2" '$3 == arm { print $5 }' "$1/jobs.csv"; }
status_is() { [ "$(status_of "$1" "$2")" = "$3" ]; }
jobs_done() { tail -n +2 "$1/jobs.csv" 2>/dev/null | wc -l | tr -d ' '; }

# Starts a run that stops inside job $2 of directory $1 and waits until it is there; its pid is in
# $runner, that of the trial in $trial.
start_held() {
    held_dir=$1 held_job=$2
    shift 2
    FAKE_HOLD_JOB=$held_job "$ANEPROBE" run "$@" >"$work/held.out" 2>"$work/held.err" </dev/null &
    runner=$!
    started="$started $runner"
    wait_for test -s "$held_dir/jobs/$(printf %04d "$held_job")/held" || return 1
    trial=$(cat "$held_dir/jobs/$(printf %04d "$held_job")/held")
    started="$started $trial"
}
