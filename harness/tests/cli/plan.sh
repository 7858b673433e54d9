#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe plan`, simulated chips, and the files they come from, as a user meets them.
#     SIMS  harness/tests/sims
#     BUILD   the build directory
. "$(dirname "$0")/lib.sh"
use_real
TMPDIR=$work
export TMPDIR
results=$(cd "$(dirname "$0")/../../../results" && pwd)
plots=$results/../plots

# field COLUMN WAY: of the table in $work/out. Only the last column may hold a comma.
field() {
    awk -F, -v name="$1" -v way="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        $10 == way { print $c }' "$work/out"
}
is() { [ "$(field "$1" "$2")" = "$3" ]; }

try "$ANEPROBE" plan --help
check 'help: exit code' exits 0
check 'help: usage' prints '^usage: aneprobe plan --chip'

try "$ANEPROBE" plan --chip m4 --model stories110m --accum 10 --update all --format csv
check 'M4: exit code' exits 0
check 'M4: five ways' [ "$(wc -l <"$work/out")" -eq 6 ]
check 'M4: says that it is simulated' prints ',sim:m4,M4,,virtual,simulated,stories110m,10,sync,'
check 'M4: sync restarts for every update' is restarts_per_update sync 1
check 'M4: a double set does not fit' is possible double no
published=$(awk -F, '$1 == "M4" && $2 == "host_static_step_ms" { print $3 }' "$results/chips.csv")
check "M4: a step of the published model takes what was published, $published ms" is step_ms sync "$published"
check 'M4: and what would be needed' prints '61 + 60 = 121 programs but the limit is 119 compiles in a process.*--cut three'
check 'M4: nothing is said of what cannot be' is step_ms double ''
check 'M4: reload is refused' is possible reload no
check 'M4: mapped is not known to work' is possible mapped no
check 'M4: dynamic compiles ten programs once' is compiles_in_process dynamic 10
check 'M4: how far predictions are off' says 'check: static_step_ms, M4 left out'
cp "$work/out" "$work/first"
try "$ANEPROBE" plan --chip M4 --format csv --out "$work/table.csv" --timeline "$work/spans.csv"
check 'the same in capitals and into a file' same "$work/first" "$work/table.csv"
check 'nothing on standard output then' [ ! -s "$work/out" ]
check 'spans' contains "$work/spans.csv" '^sync,stall,[0-9.]*,[0-9.]*$'

try "$ANEPROBE" plan --chip m5-pro --update double --max-stale inf --format csv
check 'M5 Pro: one set loaded' is programs_loaded double 61

