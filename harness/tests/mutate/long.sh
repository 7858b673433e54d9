#!/bin/sh
# SPDX-License-Identifier: MIT
# The long form: every mutant once (LONG = so many drawn). A row of results/reliability.csv on stdout: a fault
# that a test notices survives nothing; survivors are named on stderr.
#     WORK  where copy and build are kept (default: below TMPDIR)
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=${WORK:-${TMPDIR:-/tmp}/aneprobe-mutate}
status=0
sh "$here/mutate.sh" "$here/../../.." "$work" -n "${LONG:-0}" >&2 || status=$?
[ -s "$work/total" ] || exit 99
awk '{ printf "mutate: small faults in the code that a test notices,%d,%d,,\n", $4, $1 }' "$work/total"
exit $status
