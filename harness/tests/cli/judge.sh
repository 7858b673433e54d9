#!/bin/sh
# SPDX-License-Identifier: MIT
# Judging stored samples, again and when they are damaged.
. "$(dirname "$0")/lib.sh"
use_programs steady nan second cut
run=$work/run
try "$ANEPROBE" run --out "$run" --seed 5
check 'a NaN: exit 99' exits 99
check 'a NaN: file and line' says "samples/nan.csv:2:"
check 'a NaN: what to do' says "remove that trial's rows"
check 'a NaN: the program' says 'cannot judge nan'
check 'half a summary is refused' says 'cannot judge cut: .*cut off'
check 'half a summary is not taken over' test -z "$(grep '^cut' "$run/summary.csv" "$run/verdicts.csv")"
check 'the others are judged' contains "$run/verdicts.csv" '^steady.reproduced'
check 'the others are judged, in the order of the manifest' test \
    "$(sed 1d "$run/verdicts.csv" | cut -d. -f1 | uniq | tr '\n' ' ')" = 'steady second '
check 'samples stay as they are' contains "$run/samples/nan.csv" ',nan,ok,'

use_programs steady second
run=$work/again
try "$ANEPROBE" run --out "$run" --seed 5
cp "$run/summary.csv" "$work/summary.csv"
cp "$run/verdicts.csv" "$work/verdicts.csv"
rm -r "$run/summary.csv" "$run/verdicts.csv" "$run/jobs"
try "$ANEPROBE" judge "$run"
check 'again: exit 0' exits 0
check 'again: the verdicts' prints '^second.untrusted'
check 'again: the same summary' same "$run/summary.csv" "$work/summary.csv"
check 'again: the same verdicts' same "$run/verdicts.csv" "$work/verdicts.csv"
try "$ANEPROBE" judge "$run"
check 'and again' same "$run/verdicts.csv" "$work/verdicts.csv"
check 'nothing temporary is left' test -z "$(find "$run" -name '*.tmp')"

cp -R "$run" "$work/older"
make_older "$work/older"
try "$ANEPROBE" judge "$work/older"
check 'an older run: exit 0' exits 0
check 'an older run: the same summary' same "$work/older/summary.csv" "$work/summary.csv"
check 'an older run: the same verdicts' same "$work/older/verdicts.csv" "$work/verdicts.csv"

mv "$run/samples/second.csv" "$work/second.csv"
try "$ANEPROBE" judge "$run"
check 'samples that are gone: exit 99' exits 99
check 'samples that are gone: which' says 'again/samples/second.csv is missing, but jobs.csv has finished trials of second'
check 'samples that are gone: the verdicts stay' same "$run/verdicts.csv" "$work/verdicts.csv"
mv "$work/second.csv" "$run/samples/second.csv"

use_programs second
try "$ANEPROBE" judge "$run"
check 'a program that this build lacks: exit 99' exits 99
check 'a program that this build lacks: said' says 'steady: this build has no such experiment'
check 'a program that this build lacks: others are judged' contains "$run/verdicts.csv" '^second.reproduced'

use_programs steady second
lost=$work/lost
try "$ANEPROBE" run --out "$lost" --seed 5
rm "$lost/samples/steady.csv"
job=$(awk -F, '$2 == "steady" { printf "%04d", $1; exit }' "$lost/jobs.csv")
sed '$d' "$lost/jobs/$job/samples.csv" >"$work/rows" && cp "$work/rows" "$lost/jobs/$job/samples.csv"
try "$ANEPROBE" judge "$lost"
check 'rows of a trial are lost: exit 99' exits 99
check 'rows of a trial are lost: which, and what to do' says "^aneprobe: jobs.csv:[0-9]*: job [0-9]* succeeded, but $lost/jobs/$job/samples.csv no longer shows it .*; restore that file"
check 'rows of a trial are lost: no samples without them' absent "$lost/samples/steady.csv"

echo 'job,experiment' >"$run/schedule.csv"
try "$ANEPROBE" judge "$run"
check 'a damaged schedule: line' says "schedule.csv:1: .*no column 'arm'"
check 'a damaged schedule: exit 99' exits 99

# The newest run is found by its time, on any machine; other directories do not count.
newest=$FAKES/../../runner/newest.sh
for made in zebra/20240101T000000Z-a ant/20250101T000000Z-b zebra/20241231T235959Z-c; do
    mkdir -p "$work/results/$made" && echo >"$work/results/$made/schedule.csv"
done
mkdir "$work/results/ant/20990101T000000Z-d"
try sh "$newest" "$work/results" echo run
check 'newest run' prints "^run $work/results/ant/20250101T000000Z-b\$"
try sh "$newest" "$work/nothing" echo run
check 'no run at all: exit 99' exits 99
check 'no run at all: what to do' says "make one with 'aneprobe run'"
end_checks
