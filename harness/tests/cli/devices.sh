#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe devices` on this machine: what it lists, and how it ends when a device cannot be had.
#     SIMS  harness/tests/sims
. "$(dirname "$0")/lib.sh"
use_real

# Private directories go below $work, so that what is left over can be seen.
TMPDIR=$work
export TMPDIR
unset ANEPROBE_CC

try "$ANEPROBE" devices
check 'all kinds: exit code' exits 0
check 'all kinds: cpu opens' prints 'opens here as cpu:cores=1; times are measured'
check 'all kinds: ane says why not' prints 'does not open: this is not a Mac'

try "$ANEPROBE" devices --csv auto
check 'csv: exit code' exits 0
check 'csv: header' prints '^key,value$'
check 'csv: name in full' prints '^device,cpu:cores=1$'
check 'csv: clock' prints '^clock,measured$'
check 'csv: compiler' prints '^compiler,.'

try "$ANEPROBE" devices "sim:$SIMS/plain.sim"
check 'sim: exit code' exits 0
check 'sim: clock' prints 'times are virtual'

try "$ANEPROBE" devices coreml:gpu
check 'coreml: exit code' exits 77
check 'coreml: why not' says 'Core ML is a framework of macOS'

try "$ANEPROBE" devices ane
check 'ane: exit code' exits 77
check 'ane: what to do' says 'use cpu'

try "$ANEPROBE" devices gpu
check 'unknown: exit code' exits 2
check 'unknown: what there is' says 'auto, ane, coreml, cpu, sim'

try "$ANEPROBE" devices cpu:cores=many
check 'bad option: exit code' exits 2
check 'bad option: what to give' says 'from 1 to'

try "$ANEPROBE" devices --csv
check 'no name: exit code' exits 2

try env ANEPROBE_CC=/nonexistent/cc "$ANEPROBE" devices cpu
check 'no compiler: exit code' exits 99
check 'no compiler: what to do' says 'ANEPROBE_CC'

try env TMPDIR=/nonexistent "$ANEPROBE" devices cpu
check 'no temporary directory: exit code' exits 99
check 'no temporary directory: what to do' says 'set TMPDIR'

try sh -c '"$1" devices cpu >/dev/full' sh "$ANEPROBE"
if [ -e /dev/full ]; then
    check 'full output: exit code' exits 99
else
    skip 'full output: exit code' 'there is no /dev/full'
fi

nothing_left() { [ -z "$(find "$work"/aneprobe-* -name "*-*" ! -name "aneprobe-*")" ]; }
check 'no directory is left over' nothing_left
end_checks
