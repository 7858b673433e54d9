#!/bin/sh
# SPDX-License-Identifier: MIT
# The long form: every target for ten minutes (LONG = seconds of each), then 1,000 random programs and 1,000 with
# random operators (PROGRAMS = how many) on both devices. Rows of results/reliability.csv on stdout, failures on stderr.
#     BUILD_DIR  where the programs are (default: build/)
set -u
here=$(dirname "$0") failed=0
build=${BUILD_DIR:-$here/../../../build}/harness/tests/fuzz
sh "$here/fuzz.sh" "${LONG:-600}" || failed=$?
[ $failed -ne 77 ] || exit 77
# compare PROGRAM WHAT
compare() {
    "$build/$1" "${PROGRAMS:-1000}" 1 | awk -v what="$2" '
        { print > "/dev/stderr" }
        /^not ok / { failed = 1 }
        / programs differ$/ { sub(/.* - /, ""); split($0, word, " "); differ = word[1]; n = word[3] }
        END {
            if (n) print "fuzz: " what " on cpu and sim beside the reference," n "," n - differ ",1,"
            exit !n || failed
        }'
}
compare differential 'random programs' || failed=1
compare operators 'random operators' || failed=1
exit $failed
