#!/bin/sh
# SPDX-License-Identifier: MIT
# Trials that crash, hang or are interrupted: what was measured is kept, and what happened is reported.
#     failing.sh TOY
set -u
toy=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-failing.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
{
    echo finding,experiment,claim,published,published_unit,chip,os,source,margin,margin_unit,rests_on
    for f in holds fails open missing doubtful; do echo "toy.$f,toy,,,,,,,,,time"; done
} >"$work/findings.csv"
settings="--device cpu:cores=1 --findings $work/findings.csv"

TAP_SHOWS="$work/out $work/err"
. "$(dirname "$0")/../tap.sh"
try() {
    status=0
    # shellcheck disable=SC2086 # several words
    "$toy" $settings "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}
exits() { [ "$status" -eq "$1" ]; }
prints() { grep -q -- "$1" "$work/out"; }
says() { grep -q -- "$1" "$work/err"; }
rows() { [ "$(grep -c ",$1,.*,$2," "$work/samples.csv")" = "$3" ]; }

try --filter fine --tap
check 'TAP: exit 0' exits 0
check 'TAP: plan' prints '^1\.\.5$'
check 'TAP: reproduced' prints '^ok 1 - toy.holds: reproduced: why$'
check 'TAP: contradicted' prints '^not ok 2 - toy.fails # TODO contradicted: why$'
check 'TAP: inconclusive' prints '^ok 3 - toy.open # SKIP inconclusive: why$'
check 'TAP: unsupported' prints '^ok 4 - toy.missing # SKIP unsupported: why$'
check 'TAP: untrusted' prints '^not ok 5 - toy.doubtful - untrusted: why$'

try --filter '[cfh]*' --csv "$work/samples.csv" --verbose
check 'crash and hang: exit 99' exits 99
check 'crash: the signal' says 'crash: it was killed by signal 9'
check 'hang: the limit' says 'hang: it exceeded its limit of 1 s'
check 'rows of the good trials' rows fine ok 6
check 'end rows of the good trials' rows fine end 2
check 'rows of the crash stay' rows crash ok 3
check 'rows of the hang stay' rows hang ok 3
check 'no end row of the crash' rows crash end 0
check 'no end row of the hang' rows hang end 0
check 'the good ones are judged' prints '^toy.holds,reproduced,,,,,2,processes'
check 'one header' test "$(grep -c ^job, "$work/samples.csv")" = 1
check '--verbose' says 'trial 4 of 4'

try --filter fine --csv -
check '--csv -: samples on stdout' prints ',fine,0,0,ok,'
check '--csv -: verdicts on stderr' says 'toy.fails: contradicted: why'

# Not before the rows are there.
# shellcheck disable=SC2086
"$toy" $settings --filter wait --csv "$work/held.csv" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
tries=0
while [ "$(grep -c ,ok, "$work/held.csv" 2>/dev/null)" != 3 ] && [ $tries -lt 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
kill -TERM $pid
status=0
wait $pid || status=$?
cp "$work/held.csv" "$work/samples.csv"
check 'interrupted: exit 130' exits 130
check 'interrupted: rows stay' rows wait ok 3
end_checks
