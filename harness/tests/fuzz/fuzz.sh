#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzing with address and undefined-behaviour sanitizers, in a build folder of its own.
#     fuzz.sh [SECONDS]      every target for so long (default 600), one after the other
#     fuzz.sh short          every target for the same few thousand inputs, as a test
# Needs clang with libFuzzer; exits 77 where that is missing.
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
build=${FUZZ_BUILD:-$here/../../../build-fuzz}
seconds=${1:-600}
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-fuzz-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
echo 'int LLVMFuzzerTestOneInput(const char *d, long n); int LLVMFuzzerTestOneInput(const char *d, long n) { return n < 0 && d; }' >"$work/f.c"
clang -fsanitize=fuzzer,address,undefined "$work/f.c" -o "$work/f" 2>/dev/null || {
    echo 'fuzz.sh: no clang with libFuzzer here (Debian: clang and libclang-rt-14-dev): nothing was fuzzed' >&2
    exit 77
}
[ -d "$build" ] || CC=clang meson setup "$build" "$here/../../.." -Db_sanitize=address,undefined \
    -Db_lundef=false '-Dc_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined'
if [ "$seconds" = short ]; then
    meson test -C "$build" --suite fuzz --print-errorlogs
else
    meson test -C "$build" --suite fuzz --print-errorlogs -t 0 \
        --test-args="-runs=-1 -max_total_time=$seconds -seed=0"
fi