# A program of one's own: 4096 x 4096 weights, twice 16.8 M multiply-adds and 33.6 MB.
mkdir "$work/own" "$work/own/weights"
{
    printf '\001\000\000\000\002\000\000\000' # one blob, version 2
    head -c 56 /dev/zero
    printf '\357\276\255\336\001\000\000\000\000\000\000\002\000\000\000\000\200\000\000\000\000\000\000\000'
    head -c 40 /dev/zero
    head -c 33554432 /dev/zero
} >"$work/own/weights/w.bin"
cat >"$work/own/own.mil" <<'MIL'
program(1.3)
{
func main<ios18>(tensor<fp16, [1, 4096, 1, 1]> x) {
string pt = const()[name=string("pt"), val=string("valid")];
tensor<int32, [2]> st = const()[name=string("st"), val=tensor<int32, [2]>([1,1])];
tensor<int32, [4]> pd = const()[name=string("pd"), val=tensor<int32, [4]>([0,0,0,0])];
tensor<int32, [2]> dl = const()[name=string("dl"), val=tensor<int32, [2]>([1,1])];
int32 gr = const()[name=string("gr"), val=int32(1)];
tensor<fp16, [4096,4096,1,1]> W = const()[name=string("W"), val=tensor<fp16, [4096,4096,1,1]>(BLOBFILE(path=string("@model_path/weights/w.bin"), offset=uint64(64)))];
tensor<fp16, [1,4096,1,1]> y = conv(dilations=dl,groups=gr,pad=pd,pad_type=pt,strides=st,weight=W,x=x)[name=string("y")];
} -> (y);
}
MIL
own() { # CHIP COLUMN: of the table in $work/out, which has no comma in a cell
    awk -F, -v name="$2" -v chip="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        $4 == chip { print $c }' "$work/out"
}
try "$ANEPROBE" plan --program "$work/own/own.mil" --format csv
check 'a program: exit code' exits 0
check 'a program: a row for each chip' [ "$(wc -l <"$work/out")" -eq "$(($(tail -n +2 "$results/chips.csv" | cut -d, -f1 | uniq | wc -l) + 1))" ]
check 'a program: its arithmetic' [ "$(own M4 flop)" = 33554432 ]
check 'a program: its bytes' [ "$(own M4 bytes)" = $((33554432 + 2 * 8192)) ]
check 'a program: bound by them' [ "$(own M4 bound)" = bytes ]
check 'a program: the interval holds the estimate' awk "BEGIN { exit !($(own M4 low_ms) < $(own M4 eval_ms) && $(own M4 eval_ms) < $(own M4 high_ms)) }"
# 33.6 MB at 67 GB/s, the rate that is published of M4, are 0.5 ms: within
check 'a program: the interval holds the published rate' awk "BEGIN { exit !($(own M4 high_ms) > 0.5 && $(own M4 low_ms) < 0.5) }"
check 'a program: a chip without figures says which' [ "$(own 'M1 Pro' reason)" = 'no figure of dispatch_us is published for M1 Pro' ]
check 'a program: and has none' [ -z "$(own 'M1 Pro' eval_ms)" ]
try "$ANEPROBE" plan --program "$work/own/own.mil" --chip m4 --format csv
check 'a program on one chip: one row' [ "$(wc -l <"$work/out")" -eq 2 ]
try "$ANEPROBE" plan --program "$work/none.mil"
check 'no program: exit code' exits 2
check 'no program: named' says 'none.mil: No such file'
rm -r "$work/own"

# Each time that a plan is made from.
figure() { # QUANTITY COLUMN: of the table in $work/out, which has no comma in a cell before
    awk -F, -v name="$2" -v quantity="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        $7 == quantity { print $c }' "$work/out"
}
try "$ANEPROBE" plan --chip m2-pro --figures --format csv
check 'figures: exit code' exits 0
check 'figures: a row for each' [ "$(wc -l <"$work/out")" -eq 14 ]
check 'figures: from relatives' [ "$(figure static_step_ms basis)" = predicted ]
check 'figures: within the interval' awk "BEGIN { exit !($(figure static_step_ms low_ms) < $(figure static_step_ms ms) && $(figure static_step_ms ms) < $(figure static_step_ms high_ms)) }"
check 'figures: too few chips are no prediction' [ "$(figure nap_wake_ms basis),$(figure nap_wake_ms ms)" = unknown, ]
check 'figures: and say so' [ "$(figure nap_wake_ms reason)" = 'published for 2 chips; a prediction and an interval take 3' ]
try "$ANEPROBE" plan --chip m6 --figures --format csv
check 'figures: of the chip itself' [ "$(figure nap_wake_ms basis),$(figure nap_wake_ms ms),$(figure nap_wake_ms low_ms)" = published,3.77, ]
try "$ANEPROBE" plan --chip m6
check 'a plan says what is not predicted' says 'nap_wake_ms: not predicted for other chips: published for 2 chips'

