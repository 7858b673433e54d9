#!/bin/sh
# SPDX-License-Identifier: MIT
# The long form of the crash tests: rows of results/reliability.csv on stdout, the TAP on stderr.
# LONG = the number of moments at which each is killed.
set -u
here=$(dirname "$0") failed=0
ROWS=$(mktemp) || exit 99
export ROWS
trap 'rm -f "$ROWS"' EXIT
for what in runner trainer compiler; do
    sh "$here/crash.sh" $what "${LONG:-200}" "${SEED:-2}" >&2 || failed=1
done
sed 's/^/crash: /' "$ROWS"
exit $failed
