#!/bin/sh
# SPDX-License-Identifier: MIT
# Beside two more busy processes than there are processors, no verdict about time is given, and the run says why.
#     ANEPROBE, FAKES, SOURCE  as for harness/tests/faults
. "$(dirname "$0")/../cli/lib.sh"
use_real
load=
. "$(dirname "$0")/load.sh"
load_can || {
    echo '1..0 # SKIP stress-ng is not here'
    exit 0
}
# cleanup of lib.sh, and the load
trap 'load_stop; cleanup' EXIT
TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
load_start over
try "$ANEPROBE" run --quick --share --seed 5 --device cpu --out "$work/run" ping_pong
load_stop
check 'the run ends with its verdicts' exits 0
says_busy() { grep -q 'of which others use' "$work/err" "$work/out"; }
check 'its start says that others use the machine' says_busy
load_start over
"$ANEPROBE" run --quick --share --seed 5 --device cpu --wait-idle 1 --out "$work/waited" surfaces >"$work/waited.out" 2>&1 </dev/null
load_stop
check 'one that was to wait for others ends with its verdicts' test -s "$work/waited/verdicts.csv"
check 'one that was to wait for others says that it starts anyway' contains "$work/waited.out" 'still busy after 1 s: starting anyway'
all_disturbed() {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["disturbed"] != "yes" { bad = 1 } END { exit bad || NR < 3 }' \
        "$work/run/jobs.csv"
}
check 'every trial is marked as disturbed' all_disturbed
untrusted() {
    awk -F, -v on_time="$(awk -F, '$2 == "ping_pong" && $NF == "time" { printf "%s ", $1 }' "$SOURCE/results/findings.csv")" '
        index(on_time, $1 " ") { n++; if ($2 != "untrusted" || !/others used the machine: [0-9]+ of [0-9]+ trials/) bad = 1 }
        END { exit bad || !n }' "$work/run/verdicts.csv"
}
check 'its verdicts on time are untrusted, with the figure' untrusted
end_checks
