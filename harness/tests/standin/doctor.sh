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
n=0 failed=0

# check NAME TROUBLE EXIT-CODE PATTERN...: all patterns must be in what it prints.
check() {
    name=$1 trouble=$2 wanted=$3
    shift 3
    n=$((n + 1))
    ANEPROBE_STANDIN_TROUBLE=$trouble "$doctor" >"$work/out" 2>&1
    code=$?
    for pattern in "$@"; do
        grep -q -e "$pattern" "$work/out" || code="$code, without '$pattern'"
    done
    if [ "$code" = "$wanted" ]; then
        echo "ok $n - $name"
    else
        failed=1
        echo "not ok $n - $name"
        echo "# exit code $code, wanted $wanted"
        sed 's/^/# /' "$work/out"
    fi
}

check 'all is well' '' 0 '^STAND-IN' '36 of 36 as expected' 'ios18 *right' 'device works here'
check 'a selector is absent' 'absent=doEvaluateDirectWithModel:options:request:qos:error:' 1 \
    '35 of 36' 'doEvaluateDirect.* absent' 'convolution is right' 'doctor.csv'
check 'compile raises an exception' 'raise=compileWithQoS:options:error:' 1 'crashed' 'doctor.csv'
check 'the engine crashes' 'crash=loadWithQoS:options:error:' 1 'crashed'
check 'evals fail' 'eval-0x1d' 1 'ios18 *failed: eval: .*0x1d' 'ios16 *failed'
echo "1..$n"
exit $failed
