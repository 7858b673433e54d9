#!/bin/sh
# SPDX-License-Identifier: MIT
# What .ci/failed.sh says of tests that failed, from logs that meson wrote.
#     SOURCE  the source tree
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-failed-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
. "$SOURCE/harness/tests/tap.sh"
TAP_SHOWS="$work/meson $work/err $work/out"

mkdir "$work/source"
cat >"$work/source/meson.build" <<'END_OF_TEXT'
project('some')
sh = find_program('sh')
# 60 lines, one of them a check that fails; quotes and backslashes.
long = '''i=1; while [ $i -le 60 ]; do printf "ok %d - \"line\" \\\\ %d\n" $i $i; i=$((i + 1)); [ $i -ne 9 ] || echo "not ok 9 - too early"; done; exit 3'''
test('long', sh, args: ['-c', long], suite: 'unit')
test('short', sh, args: ['-c', 'echo out; echo err >&2; exit 1'], suite: 'cli')
test('slow', sh, args: ['-c', 'echo begun; sleep 60'], suite: 'cli', timeout: 1)
test('well', sh, args: ['-c', 'echo fine'], suite: 'cli')
test('left', sh, args: ['-c', 'exit 77'], suite: 'unit')
test('known', sh, args: ['-c', 'exit 1'], suite: 'unit', should_fail: true)
END_OF_TEXT

failed() { (cd "$work" && sh "$SOURCE/.ci/failed.sh" "$@") >"$work/out" 2>"$work/err" && [ ! -s "$work/err" ]; }
names() { grep '^failed: ' "$work/out" | sed 's/(\(.*\), [0-9.]* s)$/(\1)/'; }
is_said() { [ "$(grep -cxF -e "$1" "$work/out")" -eq 1 ]; }
is_unsaid() { ! grep -qF -e "$1" "$work/out"; }
with_names() { [ "$(names)" = "$1" ]; }
at_the_end() { [ "$(tail -n 4 "$work/out" | grep -c '^failed: ')" -eq 3 ] && [ -z "$(tail -n 4 "$work/out" | head -n 1)" ]; }

meson setup "$work/build" "$work/source" >"$work/meson" 2>&1 || exit 99
check 'nothing was tested: nothing is said' eval 'failed build && [ ! -s "$work/out" ]'
meson test -C "$work/build" well left known >"$work/meson" 2>&1 || exit 99
check 'none failed: nothing is said' eval 'failed build && [ ! -s "$work/out" ]'

meson test -C "$work/build" --num-processes 1 >"$work/meson" 2>&1
check 'three failed' failed build
check 'their names, suites and folders' with_names 'failed: build: some:unit / long (FAIL, exit code 3)
failed: build: some:cli / short (FAIL, exit code 1)
failed: build: some:cli / slow (TIMEOUT, exit code -15)'
check 'names come last' at_the_end
check 'the 40th line from the end' is_said 'ok 21 - "line" \ 21'
check 'the 41st is left out' is_unsaid '\ 20'
check 'a check that failed before them' is_said 'not ok 9 - too early'
check 'the last line' is_said 'ok 60 - "line" \ 60'
check 'both outputs' eval 'is_said out && is_said err'
check 'what was said before the time was up' is_said begun
check 'nothing of a test that passed' is_unsaid fine

mv "$work/build" "$work/build-other"
mkdir -p "$work/build/meson-logs"
cp "$work/build-other/meson-logs/testlog.json" "$work/build/meson-logs/testlog-run.json"
check 'two folders, one with a wrapper' failed build build-none build-other
check 'all of them are named' eval '[ "$(names | grep -c "^failed: build: ")" -eq 3 ] && [ "$(names | grep -c "^failed: build-other: ")" -eq 3 ]'

echo '{"name": "cut' >>"$work/build/meson-logs/testlog-run.json"
check 'a damaged log is named' eval '! failed build; grep -qx "failed.sh: build/meson-logs/testlog-run.json cannot be read" "$work/out"'
end_checks
