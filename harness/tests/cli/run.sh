#!/bin/sh
# SPDX-License-Identifier: MIT
# A whole run: order, files, every way a trial can end, TAP, places that cannot be written.
. "$(dirname "$0")/lib.sh"
use_programs steady second
run=$work/run

try "$ANEPROBE" run --out "$run" --seed 7 --quick
check 'a run: exit 0' exits 0
# On a busy machine the head says so, in a fourth line.
check 'a run: its head, and no more where stderr is no terminal' \
    test "$(grep -vc '^  [0-9]* processors, of which others use [0-9.]*: verdicts on time will be untrusted; .*--wait-idle' "$work/err")" -eq 3
check 'a run: verdicts' prints '^steady.reproduced  *reproduced  *18  *trials'
check 'a run: where it is' prints "^run: $run\$"
check 'a run: where the report is' prints "^report: $run/PROBE_RESULTS.md\$"
for file in machine settings experiments schedule jobs looks summary verdicts samples/steady samples/second; do
    check "a run: $file.csv" test -s "$run/$file.csv"
done
check 'machine.csv: the device as resolved' contains "$run/machine.csv" '^device,cpu:cores=1$'
check 'machine.csv: commit' contains "$run/machine.csv" '^commit,.'
check 'machine.csv: load before' contains "$run/machine.csv" '^load_before,[0-9]'
check 'machine.csv: load after' contains "$run/machine.csv" '^load_after,[0-9]'
try env LD_LIBRARY_PATH=/home/person OPENBLAS_CORETYPE=Haswell "$ANEPROBE" run steady --out "$work/variables"
check 'machine.csv: variables that reach the trials' contains "$work/variables/machine.csv" '^environment,\(.* \)*OPENBLAS_CORETYPE=Haswell\( .*\)*$'
check 'machine.csv: of those that hold a path, the name alone' contains "$work/variables/machine.csv" '^environment,\(.* \)*LD_LIBRARY_PATH\( .*\)*$'
check 'settings.csv: the command without paths' contains "$run/settings.csv" \
    '^command,aneprobe run --device auto --seed 7 --quick$'
check 'settings.csv: preset' contains "$run/settings.csv" '^preset,quick$'
check 'experiments.csv: from --about' contains "$run/experiments.csv" '^steady,question,Does the runner'
check 'jobs.csv: its columns' contains "$run/jobs.csv" \
    '^job,experiment,arm,block,status,exit,signal,wall_ms,others_pct,disturbed$'
check 'jobs.csv: all jobs' test "$(jobs_done "$run")" -eq 24
check 'all trials ended well' test "$(awk -F, 'NR > 1 && $5 == "ok" && $6 == "0"' "$run/jobs.csv" | wc -l)" -eq 24
check 'trials get the resolved device' contains "$run/samples/steady.csv" ',cpu:cores=1,measured,'
check 'samples have one header' test "$(grep -c '^job,' "$run/samples/steady.csv")" -eq 1
check 'samples are all of the trials' test "$(grep -c ',end,rows=2$' "$run/samples/steady.csv")" -eq 18
# A fake's first value is a digest of arm, block and seed.
awk -F, 'NR > 1 && !seen[$1]++ { print $4, $5, $6 }' "$run/samples/steady.csv" |
    while read -r arm block value; do
        [ "$value" = "$(printf '%s %s 7' "$arm" "$block" | cksum | cut -d ' ' -f 1)" ] && echo same || echo other
    done >"$work/seeds"
check 'every job gets the seed of the run' test "$(sort "$work/seeds" | uniq | tr '\n' ' ')" = 'same '
check 'no temporary file is left' test -z "$(find "$run" -name '*.tmp')"
awk -F, 'NR > 1 { print $4 }' "$run/schedule.csv" >"$work/blocks"
sort -n "$work/blocks" >"$work/sorted"
check 'blocks come one after the other' same "$work/blocks" "$work/sorted"
check 'every arm has one trial a block' test \
    -z "$(awk -F, 'NR > 1 { print $2, $3, $4 }' "$run/schedule.csv" | sort | uniq -d)"
