#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints which lines of harness/, probes/ and bench/ the tests reach, by file and in total, and how many
# branches; fails below 92 % of the lines.
#     coverage.sh [MESON_TEST_OPTION...]   everything, or the suites named: --suite unit --suite cli
# In a build folder of its own, without optimisation. Needs gcovr.
set -eu
cd "$(dirname "$0")/../.."
command -v gcovr >/dev/null 2>&1 || {
    echo 'coverage.sh: gcovr is not here (Debian and Homebrew: gcovr)' >&2
    exit 77
}
build=${COVERAGE_BUILD:-build-coverage}
[ -e "$build/build.ninja" ] || meson setup "$build" --buildtype=debug -Db_coverage=true \
    -Dc_args=-fprofile-update=atomic >&2 # several threads count
ninja -C "$build" >&2
find "$build" -name '*.gcda' -exec rm -f {} +
tests=0
meson test -C "$build" --no-rebuild --print-errorlogs "$@" >&2 || tests=$?
[ $tests -eq 0 ] || echo 'coverage.sh: some tests fail; what they reached counts all the same' >&2
# Files that never ran count as not executed, and files for the engine's framework count like all others. Not the
# prelude: it runs as a part of compiled programs, in which nothing is counted. A process that a test kills may leave
# counts that do not parse.
gcovr --root . --object-directory "$build" --filter harness/ --filter probes/ --filter bench/ \
    --exclude harness/tests/ --exclude harness/cross/ --exclude 'harness/mil/emit/prelude.*' --gcov-ignore-parse-errors --exclude-unreachable-branches --sort-uncovered \
    --print-summary --fail-under-line 92 "$build"
