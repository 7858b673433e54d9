#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: ci.sh BASELINE DEVICE PERCENT EXPERIMENT...
# Measures, and compares with a baseline: for a job that runs at each change, or each night. docs/ci.md has more.
#     ANEPROBE     the command, by default the one on PATH
#     ANEPROBE_OUT where runs go, by default ./aneprobe-ci; keep it as the job's artifact
#     SEED         by default 1
# The first time, the run becomes the baseline. A run that is worse is measured a second time, since a
# machine that was busy is worse once; only what is worse twice fails.
# Exit: 0 nothing is worse, 1 something is, as the gate otherwise: 2 usage, 77 unsupported, 99 broken.
set -u
[ $# -ge 4 ] || {
    sed -n '3,10s/^# //p' "$0" >&2
    exit 2
}
aneprobe=${ANEPROBE:-aneprobe} out=${ANEPROBE_OUT:-aneprobe-ci} seed=${SEED:-1}
baseline=$1 device=$2 percent=$3
shift 3

# measure NAME EXPERIMENT...: exit code 1 is a trial that failed; the gate says which metrics lack.
measure() {
    name=$1
    shift
    code=0
    "$aneprobe" run "$@" --fixed --device "$device" --seed "$seed" --out "$out/$name" || code=$?
    [ "$code" -le 1 ] || return "$code"
}
# gate NAME: the table as text for the log, and as rows beside the run.
gate() {
    "$aneprobe" compare "$baseline" "$out/$1" --gate "$percent" --format jsonl >"$out/$1.jsonl" 2>/dev/null
    "$aneprobe" compare "$baseline" "$out/$1" --gate "$percent"
}

mkdir -p "$out" || exit 99
measure run "$@" || exit $?
if ! "$aneprobe" baseline list | sed '1d;s/ .*//' | grep -qxF "$baseline"; then
    "$aneprobe" baseline save "$baseline" "$out/run" && echo "ci.sh: saved as the baseline '$baseline'; nothing was compared"
    exit
fi
gate run
code=$?
[ "$code" -eq 1 ] || exit "$code"
echo 'ci.sh: worse; measured again to be sure'
measure again "$@" || exit $?
gate again
