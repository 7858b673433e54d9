#!/bin/sh
# SPDX-License-Identifier: MIT
# The long form: every mutant once (LONG = only that many, drawn at random). A row of results/reliability.csv on
# stdout: faults tried, including those of unnoticed.txt, and faults that a test noticed; survivors are listed
# on stderr.
#     WORK  where copy and build are kept (default: below TMPDIR)
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=${WORK:-${TMPDIR:-/tmp}/aneprobe-mutate}
status=0
sh "$here/mutate.sh" "$here/../../.." "$work" -n "${LONG:-0}" >&2 || status=$?
[ -s "$work/total" ] || exit 99
awk -v unnoticed="$(grep -c '^- ' "$here/unnoticed.txt")" '
    { printf "mutate: small faults in the code that a test notices,%d,%d,,%d are in unnoticed.txt\n", $4 + unnoticed, $1, unnoticed }' "$work/total"
exit $status
