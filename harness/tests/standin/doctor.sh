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
printf 'chain,works\neval_stats,works\nmutable_weights,sync\nplan,1\n' >"$work/truth.sim"
ANEPROBE_STANDIN_SIM=$work/truth.sim
export ANEPROBE_STANDIN_SIM
TAP_SHOWS=$work/out
. "$(dirname "$0")/../tap.sh"

# ends EXIT-CODE PATTERN...: it ended with that code and printed all patterns.
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

# rows PATTERN: of the part of that heading.
rows() { awk -v part="$1" '/^## /{ is = index($0, part) } is && /^\| `/{ n++ } END { print n }' "$(dirname "$0")/../../device/apple/SELECTORS.md"; }
n=$(rows '`ane`')
m=$(rows '`coreml`')
try 'all is well' '' 0 '^STAND-IN' "$n of $n as expected" 'ios18 *right' \
    '^Core ML, the public way' "selectors *$m of $m as expected" 'coreml:ne,stand-in *right' 'device works here'
try 'a selector is absent' 'absent=doEvaluateDirectWithModel:options:request:qos:error:' 1 \
    "$((n - 1)) of $n" 'doEvaluateDirect.* absent' 'convolution is right' 'doctor.csv'
try 'compile raises an exception' 'raise=compileWithQoS:options:error:' 1 'crashed' 'doctor.csv'
try 'the engine crashes' 'crash=loadWithQoS:options:error:' 1 'crashed'
try 'evals fail' 'eval-0x1d' 1 'ios18 *failed: eval: .*0x1d' 'ios16 *failed'
try 'Core ML: a selector is absent' 'absent=setOutputBackings:' 1 'setOutputBackings.* absent' \
    "selectors *.*$((m - 1)) of $m" 'coreml:ne.*unsupported'
try 'Core ML: a load ends the process' 'kill=modelWithContentsOfURL:configuration:error:' 1 'coreml:ne *crashed' \
    'ios18 *right'
try 'Core ML: a prediction ends the process' 'crash=predictionFromFeatures:options:error:' 1 'coreml:ne *crashed' \
    'ios18 *right'
try 'Core ML: no engine' 'no-engine' 0 'coreml:ne.*unsupported.*sees no Neural Engine' 'ios18 *right'
try 'Core ML: what later systems have' 'absent=MLState' 1 'MLState.* absent' "selectors *.*$((m - 1)) of $m" \
    'coreml:ne,stand-in *right'
try 'Core ML: a load fails' 'load-11' 1 'coreml:ne.* failed: load: .*error 11'

# The system's version, what the compiler's service keeps, and a recent failure.
services() {
    name=$1 os=$2 wanted=$3
    status=0
    PATH="$work/fake:$PATH" "$doctor" --services "$os" >"$work/out" 2>&1 || status=$?
    check "$name" ends 0 "$wanted"
}
# lsof DELETED-FILES: their sizes
lsof_says() {
    mkdir -p "$work/fake"
    printf '#!/bin/sh\nprintf "p71\\n%s"\n' "$1" >"$work/fake/lsof"
    chmod +x "$work/fake/lsof"
}
lsof_says 'f4\ns7000000000\nf5\ns6500000000\n'
services 'macOS 27 is known' 'macOS 27.0 (26A5355q)' '^@machine,macOS 27,ok,"known: weights'
services 'what the service keeps, and how to have it back' 'macOS 27.0 (26A5355q)' \
    '^@machine,compiler service,low,keeps 13.5 GB of deleted files,.*killall ANECompilerService'
lsof_says 'f4\ns700000000\n'
services 'macOS 26 is known' 'macOS 26.3 (25D125)' '^@machine,macOS 26,ok,known: most'
services 'what the service keeps is not much' 'macOS 26.3 (25D125)' '^@machine,compiler service,ok,keeps 0.7 GB'
services 'a newer one is not' 'macOS 28.0 (27A1)' '^@machine,version,unsupported,newer than macOS 27.*send this'
services 'an older one' 'macOS 15.7 (24G1)' '^@machine,version,ok,older'
rm -rf "$work/aneprobe-$(id -u)"
"$doctor" --services 'macOS 27.0 (1)' >"$work/out"
check 'no failure: no word of one' sh -c '! grep -q "failed compile" "$1"' sh "$work/out"
printf 'layers_limit,0.5\n' >"$work/truth.sim"
"$doctor" --conv ane >/dev/null 2>&1
services 'a failure shortly before' 'macOS 27.0 (1)' \
    '^@machine,failed compile,busy,a program of this suite failed to compile [0-9] s ago,.*wait 15 s'
touch -d '20 seconds ago' "$work/aneprobe-$(id -u)/lock"
"$doctor" --services 'macOS 27.0 (1)' >"$work/out"
check 'a failure long before: no word of it' sh -c '! grep -q "failed compile" "$1"' sh "$work/out"
end_checks