# Intervals are as wide as those of the figure behind them: sync and double compile the same set, in other times.
try "$ANEPROBE" plan --chip m5 --format jsonl
number() { sed -n "s/.*\"update\":\"$1\".*\"$2\":\([0-9.]*\).*/\1/p" "$work/out"; }
is_as_wide() { # METRIC: its high end, and its low one, to itself
    awk -v a="$(number sync "$1_ms")" -v b="$(number double "$1_ms")" -v low_a="$(number sync "$1_low_ms")" -v low_b="$(number double "$1_low_ms")" \
        -v high_a="$(number sync "$1_high_ms")" -v high_b="$(number double "$1_high_ms")" '
        function near(x, y) { return x > 0.995 * y && x < 1.005 * y }
        BEGIN { exit !(low_b < b && b < high_b && near(low_a / a, low_b / b) && near(high_a / a, high_b / b) && near(a / low_a, high_a / a)) }'
}
check 'M5: two ways compile in other times' [ "$(number sync compile_ms)" != "$(number double compile_ms)" ]
for metric in compile step; do check "M5: intervals of $metric" is_as_wide $metric; done
# What is known of relatives alone has two digits, and in the table its interval beside it.
try "$ANEPROBE" plan --chip m4-pro --update sync
check 'M4 Pro: two digits' awk 'NR == 2 { exit !($3 ~ /^[0-9][0-9]0*$/ && $4 ~ /^[0-9][0-9]0*$/) }' "$work/out"
check 'M4 Pro: the interval is shown' prints 'step_low_ms  step_high_ms  compile_low_ms  compile_high_ms'