check 'the rarer arm has its two' test "$(grep -c ',rare,' "$run/schedule.csv")" -eq 2

try "$ANEPROBE" run --out "$work/again" --seed 7 --quick
check 'same seed, same order' same "$run/schedule.csv" "$work/again/schedule.csv"
check 'same seed, same data' same "$run/samples/steady.csv" "$work/again/samples/steady.csv"
try "$ANEPROBE" run --out "$work/other" --seed 8 --quick steady
check 'a named program is run alone' absent "$work/other/samples/second.csv"
grep ,steady, "$run/schedule.csv" | cut -d, -f3 >"$work/order7"
grep ,steady, "$work/other/schedule.csv" | cut -d, -f3 >"$work/order8"
check 'another seed, another order' test "$(cksum <"$work/order7")" != "$(cksum <"$work/order8")"

try "$ANEPROBE" run steady
found=$(find "$ANEPROBE_SOURCE/results" -name schedule.csv 2>/dev/null)
check 'default directory: results/MACHINE/UTC-COMMIT' test -n "$(echo "$found" |
    grep '/results/fake-chip-[a-z]*/[0-9]*T[0-9]*Z-[a-z0-9-]*/schedule.csv$')"
try "$ANEPROBE" run --out "$run" steady
check 'a directory with a run is not used again' says "aneprobe run --resume $run"
check 'a directory with a run: exit 2' exits 2
mkdir "$work/full" && echo precious >"$work/full/file"
try "$ANEPROBE" run --out "$work/full" steady
check 'a directory that is not empty is not used' says 'is not empty'
check 'nothing is left in it' test "$(ls "$work/full")" = file
echo >"$work/plain"
try "$ANEPROBE" run --out "$work/plain/run" steady
check 'a directory that cannot be made' says "cannot make the directory $work/plain"
check 'a directory that cannot be made: exit 99' exits 99

# Every way a trial can end, each in one trial of one program.
use_programs faulty
faults=$work/faults
try "$ANEPROBE" run --out "$faults" --seed 1
check 'faults: exit 1' exits 1
while read -r arm expected; do
    check "$arm: $expected" status_is "$faults" "$arm" "$expected"
done <<'ARMS'
good ok
loud ok
unsupported unsupported
failed failed
broken failed
too-loud failed
crash crashed
hang timeout
stubborn timeout
silent incomplete
no-end incomplete
torn incomplete
short-row incomplete
wrong-count incomplete
wrong-job incomplete
ARMS
check 'crash: signal by name' contains "$faults/jobs.csv" ',crash,.*,crashed,,SIGSEGV,'
check 'hang: TERM was enough' contains "$faults/jobs.csv" ',hang,.*,timeout,,SIGTERM,'
check 'stubborn: KILL was needed' contains "$faults/jobs.csv" ',stubborn,.*,timeout,,SIGKILL,'
job_file() { printf '%s/jobs/%04d/%s' "$faults" "$(awk -F, -v arm="$1" '$3 == arm { print $1 }' "$faults/jobs.csv")" "$2"; }
check 'what a trial prints is kept' test "$(wc -c <"$(job_file loud out)")" -eq 10000000
check 'what prints too much is cut' test "$(wc -c <"$(job_file too-loud err)")" -lt 17000000
check 'a trial says why it failed' contains "$(job_file broken err)" 'no compiler'
check 'a time limit is said' contains "$(job_file hang err)" 'aneprobe: stopped after 1 s'
check 'a short row is said, with its line' contains "$(job_file short-row err)" 'samples.csv:4:'
check 'rows of a crashed trial are kept' contains "$faults/samples/faulty.csv" ',crash,0,[0-9]*,ok,'
check 'a torn row is not' test -z "$(grep meas\$ "$faults/samples/faulty.csv")"
check 'a short row is not' test -z "$(grep 'cpu$' "$faults/samples/faulty.csv")"
check 'the others are judged' contains "$faults/verdicts.csv" '^faulty.reproduced,reproduced,'
check 'bad trials are named' says '^job [0-9]* faulty .*: crashed: .*SIGSEGV'
columns=$(awk 'NR == 1' "$faults/samples/faulty.csv")
check 'one set of columns' test "$(grep -c "^$columns\$" "$faults/samples/faulty.csv")" -eq 1

