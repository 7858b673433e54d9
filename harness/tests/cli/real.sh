#!/bin/sh
# SPDX-License-Identifier: MIT
# The command with the suite's real programs: they fit together, and messages of a device or compiler reach the
# user. What the probes find is tested elsewhere.
#     SIMS  harness/tests/sims
. "$(dirname "$0")/lib.sh"
use_real

try "$ANEPROBE" list
check 'list: exit 0' exits 0
for program in chaining_loopback compile_limit overlap qos_sweep weight_baking; do
    check "list: $program with its question" prints "^$program  *probe  *[A-Z].*?"
done
try "$ANEPROBE" devices --help
check 'devices' prints '^usage: aneprobe'
try "$ANEPROBE" mil --help
check 'mil' prints '^usage: aneprobe mil'
try "$ANEPROBE" mil "$work/none.mil"
check 'mil: a file that is not there' says 'none.mil'
check 'mil: a file that is not there: exit 2' exits 2

try "$ANEPROBE" run --out "$work/none" --device gpu
check 'unknown device: which there are' says 'no device .gpu.*auto, ane, coreml, cpu, sim'
check 'unknown device: exit 2' exits 2
for wrong in cqu:cores=1 cp; do
    try "$ANEPROBE" devices $wrong
    check "$wrong: the nearest" says 'did you mean .cpu.?'
done
try "$ANEPROBE" run --out "$work/none" --device "sim:$work/none.sim"
check 'no such sim file: named' says "$work/none.sim"
check 'no such sim file: exit 2' exits 2
echo 'colour,blue' >"$work/bad.sim"
try "$ANEPROBE" run --out "$work/none" --device "sim:$work/bad.sim"
check 'a bad sim file: line' says 'bad.sim:1'
check 'a bad sim file: exit 99' exits 99
try env ANEPROBE_CC=/nonexistent/cc "$ANEPROBE" run --out "$work/none" --device cpu chaining_loopback
check 'no compiler: which, and what to do' says '/nonexistent/cc.*ANEPROBE_CC'
check 'no compiler: exit 99' exits 99
check 'nothing was made by any of these' absent "$work/none"

# A compiler that exists but does not work: the trials report it.
try env ANEPROBE_CC=/bin/false "$ANEPROBE" run --out "$work/false" --quick --device cpu ping_pong
check 'a compiler that fails: exit 1' exits 1
check 'a compiler that fails: said for each job' says '^job [0-9]* ping_pong .*: failed: .*compile'

run=$work/run
sim=sim:$SIMS/chain-works.sim
try "$ANEPROBE" run --out "$run" --quick --seed 3 --device "$sim" chaining_loopback
check 'a run on a simulated engine: exit 0' exits 0
check 'a run on a simulated engine: the truth of the simulated engine' prints '^chaining.executes  *reproduced'
check 'a run on a simulated engine: says so' contains "$run/machine.csv" '^kind,sim$'
check 'a run on a simulated engine: virtual time' contains "$run/machine.csv" '^clock,virtual$'
cp "$run/verdicts.csv" "$run/summary.csv" "$work"
try "$ANEPROBE" judge "$run"
check 'judged again: the same verdicts' same "$run/verdicts.csv" "$work/verdicts.csv"
check 'judged again: the same summary' same "$run/summary.csv" "$work/summary.csv"
try "$ANEPROBE" run --out "$work/again" --quick --seed 3 --device "$sim" chaining_loopback
check 'same seed, same samples' same "$run/samples/chaining_loopback.csv" \
    "$work/again/samples/chaining_loopback.csv"
try "$ANEPROBE" run --resume "$run"
check 'resumed when all is done' exits 0

samples=$run/samples/chaining_loopback.csv
cp "$samples" "$work/samples.csv"
damaged() { # NAME MESSAGE
    try "$ANEPROBE" judge "$run"
    check "$1: said, with file and line" says "$2"
    check "$1: exit 99" exits 99
}
sed '3s/,[^,]*,[^,]*$//' "$work/samples.csv" >"$samples"
damaged 'a short row' 'chaining_loopback.csv:3:'
awk -F, -v OFS=, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
    NR > 1 && !line && $column["chain_ns"] != "" { $column["chain_ns"] = "nan"; line = NR }
    { print }
    END { print line >line_file }' line_file="$work/line" "$work/samples.csv" >"$samples"
damaged 'a NaN' "chaining_loopback.csv:$(cat "$work/line"): .*nan"
head -c "$(($(wc -c <"$work/samples.csv") - 5))" "$work/samples.csv" >"$samples"
damaged 'samples that are cut' 'chaining_loopback.csv:'
try "$ANEPROBE" run --resume "$run"
check 'resume makes them again from jobs/' same "$samples" "$work/samples.csv"
check 'and judges them as before' same "$run/verdicts.csv" "$work/verdicts.csv"
end_checks
