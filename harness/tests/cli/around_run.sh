#!/bin/sh
# SPDX-License-Identifier: MIT
# What a run prints before and after, one run at a time per machine, and opening its page.
. "$(dirname "$0")/lib.sh"
use_programs steady second
results=$ANEPROBE_SOURCE/results

# ---- before: what, where, how long

try "$ANEPROBE" run --out "$work/first" --seed 7 --quick
check 'head: what' says '^aneprobe: 24 trials of 2 experiments, quick, on cpu:cores=1 (Fake Chip), seed 7$'
check 'head: where' says "^  into $work/first\$"
check 'head: nothing to go by' says '^  how long is not known, since none of this ran here before; from the first trials on, '
try "$ANEPROBE" run steady --seed 7 --quick
label=$(ls "$results" | grep fake)
stored=$results/$label/$(ls "$results/$label")
# as if each had taken 10 s
awk -F, -v OFS=, 'NR > 1 { $8 = 10000 } { print }' "$stored/jobs.csv" >"$work/jobs" && cp "$work/jobs" "$stored/jobs.csv"
try "$ANEPROBE" run steady --out "$work/known" --seed 8 --quick
check 'head: from an earlier run' says '^  about 3:00, by what these trials took here before$'
newer=$results/$label/29991231T235959Z-${stored##*-}
cp -R "$stored" "$newer"
awk -F, -v OFS=, 'NR > 1 { $8 = 20000 } { print }' "$stored/jobs.csv" >"$newer/jobs.csv"
try "$ANEPROBE" run steady --out "$work/newest" --seed 8 --quick
check 'head: of several earlier runs, from the newest' says '^  about 6:00, by what these trials took here before$'
rm -r "$newer"
try "$ANEPROBE" run --out "$work/half" --seed 8 --quick
check 'head: partly from an earlier run' says '^  about 3:00 for 18 of the trials, by what they took here before; the rest never ran here$'
# Elsewhere second took 2 s a trial, and was stopped after half of its blocks.
printf '%s\n' kind,preset,experiment,planned,done,wall_ms,chip cpu,quick,second,12,6,12000,'Other Chip' >"$results/durations.csv"
try "$ANEPROBE" run --out "$work/elsewhere" --seed 8 --quick
check 'head: partly from elsewhere' says \
    '^  about 3:08, by what they took here before and, for 6 of them, what such trials took on cpu (Other Chip)$'
try "$ANEPROBE" run second --out "$work/only-elsewhere" --seed 8 --quick
check 'head: only from elsewhere' says '^  about 0:08, by what such trials took on cpu (Other Chip): none of this ran here before$'
try "$ANEPROBE" run second --out "$work/other-preset" --seed 8
check 'head: elsewhere in another preset' says '^  how long is not known'
echo 'kind,preset' >"$results/durations.csv"
try "$ANEPROBE" run second --out "$work/no-durations" --seed 8 --quick
check 'head: a list of durations that does not read is passed over' says '^  how long is not known'
rm "$results/durations.csv"
try "$ANEPROBE" run steady --out "$work/full" --seed 8
check 'head: another preset is another matter' says '^  how long is not known'
echo 'torn' >"$stored/jobs.csv"
try "$ANEPROBE" run steady --out "$work/torn" --seed 8 --quick
check 'head: an earlier run that does not read is passed over' says '^  how long is not known'
check 'head: and keeps nothing from running' exits 0
start_held "$work/held" 5 --out "$work/held" --seed 7 --quick
kill -INT "$runner"
wait "$runner"
try "$ANEPROBE" run --resume "$work/held"
check 'head of a resumed run: what is left' says '^aneprobe: 20 trials of 2 experiments'

# ---- after: totals

try "$ANEPROBE" run --out "$work/totals" --seed 7 --quick
check 'totals' prints '^[0-9]* findings\{0,1\}: [0-9]* reproduced'
check 'totals: not an engine' prints '^  this is the device cpu:cores=1: none of it is about a Neural Engine$'
check 'totals: what a full run may decide' prints '^  undecided, which a run without --quick may decide: steady.inconclusive'
check 'totals: what not to quote' prints '^  not to be quoted, since a control failed or others used the machine: steady.untrusted'
check 'totals: counts are those of verdicts.csv' prints \
    "^$(($(wc -l <"$work/totals/verdicts.csv") - 1)) findings: .*$(grep -c ,contradicted, "$work/totals/verdicts.csv") contradicted"
names='not to be quoted, since a control failed or others used the machine'
use_programs steady second fragile
try "$ANEPROBE" run --out "$work/three" --seed 7 --quick
check 'totals: three are named' prints "^  $names: steady.untrusted, second.untrusted, fragile.untrusted\$"
use_programs steady second fragile decided
try "$ANEPROBE" run --out "$work/four" --seed 7 --quick
check 'totals: of four, three are' prints "^  $names: steady.untrusted, second.untrusted, fragile.untrusted and 1 more\$"
use_programs faulty
try "$ANEPROBE" run --out "$work/faults" --seed 1
check 'totals: trials that did not end well' prints \
    "^  trials without a whole result: .*1 crashed, 2 timeout, .*incomplete; what each said is in $work/faults/jobs\$"
try "$ANEPROBE" run --out "$work/tap" --seed 1 --tap
check 'tap: no totals' sh -c '! grep -q "findings:" "$1"' sh "$work/out"
use_programs steady second

# ---- one run a machine

start_held "$work/holder" 3 --out "$work/holder" --seed 7
try "$ANEPROBE" run steady --out "$work/second-run" --seed 7
check 'a second run: exit 2' exits 2
check 'a second run: who has the machine' says "process $runner since 20[0-9-]* [0-9:]* UTC, in $work/holder; wait"
check 'a second run: what lets it run' says 'give --share'
check 'a second run: nothing was made' absent "$work/second-run"
try "$ANEPROBE" run --resume "$work/first"
check 'a second run, resumed: exit 2' exits 2
try "$ANEPROBE" run steady --out "$work/shared" --seed 7 --share
check 'a second run with --share' exits 0
kill -9 "$runner"
wait "$runner" 2>/dev/null
kill -9 "$trial" 2>/dev/null
try "$ANEPROBE" run steady --out "$work/taken" --seed 7
check 'a lock that a killed run left is taken over' exits 0
try "$ANEPROBE" run --resume "$work/first" --share --seed 1
check 'resume takes --share, and no settings' says "only '--tap', '--open', '--share' and '--wait-idle' can be combined with it"
# Another user's lock, whatever it holds; and what is no lock.
printf 'process 1 \033[2J since\001 ever\nmore\n' >"$work/aneprobe-run.4000000"
if command -v flock >/dev/null 2>&1; then
    flock "$work/aneprobe-run.4000000" sh -c 'echo >"$1/flocked"; while [ ! -e "$1/let-go" ]; do sleep 0.1; done' sh "$work" &
    locker=$!
    wait_for test -e "$work/flocked"
    try "$ANEPROBE" run steady --out "$work/other-user" --seed 7
    check "another user's lock: exit 2" exits 2
    check "another user's lock: said in one line, without control characters" says 'machine: process 1  \[2J since  ever; wait'
    : >"$work/let-go"
    wait "$locker"
else
    skip "another user's lock" 'flock is not here'
fi
try "$ANEPROBE" run steady --out "$work/other-user" --seed 7
check "another user's lock that nobody holds" exits 0
own=$work/aneprobe-run.$(id -u)
rm -f "$own" && ln -s "$work/victim" "$own"
try "$ANEPROBE" run steady --out "$work/linked" --seed 7
check 'a link in place of the lock is not followed' absent "$work/victim"
check 'a link in place of the lock: said' says "cannot make the lock $own"
rm "$own"

# ---- the page

tools=$work/tools
mkdir "$tools"
case $(uname -s) in Darwin) opener=open ;; *) opener=xdg-open ;; esac
try env PATH="$tools" "$ANEPROBE" run steady --out "$work/unopened" --seed 7 --open
check '--open where nothing can open: exit 2' exits 2
check '--open where nothing can open: nothing was run' absent "$work/unopened"
printf '#!/bin/sh\necho "$*" >"%s/opened"\n' "$work" >"$tools/$opener"
chmod +x "$tools/$opener"
try env PATH="$tools:$PATH" "$ANEPROBE" run steady --out "$work/opened-run" --seed 7 --open
check '--open: exit 0' exits 0
check '--open: the report, where there is no page' contains "$work/opened" "^$work/opened-run/PROBE_RESULTS.md\$"
printf '#!/bin/sh\nexit 3\n' >"$tools/$opener"
try env PATH="$tools:$PATH" "$ANEPROBE" run steady --out "$work/opened-not" --seed 7 --open
check '--open that fails is said' says "$opener did not open .*; open it yourself"
check '--open that fails takes nothing from the run' exits 0

end_checks