try "$ANEPROBE" run --out "$work/tap" --seed 1 --tap
check 'tap: exit 0' exits 0
check 'tap: reproduced' prints '^ok 1 - faulty.reproduced: reproduced: rule   1 decided$'
check 'tap: contradicted' prints '^not ok 2 - faulty.contradicted # TODO contradicted: rule   1 decided$'
check 'tap: inconclusive' prints '^ok 3 - faulty.inconclusive # SKIP inconclusive: '
check 'tap: unsupported' prints '^ok 4 - faulty.unsupported # SKIP unsupported: '
check 'tap: untrusted' prints '^not ok 5 - faulty.untrusted - untrusted: '
check 'tap: a crashed job' prints '^not ok [0-9]* - job [0-9]* faulty crash crashed: '
check 'tap: nothing but TAP' test -z "$(grep -v -e '^ok ' -e '^not ok ' -e '^1\.\.[0-9]*$' "$work/out")"
check 'tap: the plan counts' prints "^1\\.\\.$(grep -c 'ok [0-9]' "$work/out")\$"

# A trial that was stopped, as by Ctrl-Z: no signal but KILL reaches it.
use_programs still
try "$ANEPROBE" run --out "$work/stopped" --seed 1
check 'a stopped trial: its time limit ends it' status_is "$work/stopped" stopped timeout

# A program that is missing when its turn comes.
use_programs steady
cp "$FAKES/probe.sh" "$work/vanishing"
echo "vanishing,probe,$work/steady-link" >>"$ANEPROBE_EXPERIMENTS"
try "$ANEPROBE" run --out "$work/gone"
check 'a program that is not there' says 'cannot start .*steady-link: .*; build the suite first'
check 'a program that is not there: exit 99' exits 99

# Full disk, as a limit on the size of files: the trials' own files fit, the samples put together do not.
use_programs steady second
try "$ANEPROBE" run --out "$work/whole" --seed 3 --device cpu
try sh -c 'ulimit -f 3; exec "$@"' sh "$ANEPROBE" run --out "$work/small" --seed 3 --device cpu
check 'disk full: exit 99' exits 99
check 'disk full: the file' says "cannot write $work/small/samples/[a-z]*.csv"
check 'disk full: what to do' says "make room for it; .*aneprobe run --resume $work/small"
no_torn_file() { # whole, as a look had it, or not there
    absent "$work/small/samples/steady.csv" ||
        [ "$(tail -n 1 "$work/small/samples/steady.csv" | grep -c ',end,rows=2$')" -eq 1 ]
}
check 'disk full: no torn file' no_torn_file
check 'disk full: the trials are kept' test "$(jobs_done "$work/small")" -eq 24
try "$ANEPROBE" run --resume "$work/small"
check 'disk full: resumed' exits 0
check 'disk full: nothing lost or doubled' same "$work/whole/samples/steady.csv" "$work/small/samples/steady.csv"

