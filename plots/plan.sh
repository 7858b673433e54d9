#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: plan.sh OUT.svg --chip CHIP [OPTION of aneprobe plan...]
# Draws what `aneprobe plan` simulates as a timeline. ANEPROBE names the command (default: that of the build next
# to plots/). Everything drawn is simulated.
set -eu
LC_ALL=C
export LC_ALL
unset CDPATH

# shellcheck source=plots/tables.sh
. "$(dirname -- "$0")/tables.sh"
script=plan.sh
plots=$(cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=plots/drawing.sh
. "$plots/drawing.sh"

[ $# -ge 3 ] || {
    echo "usage: plan.sh OUT.svg --chip CHIP [OPTION of aneprobe plan...]" >&2
    exit 2
}
out=$1
shift
aneprobe=${ANEPROBE:-$plots/../build/harness/runner/aneprobe}
[ -x "$aneprobe" ] || fail "$aneprobe is missing: build the suite first, or set ANEPROBE"
for tool in sqlite3 gnuplot; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is needed to draw; install it (package $tool)"
done
make_work

code=0
"$aneprobe" plan "$@" --format csv --out "$work/table.csv" --timeline "$work/spans.csv" || code=$?
[ "$code" -eq 0 ] || exit "$code"
db=$work/plan.db
{ reading "$work/table.csv" plan && reading "$work/spans.csv" spans; } | sql "$db" || fail "cannot read the plan as CSV"
{ printf '%s\n' '.mode list' '.separator "\t"' && cat "$plots/figures/plan.sql"; } | sql "$db" | save "$work/plan.dat"
plot plan plan "$(sql "$db" "SELECT device || ': simulated from published figures, nothing was measured' FROM plan LIMIT 1")"
[ ! -e "$work/plan.undrawn" ] || exit 99
mv "$work/plan.svg" "$out"
