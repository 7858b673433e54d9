#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the commands of docs/own-programs.md, unchanged and in order.
#     ANEPROBE  the command
#     SOURCE    the source tree
set -u
. "$SOURCE/harness/tests/tap.sh"
export ANEPROBE SOURCE
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-docs.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"

# One file per block of commands.
awk -v at="$work" '/^```sh$/ { n++; inside = 1; next } /^```$/ { inside = 0 } inside { print >(at "/block-" n) }' "$SOURCE/docs/own-programs.md"
run() {
    (cd "$work" && sh -eu "$work/block-$1") >"$work/out" 2>"$work/err" </dev/null
    status=$?
    [ "$status" -eq 0 ]
}
prints() { grep -q -e "$1" "$work/out"; }

check 'there are ten blocks' [ -e "$work/block-10" ] && check 'and no more' [ ! -e "$work/block-11" ]
check '1: a package' run 1
check '2: its operators' run 2
check '2: a convolution' prints 'operators:.* conv 1'
check '3: rewritten' run 3
check '3: the input is padded, as the page says' prints 'input x is tensor<fp16, .*, was tensor<fp16, \[1, 64, 1, 64\]>'
check '3: the difference' prints '^+    func main'
check '3: a package, and a text' [ -e "$work/fixed.mlpackage/Manifest.json" -a -e "$work/fixed.mil" ]
check '4: timed' run 4
check '4: right' prints 'mine.mlpackage on cpu.*(measured): right$'
check '4: p99 with its interval' prints 'latency_p99 .*\[[0-9].*, [0-9].*\] *n 6 processes'
check '5: side by side' run 5
check '5: a ratio' prints 'latency_p50_ratio,of the first,[0-9]'
check '5: every eval is kept' [ "$(wc -l <"$work/first/samples.csv")" -eq 1201 ]
if command -v gnuplot >/dev/null; then
    check '5: a figure' grep -q '</svg>' "$work/first/latency.svg"
fi
check '6: an input of zeros' run 6
check '7: by operator' run 7
check '7: the convolution alone' prints 'conv conv_0 on cpu.*: right$'
check '8: a sweep' run 8
check '8: every size' prints 'open.mil, x=256 on cpu.*: right$'
if command -v gnuplot >/dev/null; then
    check '8: a figure over the sizes' grep -q 'Median latency by size' "$work/sizes/latency.svg"
fi
check '9: served' run 9
check '9: response times' prints 'response_p99 .*us'
check '10: several in flight' run 10
check '10: compared with one' prints 'in_flight_gain .*times one'
end_checks
