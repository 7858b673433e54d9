#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe compare BASE NEW --gate` and `aneprobe baseline`, on simulated engines that are equal or differ by a
# known amount. Seeds are fixed, so the results are, too.
#     SIMS    harness/tests/sims
#     BUILD   the build directory
. "$(dirname "$0")/lib.sh"
use_real
HOME=$work/home XDG_DATA_HOME=$work/data
export HOME XDG_DATA_HOME
mkdir -p "$HOME"
schema=$(cd "$(dirname "$0")/../../.." && pwd)/docs/tables.schema.json

cp "$SIMS/plain.sim" "$work/equal.sim"
{ cat "$SIMS/plain.sim" && echo 'dispatch_us,168'; } >"$work/slow.sim"
# measure NAME SIM SEED [EXPERIMENT OPTION...]
measure() {
    to=$work/$1 of=$2 with=$3
    shift 3
    [ $# -gt 0 ] || set -- ping_pong
    "$ANEPROBE" run "$@" --fixed --device "sim:$of" --seed "$with" --out "$to" >/dev/null 2>"$work/run.err"
}
measure base "$SIMS/plain.sim" 1
measure equal "$work/equal.sim" 2
measure slow "$work/slow.sim" 3
measure few "$SIMS/plain.sim" 4 compile_sequence --quick
measure few-new "$work/equal.sim" 5 compile_sequence --quick

try "$ANEPROBE" compare "$work/base" "$work/equal" --gate 5
check 'equal: exit 0' exits 0
check 'equal: metrics within' prints '^ping_pong  *two-programs  *pair_eval_ns .*within$'
check 'equal: how many were compared' prints 'metrics compared: 0 worse by more than 5 %, 0 better'
check 'equal: what was not, and why' prints 'not compared, of this unit neither side is better: ping_pong .* overhead_ratio'
try "$ANEPROBE" compare "$work/base" "$work/slow" --gate 5
check 'slower: exit 1' exits 1
check 'slower: said' says 'metrics are worse by more than 5 %'
check 'slower: which' prints '^ping_pong  *two-programs  *pair_eval_ns .*worse$'
try "$ANEPROBE" compare "$work/base" "$work/slow" --gate 50
check 'slower by less than the margin: exit 0' exits 0
try "$ANEPROBE" compare "$work/slow" "$work/base" --gate 5
check 'faster: exit 0' exits 0
check 'faster: said' prints '^ping_pong  *two-programs  *pair_eval_ns .*better$'
try "$ANEPROBE" compare "$work/base" "$work/slow" --gate 5 --format json
check 'json: exit 1' exits 1
check 'json: by the schema' "$BUILD/harness/tests/schema/schema_validate" "$schema" "$work/out"
try "$ANEPROBE" compare "$work/few" "$work/few-new" --gate 5
check 'too few processes: exit 99' exits 99
check 'too few processes: how many there must be' says 'too few processes: .* need about [0-9]* in each run'

cp -R "$work/base" "$work/older"
make_older "$work/older"
try "$ANEPROBE" compare "$work/older" "$work/slow" --gate 5
check 'an older base: which are slower' prints '^ping_pong  *two-programs  *pair_eval_ns .*worse$'

# What cannot be compared with what.
cp -R "$work/equal" "$work/other"
sed 's/^chip,.*/chip,another/' "$work/equal/machine.csv" >"$work/other/machine.csv"
try "$ANEPROBE" compare "$work/base" "$work/other" --gate 5
check 'another chip: exit 2' exits 2
check 'another chip: said' says 'two runs of one machine'
sed 's/^clock,.*/clock,measured/' "$work/equal/machine.csv" >"$work/other/machine.csv"
try "$ANEPROBE" compare "$work/base" "$work/other" --gate 5
check 'another clock: exit 2' exits 2
cp "$work/equal/machine.csv" "$work/other/machine.csv"
awk -F, -v OFS=, 'NR > 1 { $13 = "0123456789abcdef" } { print }' "$work/equal/summary.csv" >"$work/other/summary.csv"
try "$ANEPROBE" compare "$work/base" "$work/other" --gate 5
check 'other programs: exit 99, as nothing can be compared' exits 99
check 'other programs: said' prints 'not compared, the programs differ'
rm "$work/other/samples/ping_pong.csv"
cp "$work/equal/summary.csv" "$work/other/summary.csv"
try "$ANEPROBE" compare "$work/base" "$work/other" --gate 5
check 'no samples: exit 99' exits 99
check 'no samples: said' prints 'not compared, this build computes no such metric from its samples'
measure pair "$SIMS/plain.sim" 6 ping_pong dispatch --quick
cp -R "$work/pair" "$work/torn" && echo torn >"$work/torn/samples/dispatch.csv" && rm "$work/torn/samples/ping_pong.csv"
try "$ANEPROBE" compare "$work/pair" "$work/torn" --gate 5
check 'samples that are torn: said of their experiment' prints 'not compared, .*dispatch --judge failed with exit code 99: dispatch '
check 'samples that are torn: not of another' prints 'not compared, this build computes no such metric from its samples: ping_pong '
rm "$work/other/summary.csv"
try "$ANEPROBE" compare "$work/base" "$work/other" --gate 5
check 'not judged: exit 2' exits 2
check 'not judged: what to do' says 'aneprobe judge'
try "$ANEPROBE" compare "$work/base" --gate 5
check 'one run: exit 2' exits 2
try "$ANEPROBE" compare "$work/base" "$work/none" --gate 5
check 'no such run: exit 2' exits 2
check 'no such run: nor a baseline' says 'neither a run directory nor a baseline'
try "$ANEPROBE" compare "$work/base" "$work/equal" --gate=much
check 'no number: exit 2' exits 2
try "$ANEPROBE" compare "$work/base" "$work/equal" --gate -3
check 'a negative margin: exit 2' exits 2

cp -R "$work/equal" "$work/stopped"
sed 's/^trials,.*/trials,until-decided/' "$work/equal/settings.csv" >"$work/stopped/settings.csv"
try "$ANEPROBE" compare "$work/base" "$work/stopped" --gate 5
check 'trials that ended early: exit 2' exits 2
check 'trials that ended early: what to do' says 'make runs with --fixed'

# Baselines.
try "$ANEPROBE" baseline list
check 'no baseline yet: exit 0' exits 0
try "$ANEPROBE" baseline save main "$work/base"
check 'save: exit 0' exits 0
check 'save: in the data folder' test -d "$XDG_DATA_HOME/aneprobe/baselines/main" -o -d "$HOME/Library/Application Support/aneprobe/baselines/main"
try "$ANEPROBE" baseline save main "$work/slow"
check 'save: a name that is taken: exit 2' exits 2
check 'save: a name that is taken: what to do' says '[-]-replace'
try "$ANEPROBE" baseline save of-before "$work/older"
check 'an older run: exit 0' exits 0
try "$ANEPROBE" compare of-before "$work/slow" --gate 5
check 'an older baseline: slower: exit 1' exits 1
try "$ANEPROBE" baseline remove of-before
check 'an older baseline: nothing of it stays' exits 0
mv "$work/base" "$work/moved"
try "$ANEPROBE" compare main "$work/equal" --gate 5
check 'a baseline stays when its run is gone' exits 0
try "$ANEPROBE" compare main "$work/slow" --gate 5
check 'a baseline: slower: exit 1' exits 1
try "$ANEPROBE" baseline save main "$work/slow" --replace
check 'replace: exit 0' exits 0
try "$ANEPROBE" compare main "$work/slow" --gate 5
check 'replace: the other run' exits 0
# Without HOME they are in the user's home all the same, not in the directory where the command happens to run.
mkdir -p "$work/here/.local/share" "$work/here/Library/Application Support"
for folder in .local/share "Library/Application Support"; do
    mkdir "$work/here/$folder/aneprobe"
    cp -R "$(dirname "$(find "$work/data" "$HOME" -type d -name main | head -n 1)")" "$work/here/$folder/aneprobe/"
    mv "$work/here/$folder/aneprobe/baselines/main" "$work/here/$folder/aneprobe/baselines/misplaced"
done
try sh -c 'cd "$1" && exec env -u HOME -u XDG_DATA_HOME "$2" baseline list' sh "$work/here" "$ANEPROBE"
check 'no HOME: not those of the current directory' eval '! prints misplaced'
try "$ANEPROBE" baseline save other "$work/equal"
try "$ANEPROBE" baseline list
check 'list: both, in order' [ "$(sed 1d "$work/out" | cut -d' ' -f1 | tr '\n' ' ')" = 'main other ' ]
try "$ANEPROBE" baseline list --format jsonl
check 'list: by the schema' "$BUILD/harness/tests/schema/schema_validate" "$schema" "$work/out" lines
try "$ANEPROBE" baseline remove other
check 'remove: exit 0' exits 0
try "$ANEPROBE" baseline remove other
check 'remove again: exit 2' exits 2
check 'remove again: what there is' says 'baseline list'
longest=$(printf '%064d' 0)
try "$ANEPROBE" baseline save "$longest" "$work/equal"
check 'a name of 64 bytes: exit 0' exits 0
try "$ANEPROBE" baseline remove "$longest"
for name in '../x' .hidden -x 'a b' '' "${longest}0"; do
    try "$ANEPROBE" baseline save -- "$name" "$work/equal"
    check "the name '$name': exit 2" exits 2
done
check 'nothing is made elsewhere' [ "$(find "$work/data" "$HOME" -name '*x' -o -name '.new*' -o -name '.old*' | wc -l)" -eq 0 ]
try "$ANEPROBE" baseline save again "$work/none"
check 'save of no run: exit 2' exits 2
rm "$work/equal/verdicts.csv"
try "$ANEPROBE" baseline save again "$work/equal"
check 'save of a run that is not judged: exit 2' exits 2
try "$ANEPROBE" baseline list
check 'and nothing is left of it' [ "$(sed 1d "$work/out" | wc -l)" -eq 1 ]
check 'nor half of it' [ -z "$(find "$work/data" "$HOME" -name '.new*')" ]
try "$ANEPROBE" baseline
check 'no verb: exit 2' exits 2
try "$ANEPROBE" baseline drop main
check 'an unknown verb: exit 2' exits 2
end_checks
