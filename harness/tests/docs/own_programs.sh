#!/bin/sh
# SPDX-License-Identifier: MIT
# The commands of docs/own-programs.md, in order, as they stand there.
#     ANEPROBE  the command
#     SOURCE    the source tree
set -u
. "$SOURCE/harness/tests/tap.sh"
export ANEPROBE SOURCE
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-docs.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"

# One file a block of commands.
awk -v at="$work" '/^```sh$/ { n++; inside = 1; next } /^```$/ { inside = 0 } inside { print >(at "/block-" n) }' "$SOURCE/docs/own-programs.md"
run() {
    (cd "$work" && sh -eu "$work/block-$1") >"$work/out" 2>"$work/err" </dev/null
    status=$?
    [ "$status" -eq 0 ]
}
prints() { grep -q -e "$1" "$work/out"; }

check 'there are six blocks' [ -e "$work/block-6" ] && check 'and no more' [ ! -e "$work/block-7" ]
check '1: a package' run 1
check '2: timed' run 2
check '2: right' prints 'mine.mlpackage on cpu.*(measured): right$'
check '2: p99 with its interval' prints 'latency_p99 .*\[[0-9].*, [0-9].*\] *n 6 processes'
check '3: side by side' run 3
check '3: a ratio' prints 'latency_p50_ratio,of the first,[0-9]'
check '3: every eval is kept' [ "$(wc -l <"$work/first/samples.csv")" -eq 1201 ]
if command -v gnuplot >/dev/null; then
    check '3: a figure' grep -q '</svg>' "$work/first/latency.svg"
fi
check '4: an input of zeros' run 4
check '5: by operator' run 5
check '5: the convolution alone' prints 'conv conv_0 on cpu.*: right$'
check '6: served' run 6
check '6: response times' prints 'response_p99 .*us'
end_checks
