#!/bin/sh
# SPDX-License-Identifier: MIT
# A report that cannot be written: the older one stays, complete, and the next one is as always.
. "$(dirname "$0")/lib.sh"
run=$work/run whole=$work/whole
try "$ANEPROBE" run --out "$whole" --quick --seed 3 --device "sim:$SIMS/chain-works.sim" chaining_loopback
check 'the undisturbed run' exits 0
[ -e "$whole/chaining_loopback.svg" ] && has_figure=1 || has_figure=

prepare_report() {
    rm -rf "$run"
    cp -R "$whole" "$run"
    echo 'an older report' >"$run/PROBE_RESULTS.md"
}
meet_report() {
    if [ "$status" -eq 0 ]; then
        is_new || wrong 'exit code 0, and the report is another'
    else
        [ -s "$work/err" ] || wrong 'no message'
        is_new || [ "$(cat "$run/PROBE_RESULTS.md")" = 'an older report' ] || wrong 'the report is neither the old nor the new one'
        try "$ANEPROBE" report "$run"
        [ "$status" -eq 0 ] && is_new || wrong "reported again: exit code $status, or another report"
    fi
    clean "$run"
}
is_new() {
    if grep -q 'gnuplot could not draw it' "$run/PROBE_RESULTS.md"; then
        [ "$program" = gnuplot ] && [ ! -e "$run/chaining_loopback.svg" ]
        return
    fi
    cmp -s "$run/PROBE_RESULTS.md" "$whole/PROBE_RESULTS.md" &&
        { [ -z "$has_figure" ] || cmp -s "$run/chaining_loopback.svg" "$whole/chaining_loopback.svg"; }
}
prepare=prepare_report meet=meet_report
most=4
program=aneprobe
for class in alloc open create spawn; do
    fail_each report $class "$ANEPROBE" report "$run"
done
# The tools that make it, on a full disk and without memory. Fewer calls, since each makes two reports. A figure
# that gnuplot could not draw is left out, and the report says so.
most=2 is_ours=
for program in sh sqlite3 gnuplot cat; do
    fail_each "report's $program" +write "$ANEPROBE" report "$run"
done
for program in sqlite3 gnuplot; do
    fail_each "report's $program" +alloc "$ANEPROBE" report "$run"
done
end_checks
