#!/bin/sh
# SPDX-License-Identifier: MIT
# A power cut may come at any time, so a trial's samples and its row in the journal are on the disk before the
# next trial starts. The calls that do this are recorded.
. "$(dirname "$0")/lib.sh"
use_fake_report
program=aneprobe
head -c 24 /dev/zero >"$work/counts"
try env LD_PRELOAD="$FAULT" FAULT_PROGRAM=$program FAULT_CLASS=sync FAULT_AT=0 FAULT_COUNTS="$work/counts" \
    FAULT_TRACE="$work/calls" "$ANEPROBE" run --out "$work/run" --quick --seed 3 --device "sim:$SIMS/chain-works.sim" \
    chaining_loopback
check 'a run whose calls are recorded' exits 0
n_jobs=$(jobs_done "$work/run")
check 'it has more than one trial' [ "$n_jobs" -gt 1 ]
# Each trial's row comes after its samples, with no start in between.
check 'samples and journal are synced before the next trial' awk -v jobs="$n_jobs" '
    /^sync .*\/jobs\/[0-9]*\/samples.csv/ { left = 1; kept++ }
    /^sync .*\/jobs.csv$/ { left = 0; rows++ }
    /^start/ && left { early = 1 }
    END { exit early || kept != jobs || rows != jobs }' "$work/calls"
end_checks
