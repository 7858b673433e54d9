#!/bin/sh
# SPDX-License-Identifier: MIT
# A power cut may come at any time, so a trial's samples and its row in the journal are on the disk before the
# next trial starts. In virtual time, where a trial is soon run again, they are not synced. The calls that do this
# are recorded.
. "$(dirname "$0")/lib.sh"
use_fake_report
program=aneprobe
record() { # NAME DEVICE
    head -c 24 /dev/zero >"$work/counts"
    try env LD_PRELOAD="$FAULT" FAULT_PROGRAM=$program FAULT_CLASS=sync FAULT_AT=0 FAULT_COUNTS="$work/counts" \
        FAULT_TRACE="$work/$1.calls" "$ANEPROBE" run --share --out "$work/$1" --quick --seed 3 --device "$2" \
        chaining_loopback
    check "$1: a run whose calls are recorded" exits 0
    n_jobs=$(jobs_done "$work/$1")
    check "$1: it has more than one trial" [ "$n_jobs" -gt 1 ]
}
record real cpu
# Each trial's row comes after its samples, with no start in between.
check 'real time: samples and journal are synced before the next trial' awk -v jobs="$n_jobs" '
    /^sync .*\/jobs\/[0-9]*\/samples.csv/ { left = 1; kept++ }
    /^sync .*\/jobs.csv$/ { left = 0; rows++ }
    /^start/ && left { early = 1 }
    END { exit early || kept != jobs || rows != jobs }' "$work/real.calls"
record virtual "sim:$SIMS/chain-works.sim"
check 'virtual time: they are not synced' awk '
    /^sync .*\/jobs\/[0-9]*\// || /^sync .*\/jobs.csv$/ { n++ }
    END { exit n > 0 }' "$work/virtual.calls"
end_checks
