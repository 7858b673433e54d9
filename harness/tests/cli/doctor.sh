#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe doctor` on a machine without an engine. Where there is a stand-in for one, see
# harness/tests/standin/.
. "$(dirname "$0")/lib.sh"
use_real
unset ANEPROBE_ANE_STANDIN

if [ "$(uname -s)" = Darwin ]; then
    skip 'no engine' 'this is a Mac'
else
    try "$ANEPROBE" doctor
    check 'no engine: exit code' exits 77
    check 'no engine: why' prints 'this is not a Mac'
    check 'no engine: what works instead' prints 'the cpu device works on any machine'
    try "$ANEPROBE" doctor --csv
    check 'no engine, csv: exit code' exits 77
    check 'no engine, csv: header' prints '^check,item,status,detail$'
    check 'no engine, csv: row' prints '^open,libraries,unsupported,'

    ANEPROBE_ANE_STANDIN=$work/absent.so
    export ANEPROBE_ANE_STANDIN
    try "$ANEPROBE" doctor
    check 'absent stand-in: exit code' exits 1
    check 'absent stand-in: said first' prints '^STAND-IN'
    check 'absent stand-in: which file' prints "absent.so"
    check 'absent stand-in: what to send' prints 'aneprobe doctor --csv > doctor.csv'
fi

try "$ANEPROBE" doctor --csv=yes
check 'unknown option: exit code' exits 2
check 'a switch takes no value' says "^aneprobe doctor: option '--csv' takes no value"

try "$ANEPROBE" doctor --selectors
check 'selectors: exit code' exits 0
check 'selectors: the stored table is the one in use' \
    same "$work/out" "$(dirname "$0")/../../device/ane/SELECTORS.md"

try "$ANEPROBE" doctor --help
check 'help: exit code' exits 0
check 'help: what it does' prints '64-channel\|one convolution'

end_checks