try env FAKE_REPORT_FAILS=1 "$ANEPROBE" run --out "$work/unreported" --seed 3 steady
check 'no report: exit 99' exits 99
check 'no report: what to do' says "fix this and run: aneprobe report $work/unreported"
check 'no report: the verdicts are there' prints '^steady.reproduced'
try "$ANEPROBE" report "$work/unreported"
check 'report: writes it then' prints "$work/unreported/PROBE_RESULTS.md"
try env FAKE_REPORT_FAILS=1 "$ANEPROBE" report "$work/unreported"
check "report: the script's exit code" exits 99
# Programs that may disturb an engine run there only on request, and then last; elsewhere like all others.
use_programs fragile second
try "$ANEPROBE" run --out "$work/skipped" --seed 3 --device ane:fake
check 'disruptive: exit code without it' exits 0
check 'disruptive: not planned' sh -c '! grep -q fragile "$1"' sh "$work/skipped/schedule.csv"
check 'disruptive: said' prints 'not run: fragile, .*--allow-disruptive'
check 'disruptive: recorded' contains "$work/skipped/settings.csv" '^skipped_disruptive,fragile$'
for how in --allow-disruptive 'fragile second'; do
    # shellcheck disable=SC2086 # two names are two words
    try "$ANEPROBE" run --out "$work/asked" --seed 3 --device ane:fake $how
    check "disruptive, $how: exit code" exits 0
    check "disruptive, $how: last" \
        sh -c '[ "$(tail -n 2 "$1" | grep -c fragile)" -eq 2 ]' sh "$work/asked/schedule.csv"
    check "disruptive, $how: nothing skipped" \
        sh -c '! grep -q skipped_disruptive "$1"' sh "$work/asked/settings.csv"
    rm -r "$work/asked"
done
try "$ANEPROBE" run --out "$work/cpu" --seed 3 --device cpu
check 'disruptive, no engine: planned among the others' \
    sh -c '[ "$(tail -n 2 "$1" | grep -c fragile)" -lt 2 ] && grep -q fragile "$1"' sh "$work/cpu/schedule.csv"

# Looks: one after half of the blocks, and the last after all of them.
use_programs steady
try env "FAKE_LOOKS=$work/looks" "$ANEPROBE" run --out "$work/looked" --seed 5
check 'looks: each once, and of the blocks so far' [ "$(tr '\n' ';' <"$work/looks")" = 'steady 3/6;steady 3,6/6;' ]
# In virtual time the next trial already runs beside this one, so its look comes before it.
use_programs steady second
try env "FAKE_LOOKS=$work/ahead" "$ANEPROBE" run --device sim:fake --out "$work/ahead-run" --seed 5
check 'looks: each once also when they are ahead' [ "$(sort "$work/ahead" | tr '\n' ';')" = 'second 3,4/4;second 3/4;steady 3,6/6;steady 3/6;' ]

# What a program says of its arms is checked.
use_programs steady
most_blocks=$(sed -n 's/.*SCHEDULE_MOST_BLOCKS = \([0-9]*\).*/\1/p' "$FAKES/../../runner/run/schedule.h")
most_s=$(sed -n 's/.*SCHEDULE_MOST_LIMIT_S = \([0-9]*\).*/\1/p' "$FAKES/../../runner/run/schedule.h")
while IFS='|' read -r listed reason; do
    try env "FAKE_LIST=$listed" "$ANEPROBE" run --out "$work/listed" --seed 1
    check "an arm '$listed': exit 99" exits 99
    check "an arm '$listed': $reason" says "$reason"
    check "an arm '$listed': nothing is left" absent "$work/listed/schedule.csv"
done <<LISTS
other,one,6,60,an arm|this is steady
steady,,6,60,an arm|an arm needs a name
steady,one,,60,an arm|must be a whole number from 0 to $most_blocks
steady,one,-1,60,an arm|must be a whole number from 0 to $most_blocks
steady,one,1.5,60,an arm|must be a whole number from 0 to $most_blocks
steady,one,$((most_blocks + 1)),60,an arm|must be a whole number from 0 to $most_blocks
steady,one,6,,an arm|must be a whole number from 1 to $most_s
steady,one,6,0,an arm|must be a whole number from 1 to $most_s
steady,one,6,$((most_s + 1)),an arm|must be a whole number from 1 to $most_s
LISTS
try env "FAKE_LIST=$(printf 'steady,one,0,60,an arm\nsteady,two,1,%d,an arm\n' "$most_s")" "$ANEPROBE" run --out "$work/listed" --seed 1
check 'an arm without blocks is left out, and a limit may be the longest' exits 0
check 'it has no trial' [ "$(tail -n +2 "$work/listed/schedule.csv" | grep -c .)" -eq 1 ]

end_checks
