#!/bin/sh
# SPDX-License-Identifier: MIT
# A power cut may come at any time: what a trial left is on the disk, and its row in the journal, before the next
# one is started. The calls that do it are recorded.
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
# The row of each trial after what it left; no start between the two.
check 'samples and journal are synced before the next trial' awk -v jobs="$n_jobs" '
    /^sync .*\/jobs\/[0-9]*\/samples.csv/ { left = 1; kept++ }
    /^sync .*\/jobs.csv$/ { left = 0; rows++ }
    /^start/ && left { early = 1 }
    END { exit early || kept != jobs || rows != jobs }' "$work/calls"
end_checks
