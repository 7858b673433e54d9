#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/ci.sh as a job would run it, on simulated engines. Seeds are fixed.
#     ANEPROBE  the command
#     SOURCE    the source tree
set -u
. "$SOURCE/harness/tests/tap.sh"
export ANEPROBE
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-ci.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"
HOME=$work/home XDG_DATA_HOME=$work/data ANEPROBE_LOCKS=$work
export HOME XDG_DATA_HOME ANEPROBE_LOCKS
mkdir -p "$HOME"
prints() { grep -q -e "$1" "$work/out"; }
says() { grep -q -e "$1" "$work/err"; }
exits() { [ "$status" -eq "$1" ]; }
# job N SEED WORD...
job() {
    place=$work/job-$1 seed=$2
    shift 2
    status=0
    (cd "$work" && ANEPROBE_OUT=$place SEED=$seed sh "$SOURCE/docs/ci.sh" "$@") >"$work/out" 2>"$work/err" </dev/null || status=$?
}
plain=$SOURCE/harness/tests/sims/plain.sim
{ cat "$plain" && echo 'dispatch_us,168'; } >"$work/slow.sim"

job 1 1 main "sim:$plain" 5 ping_pong
check 'the first: exit 0' exits 0
check 'the first: becomes the baseline' prints "saved as the baseline 'main'; nothing was compared"
job 2 2 main "sim:$plain" 5 ping_pong
check 'no change: exit 0' exits 0
check 'no change: the table' prints '^ping_pong  *two-programs  *pair_eval_ns .*within$'
check 'no change: rows for other programs' grep -q '^{"schema":"aneprobe.gate"' "$work/job-2/run.jsonl"
check 'no change: measured once' [ ! -e "$work/job-2/again" ]
job 3 3 main "sim:$work/slow.sim" 5 ping_pong
check 'slower: exit 1' exits 1
check 'slower: measured again' [ -e "$work/job-3/again/verdicts.csv" ]
check 'slower: which metric' prints '^ping_pong  *two-programs  *pair_eval_ns .*worse$'
job 4 4 main "sim:$work/slow.sim" 50 ping_pong
check 'a wide margin: exit 0' exits 0
job 5 5 main "sim:$plain" 5 no_such
check 'no such experiment: exit 2' exits 2
job 6 6 main sim:none 5 ping_pong
check 'no such device: neither well nor worse' [ "$status" -gt 1 ]
job 7 7 main
check 'words missing: exit 2' exits 2
check 'words missing: how' says '^usage: ci.sh BASELINE DEVICE PERCENT EXPERIMENT'
end_checks
