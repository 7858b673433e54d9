#!/bin/sh
# SPDX-License-Identifier: MIT
# The run that README shows: this build judges its samples as it says, byte for byte, its report has
# a page, and README's rows are its own.
#     ANEPROBE  the command
#     SOURCE    the source tree
set -u
LC_ALL=C
export LC_ALL
. "$SOURCE/harness/tests/tap.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-stored.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/diff $work/err"
place=$(sed -n 's/^(\[report\](\(results\/[^)]*\)\/PROBE_RESULTS\.md).*/\1/p' "$SOURCE/README.md")
stored=$SOURCE/$place
check 'README names a run that is here' test -s "$stored/verdicts.csv"
cp -R "$stored" "$work/run"
status=0
"$ANEPROBE" judge "$work/run" >"$work/out" 2>"$work/err" </dev/null || status=$?
check 'it can be judged' test "$status" -eq 0
same() { diff "$stored/$1" "$work/run/$1" >"$work/diff"; }
for file in summary.csv verdicts.csv looks.csv; do check "judging it again leaves $file as it is" same $file; done
check 'it has its page' grep -q '</html>' "$stored/PROBE_RESULTS.html"

# README's rows from the verdicts: measured, interval in four digits, n.
awk -F, 'NR > 1 && $5 != "" { printf "`%s` %s %s %s (%.4g to %.4g), %s %s\n", $1, $2, $3, $4, $5, $6, $7, $8 }' "$stored/verdicts.csv" >"$work/rows"
quoted() { # lines of README's table
    sed -n 's/^| \(`[a-z0-9.-]*`\) |[^|]*| \([a-z]*\) | \([^|]*\) |.*/\1 \2 \3/p' "$SOURCE/README.md"
}
check 'README quotes one claim that holds and one that does not' test "$(quoted | awk '{ print $2 }' | sort -u | tr '\n' ' ')" = 'contradicted reproduced '
own() { [ -z "$(quoted | grep -vxF -f "$work/rows" | tee "$work/diff")" ]; }
check "README's figures are those of the run" own
end_checks