# usage ARGUMENT... MESSAGE
usage() {
    for message in "$@"; do :; done
    n=$(($# - 1))
    i=0
    for argument in "$@"; do
        [ $i -gt 0 ] || set --
        [ $i -ge $n ] || set -- "$@" "$argument"
        i=$((i + 1))
    done
    try "$ANEPROBE" plan "$@"
    check "plan $*: exit code" exits 2
    check "plan $*: $message" says "$message"
    check "plan $*: no table" [ ! -s "$work/out" ]
}
usage 'chip is missing'
usage --chip m9 'the chips are m1, '
usage --chip '' 'takes a chip, such as m4'
usage --chip "$SIMS/plain.sim" 'takes a chip, such as m4'
usage --chip 'm4,numerics=on' 'takes a chip, such as m4'
usage --chip m4 --model gpt-9 'neither a known shape'
usage --chip m4 --model dim=33,heads=2 'even number of channels'
usage --chip m4 --update fast 'takes sync, double'
for number in 0 -1 1001 1e400 nan 1.5 '' 99999999999999999999; do
    usage --chip m4 --accum "$number" 'from 1 to 1000'
done
usage --chip m4 --max-stale -1 'from 0 to 1000'
usage --chip m4 --accum 'needs a value'
usage --chip m4 extra 'unexpected argument'
usage --chip m4 --fast 1 'unknown option'
usage --check --chip m4 "--check does not take '--chip'"
usage --figures 'chip is missing'
usage --figures --chip m4 --accum 3 "--figures does not take '--accum'"
usage --check --accum 3 "--check does not take '--accum'"

try "$ANEPROBE" plan --chip m9 --out "$work/first"
check 'a file is not touched for an unknown chip' [ -s "$work/first" ]
try "$ANEPROBE" plan --chip m4 --out /nonexistent/table.csv
check 'no such directory: exit code' exits 99
try env ANEPROBE_SOURCE="$work" "$ANEPROBE" plan --chip m4
check 'no table of chips: exit code' exits 99
check 'no table of chips: which' says 'results/chips.csv'
if [ -e /dev/full ]; then
    try sh -c '"$1" plan --chip m4 --update sync >/dev/full' sh "$ANEPROBE"
    check 'full output: exit code' exits 99
else
    skip 'full output: exit code' 'there is no /dev/full'
fi

# The committed tables follow from the committed figures.
try sh "$results/chips.sh" --help
check 'tables: --help is no directory' prints '^usage: chips.sh'
try sh "$results/chips.sh" "$BUILD" "$work"
check 'tables: exit code' exits 0
check 'results/chips.csv is up to date' same "$work/chips.csv" "$results/chips.csv"
check 'results/plan_check.csv is up to date' same "$work/plan_check.csv" "$results/plan_check.csv"
printf 'source,chip\nx,y\n' >"$work/short.csv"
try "$BUILD/harness/chips/aneprobe-chips" "$work/short.csv"
check 'published figures without a column: exit code' exits 99
check 'published figures without a column: which' says 'date'

# A simulated engine of a chip as a device.
try "$ANEPROBE" devices sim:M4
check 'sim:M4 opens' prints 'sim:m4 opens here; times are virtual'
check 'what is fitted' prints 'sim_dispatch_us_basis *fitted'
check 'what is not known' prints 'sim_load_ms_basis *default'
try "$ANEPROBE" devices sim:m9
check 'unknown chip: exit code' exits 2
check 'unknown chip: those there are' says 'm1-max.*m5-max'

# Its report says what it is, and how accurate plans for it were.
if command -v sqlite3 >/dev/null 2>&1; then
    try "$ANEPROBE" run ping_pong --device sim:m4 --quick --out "$work/run"
    check 'a run on sim:m4: exit code' exits 0
    report=$work/run/PROBE_RESULTS.md
    check 'report: simulated' contains "$report" 'Everything below is simulated'
    check 'report: predicted and published' contains "$report" '^| \*\*M4\*\* | step, weights compiled in | 107.0 ms |'
    check 'report: nothing says measured' [ "$(grep -c 'was measured\|were measured' "$report")" -eq 0 ]
    check 'samples: virtual clock' contains "$work/run/samples/ping_pong.csv" ',sim:m4,virtual,'
else
    skip 'report of a simulated chip' 'sqlite3 is missing'
fi

# Files that are not valid sim files.
try "$ANEPROBE" devices "sim:$work"
check 'a directory: exit code' exits 2
printf 'load_ms,1\nlimit_kind,loaded\nlimit_value,0\n' >"$work/zero.sim"
try "$ANEPROBE" devices "sim:$work/zero.sim"
check 'limit 0' says 'zero.sim:3: limit_value cannot be "0"'
printf 'load_ms,1e400\n' >"$work/huge.sim"
try "$ANEPROBE" devices "sim:$work/huge.sim"
check '1e400' says 'huge.sim:1: load_ms cannot be "1e400"'
printf '# x\nload_ms,-1\n' >"$work/negative.sim"
try "$ANEPROBE" devices "sim:$work/negative.sim"
check 'a negative time' says 'negative.sim:2: load_ms cannot be "-1"'
printf 'speed,1\n' >"$work/unknown.sim"
try "$ANEPROBE" devices "sim:$work/unknown.sim"
check 'an unknown key' says 'unknown.sim:1: unknown key "speed"'
printf 'load_ms,\n' >"$work/missing.sim"
try "$ANEPROBE" devices "sim:$work/missing.sim"
check 'a missing value' says 'missing.sim:1: load_ms has no value'
# a gigabyte of lines, of which only as much is read as a sim file may have
{ yes '# text' | head -c 100000; dd if=/dev/zero bs=1 count=1 seek=1073741824; } \
    >"$work/large.sim" 2>/dev/null
try "$ANEPROBE" devices "sim:$work/large.sim"
check 'a gigabyte: exit code' exits 99
check 'a gigabyte: where and why' says 'large.sim:9363: more than 65536 bytes'

if command -v gnuplot >/dev/null 2>&1 && command -v sqlite3 >/dev/null 2>&1; then
    try env ANEPROBE="$ANEPROBE" sh "$plots/plan.sh" "$work/plan.svg" --chip m5
    check 'timeline: exit code' exits 0
    check 'timeline: a figure' contains "$work/plan.svg" 'not possible'
    check 'timeline: whose it is' contains "$work/plan.svg" 'simulated from published figures'
    try env ANEPROBE="$ANEPROBE" sh "$plots/plan.sh" "$work/none.svg" --chip m9
    check 'timeline of an unknown chip: exit code' exits 2
    check 'timeline of an unknown chip: no figure' absent "$work/none.svg"
else
    skip 'timeline' 'gnuplot or sqlite3 is missing'
fi
end_checks
