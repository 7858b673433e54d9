#!/bin/sh
# SPDX-License-Identifier: MIT
# If the use of the processors by others cannot be read, or its counters stand still, a run says so and judges
# nevertheless.
#     ANEPROBE, FAKES, SOURCE  as for harness/tests/faults
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/stat.sh"
use_real
TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
: >"$work/nothing"
printf 'cpu  100 20 30 4000 7 2 3\ncpu0 50 10 15 2000 3 1 1\ncpu1 50 10 15 2000 4 1 2\n' >"$work/still"

apart "$work/nothing" true 2>/dev/null || {
    echo '1..0 # SKIP /proc/stat cannot be replaced here (unshare, mount)'
    exit 0
}
# disturbed WORD: jobs.csv has that word for every trial.
disturbed() {
    awk -F, -v word="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["disturbed"] != word { bad = 1 } END { exit bad || NR < 3 }' "$run/jobs.csv"
}
judged() { awk -F, 'NR > 1 && $2 == "untrusted" { bad = 1 } END { exit bad || NR < 2 }' "$run/verdicts.csv"; }

run=$work/unread
try apart "$work/nothing" "$ANEPROBE" run --quick --share --seed 5 --device cpu --wait-idle 5 --out "$run" ping_pong
check 'not readable: the run ends with its verdicts' test "$status" -le 1
check 'not readable: it does not wait, and says so' says 'what others do cannot be read here: not waiting'
check 'not readable: no trial is called undisturbed' disturbed ''
check 'not readable: the claims are judged' judged
check 'not readable: the page says so' contains "$run/PROBE_RESULTS.md" 'What others did on this machine is not known'

run=$work/still-run
try apart "$work/still" "$ANEPROBE" run --quick --share --seed 5 --device cpu --out "$run" ping_pong
check 'no stolen time, counters that stand still: the run ends with its verdicts' test "$status" -le 1
check 'no stolen time, counters that stand still: the claims are judged' judged
end_checks
