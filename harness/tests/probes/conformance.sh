#!/bin/sh
# SPDX-License-Identifier: MIT
# Every program of the suite has the same command line; this test runs for each.
#     conformance.sh PROGRAM NAME SIM
set -u
program=$1 name=$2 sim=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-conformance.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

TAP_SHOWS="$work/out $work/err"
. "$(dirname "$0")/../tap.sh"
try() {
    status=0
    "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}
exits() { [ "$status" -eq "$1" ]; }
prints() { grep -q -- "$1" "$work/out"; }
says() { grep -q -- "$1" "$work/err"; }
silent() { [ ! -s "$work/err" ]; }
nothing() { [ ! -s "$work/out" ]; }
header() { [ "$(head -n 1 "$work/out")" = "$1" ]; }
absent() { [ ! -e "$1" ]; }

try --help
check '--help: exit 0' exits 0
check '--help: usage on stdout' prints "^usage: $name"
check '--help: nothing on stderr' silent
for preset in --quick --seed=1; do
    try --list "$preset"
    check "--list $preset: exit 0" exits 0
    check "--list $preset: columns" header experiment,arm,blocks,limit_s,text
    check "--list $preset: nothing on stderr" silent
done
arm=$(sed -n 2p "$work/out" | cut -d, -f2)
check '--list: rows are of this program' prints "^$name,$arm,[1-9][0-9]*,[1-9]"
try --about
check '--about: exit 0' exits 0
check '--about: columns' header field,text
for field in question method arms 'unit of replication' 'sample size' confounders sources; do
    check "--about: $field" prints "^$field,..*"
done
try --dry-run --quick
check '--dry-run: columns' header job,experiment,arm,block,limit_s
check '--dry-run: the first arm is in it' prints ",$name,$arm,0"
check '--dry-run: jobs are counted from 1' awk -F, 'NR > 1 && $1 != NR - 1 { bad = 1 } END { exit bad || NR < 2 }' "$work/out"
cp "$work/out" "$work/schedule"
try --dry-run --quick
check '--dry-run: the same again' cmp -s "$work/out" "$work/schedule"

try --qiuck
check 'unknown option: exit 2' exits 2
check 'unknown option: the nearest' says "did you mean '--quick'"
check 'unknown option: named' says "^$name: unknown option '--qiuck'"
check 'unknown option: nothing on stdout' nothing
try --filter "${arm}x"
check 'unknown arm: exit 2' exits 2
check 'unknown arm: the nearest' says "did you mean $arm"
try --device quantum
check 'unknown device: exit 2' exits 2
check 'unknown device: named' says quantum
check 'unknown device: nothing on stdout' nothing
try --device "sim:$work/none.sim"
check 'missing sim file: exit 2' exits 2
check 'missing sim file: named' says "$work/none.sim"
try --device ane --tap --filter "$arm" --reps 1
if [ "$(uname)" != Darwin ]; then
    check 'no engine here: TAP skips' prints '^1..0 # SKIP'
    check 'no engine here: TAP exits 0' exits 0
fi

try --device "sim:$sim" --quick --filter "$arm" --reps 1 --tap
check '--tap: numbered from 1, as many as planned' awk '
    /^1\.\./ { planned = substr($1, 4) }
    /^(not )?ok / { n++; if (($1 == "not" ? $3 : $2) != n) bad = 1 }
    END { exit bad || n != planned || !n }' "$work/out"

one="--device sim:$sim --filter $arm --block 0 --quick"
# shellcheck disable=SC2086 # several words
try $one --csv "$work/none/x.csv"
check 'a place that cannot be written: exit 99' exits 99
check 'a place that cannot be written: named' says "$work/none/x.csv"
# shellcheck disable=SC2086
try $one --csv "$work/samples.csv"
check 'one trial: exit 0' exits 0
check 'one trial: nothing on stdout' nothing
check 'one trial: an end row' test "$(tail -n 1 "$work/samples.csv" | grep -c ',end,rows=[0-9]*\( programs=[0-9a-f]\{16\}\)\{0,1\} version=[0-9a-f]\{8\},')" = 1
# shellcheck disable=SC2086
if [ -w /dev/full ]; then
    try $one --csv /dev/full
    check 'a full disk: exit 99' exits 99
    check 'a full disk: said' says 'cannot write the samples'
fi

try --judge "$work/none.csv"
check 'no samples: exit 2' exits 2
check 'no samples: named' says "$work/none.csv"
judge_damaged() {
    try --judge "$work/damaged.csv"
    check "$1: exit 99" exits 99
    check "$1: file and line" says "$work/damaged.csv:[0-9]*: "
    check "$1: no answer" nothing
}
sed '2d' "$work/samples.csv" >"$work/damaged.csv"
judge_damaged 'a row too few'
bytes=$(wc -c <"$work/samples.csv")
dd if="$work/samples.csv" of="$work/damaged.csv" bs=1 count=$((bytes - 12)) 2>/dev/null
judge_damaged 'a truncated file'
sed '1s/,status,/,state,/' "$work/samples.csv" >"$work/damaged.csv"
judge_damaged 'a missing column'
if awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /_ns$/) column = i; if (!column) exit 1 }
    NR == 2 { $column = "nan" } { print }' "$work/samples.csv" >"$work/damaged.csv"; then
    judge_damaged 'a NaN'
else
    skip 'a NaN' 'its samples have no time'
fi
end_checks
