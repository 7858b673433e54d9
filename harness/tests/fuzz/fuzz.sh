#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzing with address and undefined-behaviour sanitizers, in a build folder of its own.
#     fuzz.sh [SECONDS [TARGET...]]  for so long each (default 600 and all, the most exposed first), one
#                                    after the other; new inputs are kept in BUILD/found/TARGET
#     fuzz.sh short                  all for the same few thousand inputs, as a test
# Prints a row of results/reliability.csv for each target. What makes one fail is left in
# BUILD/found/TARGET.crash-* and the like, its output in TARGET.log.
# Needs clang with libFuzzer; exits 77 without.
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
build=${FUZZ_BUILD:-$here/../../../build-fuzz}
seconds=${1:-600}
[ $# -eq 0 ] || shift
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-fuzz-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
echo 'int LLVMFuzzerTestOneInput(const char *d, long n); int LLVMFuzzerTestOneInput(const char *d, long n) { return n < 0 && d; }' >"$work/f.c"
clang -fsanitize=fuzzer,address,undefined "$work/f.c" -o "$work/f" 2>/dev/null || {
    echo 'fuzz.sh: no clang with libFuzzer here (Debian: clang and libclang-rt-dev): nothing was fuzzed' >&2
    exit 77
}
[ -e "$build/build.ninja" ] || CC=${CLANG:-clang} meson setup "$build" "$here/../../.." \
    -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false \
    '-Dc_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined' >&2
if [ "$seconds" = short ]; then
    meson test -C "$build" --suite fuzz --print-errorlogs
    exit
fi
ninja -C "$build" fuzz_programs >&2

failed=0
mkdir -p "$build/found"
# libFuzzer can hang when it reports that an input takes too long, since it allocates in a signal handler.
guard=
command -v timeout >/dev/null && guard="timeout -s KILL $((seconds + 180))"
# fd 3, so that the targets cannot read the list
while read -r target program seeds <&3; do
    case " $* " in "  " | *" $target "*) ;; *) continue ;; esac
    found=$build/found/$target
    mkdir -p "$found"
    rm -f "$found".*-*
    n_findings=0
    # shellcheck disable=SC2086 # several words
    $guard "$program" -max_total_time="$seconds" -max_len=8192 -timeout=60 -rss_limit_mb=2048 \
        -close_fd_mask=3 -print_final_stats=1 -artifact_prefix="$found." "$found" $seeds \
        >"$found.log" 2>&1 </dev/null || n_findings=1
    if [ $n_findings -gt 0 ]; then
        failed=1
        tail -n 40 "$found.log" >&2
    fi
    # or, if it was killed, its last progress line
    inputs=$(sed -n -e 's/^#\([0-9]*\)[^0-9].*/\1/p' -e 's/^stat::number_of_executed_units: *//p' "$found.log" | tail -n 1)
    seed=$(sed -n 's/^INFO: Seed: *//p' "$found.log")
    echo "fuzz: $target,$inputs,$((inputs - n_findings)),$seed,$seconds s under address and undefined sanitizers"
done 3<"$build/harness/tests/fuzz/targets.txt"
exit "$failed"
