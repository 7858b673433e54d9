#!/bin/sh
# SPDX-License-Identifier: MIT
# The long form of the tests with failing calls: its rows of results/reliability.csv on stdout, the TAP
# on stderr. LONG = the largest number of calls of a class that fail, each in turn.
set -u
here=$(dirname "$0") failed=0
LONG=${LONG:-400} ROWS=$(mktemp) || exit 99
export LONG ROWS
trap 'rm -f "$ROWS"' EXIT
for name in runner train report disk; do sh "$here/$name.sh" >&2 || failed=1; done
sed 's/^/faults: /' "$ROWS"
exit $failed
