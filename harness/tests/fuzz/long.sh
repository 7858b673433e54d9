#!/bin/sh
# SPDX-License-Identifier: MIT
# The long form: every target for ten minutes (LONG = seconds of each), then 1,000 random programs on both
# devices. Rows of results/reliability.csv on stdout, failures on stderr.
#     DIFFERENTIAL  the program (default: that of build/)
set -u
here=$(dirname "$0") failed=0
sh "$here/fuzz.sh" "${LONG:-600}" || failed=$?
[ $failed -ne 77 ] || exit 77
differential=${DIFFERENTIAL:-$here/../../../build/harness/tests/fuzz/differential}
"$differential" 1000 1 | awk '
    { print > "/dev/stderr" }
    /^(not )?ok / { sub(/.* - /, ""); split($0, word, " "); failed = word[1]; n = word[3] }
    END {
        if (n) print "fuzz: random programs on cpu and sim beside the reference," n "," n - failed ",1,"
        exit !n || failed > 0
    }' || failed=1
exit $failed
