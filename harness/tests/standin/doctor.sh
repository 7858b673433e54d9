#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe doctor` on the stand-in, well and with troubles.
#     doctor.sh ANEPROBE-DOCTOR
set -u
doctor=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-doctor.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
TMPDIR=$work
export TMPDIR
# All that is looked for: chaining, statistics of evals, weights that can be written.
printf 'chain,works\neval_stats,works\nmutable_weights,sync\n' >"$work/truth.sim"
ANEPROBE_STANDIN_SIM=$work/truth.sim
export ANEPROBE_STANDIN_SIM
TAP_SHOWS=$work/out
. "$(dirname "$0")/../tap.sh"

# ends EXIT-CODE PATTERN...: it did with that, and all patterns are in what it printed.
ends() {
    [ "$status" = "$1" ] || return 1
    shift
    for pattern in "$@"; do
        grep -q -e "$pattern" "$work/out" || { echo "# without '$pattern'"; return 1; }
    done
}
# try NAME TROUBLE EXIT-CODE PATTERN...
try() {
    name=$1
    status=0
    ANEPROBE_STANDIN_TROUBLE=$2 "$doctor" >"$work/out" 2>&1 || status=$?
    shift 2
    check "$name" ends "$@"
}

n=$(grep -c '^| `' "$(dirname "$0")/../../device/ane/SELECTORS.md")
try 'all is well' '' 0 '^STAND-IN' "$n of $n as expected" 'ios18 *right' 'device works here'
try 'a selector is absent' 'absent=doEvaluateDirectWithModel:options:request:qos:error:' 1 \
    "$((n - 1)) of $n" 'doEvaluateDirect.* absent' 'convolution is right' 'doctor.csv'
try 'compile raises an exception' 'raise=compileWithQoS:options:error:' 1 'crashed' 'doctor.csv'
try 'the engine crashes' 'crash=loadWithQoS:options:error:' 1 'crashed'
try 'evals fail' 'eval-0x1d' 1 'ios18 *failed: eval: .*0x1d' 'ios16 *failed'
end_checks
