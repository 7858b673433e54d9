#!/bin/sh
# SPDX-License-Identifier: MIT
# The long form: two hours of compiling, then two of training (LONG = seconds of each). Rows of
# results/reliability.csv on stdout: a cycle survives when its output is right, a run when it is flat.
#     ENDURANCE  the program (default: that of build/)
set -u
endurance=${ENDURANCE:-$(dirname "$0")/../../../build/harness/tests/endurance/endurance}
rows=$(mktemp) || exit 99
trap 'rm -f "$rows"' EXIT
failed=0
for work in compile train; do
    status=0
    "$endurance" "$work" "${LONG:-7200}" >"$rows" || status=$?
    cat "$rows" >&2
    [ $status -ne 77 ] || exit 77
    [ $status -eq 0 ] || failed=1
    # it could not continue and printed why, so nothing is known
    [ $status -le 1 ] || continue
    awk -F, -v work=$work -v flat=$((1 - status)) '
        $2 == "cycles" { cycles = $3; time = substr($5, 4) }
        $2 == "memory_slope" { slope = $3 " (" $5 ")" }
        $2 == "handles" || $2 == "threads" || $2 == "files" { more += $3 }
        END {
            printf "endurance: cycles of %s,%d,%d,,%s\n", work, cycles, cycles, time
            printf "endurance: %s leaves memory handles threads and files as they are,1,%d,,", work, flat
            printf "%s; %s bytes a cycle; %d handles, threads or files more\n", time, slope, more
        }' "$rows"
done
exit $failed
