#!/bin/sh
# SPDX-License-Identifier: MIT
# Static analysis of everything but the tests. Any finding is an error.
#     analysis.sh cppcheck
#     analysis.sh clang-tidy   by ../.clang-tidy, with the compiler's commands from build/
# Skipped where the tool is missing. gcc 12's -fanalyzer is not used: it cannot follow pointers through
# structures and through arrays that are filled by index. It reports 64 leaks, NULLs and unset values in
# harness/mil, measure, experiment, runner and bench/train; of a sample of each kind, none was real.
set -eu
cd "$(dirname "$0")/.."
tool=${1:-}
command -v "$tool" >/dev/null 2>&1 || {
    echo "$tool is not here: skipped"
    exit 0
}
files() {
    git ls-files 'harness/*.c' 'probes/*.c' 'bench/*.c' | grep -v '^harness/\(tests\|cross\)/'
}
case $tool in
cppcheck)
    files >build/cppcheck.txt
    # __BYTE_ORDER__ and similar macros, which headers require
    cppcheck --quiet -j 2 --error-exitcode=1 --enable=warning,performance,portability --std=c11 \
        --inline-suppr --suppressions-list=.ci/cppcheck.txt -Iharness -Ibench -Iprobes \
        -D__linux__ -D__BYTE_ORDER__=1234 -D__ORDER_LITTLE_ENDIAN__=1234 \
        --file-list=build/cppcheck.txt
    ;;
clang-tidy)
    files | xargs -P 2 -n 8 clang-tidy --quiet -p build 2>build/clang-tidy.err || {
        grep -v ' warnings\{0,1\} generated\.$' build/clang-tidy.err >&2
        exit 1
    }
    ;;
*)
    echo 'usage: analysis.sh cppcheck|clang-tidy' >&2
    exit 2
    ;;
esac
