# SPDX-License-Identifier: MIT
# What the tests of the stand-in share, to be sourced. ANEPROBE_STANDIN is in the environment.
# Works in $work, which is also the temporary directory of all that is run.
set -u
LC_ALL=C
export LC_ALL
# Programs are files and directories, hundreds a run: in memory where that is possible.
memory=/dev/shm
free_kb=$(df -Pk "$memory" 2>/dev/null | awk 'NR == 2 { print $4 }')
{ [ -w "$memory" ] && [ "${free_kb:-0}" -ge 6291456 ]; } || memory=${TMPDIR:-/tmp}
work=$(mktemp -d "$memory/aneprobe-standin.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir "$work/tmp"
TAP_SHOWS="$work/out $work/err $work/violations"
. "$(dirname "$0")/../tap.sh"

# run_on SIM_FILE COMMAND...: leaves $status, $work/out, $work/err and, if any, $work/violations.
run_on() {
    sim_file=$1
    shift
    rm -f "$work/violations"
    TMPDIR=$work/tmp ANEPROBE_STANDIN_SIM=$sim_file \
        ANEPROBE_STANDIN_VIOLATIONS=$work/violations "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}
exits() { [ "$status" -eq "$1" ]; }
says() { grep -q -e "$1" "$work/err"; }
contains() { grep -q -e "$2" "$1"; }
no_violations() { [ ! -s "$work/violations" ]; }
# Directories of programs are named by their hashes, three with _ between.
directories_left() { ls "$work/tmp" | grep -q _; }
no_directories_left() { ! directories_left; }

# use_fake_report FAKES FINDINGS: draws no report, which would take longer than the runs.
use_fake_report() {
    mkdir -p "$work/source/plots" "$work/source/results"
    cp "$1/report.sh" "$work/source/plots/report.sh"
    cp "$2" "$work/source/results/findings.csv"
    ANEPROBE_SOURCE=$work/source
    export ANEPROBE_SOURCE
}
