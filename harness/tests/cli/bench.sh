#!/bin/sh
# SPDX-License-Identifier: MIT
# aneprobe bench: a user's programs: right, wrong, refused, hanging and crashing.
#     GOLDEN  harness/tests/package
#     SIMS    harness/tests/sims
. "$(dirname "$0")/lib.sh"
use_real
TMPDIR=$work
export TMPDIR
sim=sim:$SIMS/plain.sim

# value METRIC DEVICE [OPERATOR]: of the CSV in $work/out; columns are found by name.
value() {
    awk -F, -v metric="$1" -v device="$2" -v operator="${3:-}" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["metric"] == metric && index($at["device"], device) == 1 && $at["operator"] == operator { print $at["value"] }' "$work/out"
}
outcome() {
    awk -F, -v device="$1" -v operator="${2:-}" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["metric"] == "outcome" && index($at["device"], device) == 1 && $at["operator"] == operator { print $at["outcome"] }' "$work/out"
}
outcome_is() { [ "$(outcome "$1" "${3:-}")" = "$2" ]; }
# above LOW X: both are numbers.
above() { awk -v low="$1" -v x="$2" 'BEGIN { exit !(x != "" && x + 0 > low) }'; }
is() { [ "$(value "$1" "$2" "${4:-}")" = "$3" ]; }
has_none() { [ -z "$(value "$1" "$2" "${3:-}")" ]; }

cat >"$work/p.mil" <<'END'
program(1.3)
{
    func main<ios18>(tensor<fp16, [1, 4, 1, 8]> x) {
        tensor<fp16, [1, 4, 1, 8]> a = mul(x = x, y = x)[name = string("a")];
        tensor<fp16, [1, 4, 1, 8]> b = sqrt(x = a)[name = string("b")];
        tensor<fp16, [1, 4, 1, 8]> c = tanh(x = b)[name = string("c")];
        tensor<fp16, [1, 4, 1, 8]> y = add(x = c, y = x)[name = string("y")];
    } -> (y);
}
END

try "$ANEPROBE" bench --help
check 'help: exit code' exits 0
check 'help: usage' prints '^usage: aneprobe bench FILE'
try "$ANEPROBE" bench
check 'no file: exit code' exits 2
try "$ANEPROBE" bench "$work/none.mil"
check 'no such file: exit code' exits 2
check 'no such file: said' says 'none.mil: No such file'
try "$ANEPROBE" bench "$work/p.mil" --set z=zeros --device "$sim"
check 'an input that is not there: exit code' exits 2
check 'an input that is not there: which there are' says "has x"
try "$ANEPROBE" bench "$work/p.mil" --function other
check 'a function that is not there: exit code' exits 2
sed 's/x = b/x = q/' "$work/p.mil" >"$work/wrong.mil"
try "$ANEPROBE" bench "$work/wrong.mil"
check 'a wrong text: its place' says 'wrong.mil:6:'

try "$ANEPROBE" bench "$work/p.mil" --device "$sim,cpu" --trials 6 --iterations 120 --format csv --out "$work/out.d"
check 'two devices: exit code' exits 0
check 'two devices: right on the first' outcome_is sim: right
check 'two devices: right on the second' outcome_is cpu right
check 'a cold compile took time' above 0 "$(value compile_cold cpu)"
check 'one from the cache, too' above 0 "$(value compile_cached sim:)"
check 'p99 of 120 evals a process' above 0 "$(value latency_p99 cpu)"
check 'an interval of six processes' [ -n "$(awk -F, '$9 == "latency_p50" && $12 != "" && $14 == 6' "$work/out")" ]
check 'a ratio to the first device' above 0 "$(value latency_p50_ratio cpu)"
check 'none of the first to itself' has_none latency_p50_ratio sim:
check 'simulated times say so' prints 'latency_p50,us.*,simulated,right,,,,,$'
check 'measured times say so' prints 'latency_p50,us.*,measured,right,,,,,$'
check 'every eval is kept' [ "$(wc -l <"$work/out.d/samples.csv")" -eq $((2 * 6 * 120 + 1)) ]
check 'the table is kept' same "$work/out" "$work/out.d/table.csv"
if command -v gnuplot >/dev/null; then
    check 'a figure of both' [ "$(grep -c '>p.mil on .*, 720 evals of 6 processes<' "$work/out.d/latency.svg")" -eq 2 ]
fi
try "$ANEPROBE" bench "$work/p.mil" --device cpu:cache=off --trials 3 --iterations 20 --format csv
check 'without a cache the second compile is apart' [ "$(sed 's/"[^"]*"/cpu/' "$work/out" | awk -F, '$9 ~ /^compile/ { printf "%s %s ", $9, $14 }')" = 'compile_cold 3 compile_again 3 ' ]
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --out "$work/out.d"
check 'nothing is overwritten: exit code' exits 2
check 'nothing is overwritten: said' says 'not empty'

# Two runs with one seed, in virtual time: the same to the byte. Another seed: other noise.
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 2 --iterations 20 --format csv
grep -v ',memory,' "$work/out" >"$work/first"
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 2 --iterations 20 --format csv
grep -v ',memory,' "$work/out" >"$work/second"
check 'the same seed, the same table' same "$work/first" "$work/second"
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 2 --iterations 20 --format csv --seed 2
grep -v ',memory,' "$work/out" >"$work/third"
check 'another seed, another table' eval '! same "$work/first" "$work/third"'

# Forms.
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 1 --iterations 5 --format json
check 'JSON that others read' [ "$(sqlite3 :memory: "SELECT count(*) > 5 AND sum(json_extract(value, '\$.outcome') = 'right') = count(*) FROM json_each(CAST(readfile('$work/out') AS TEXT), '\$.rows')")" = 1 ]
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 1 --iterations 5 --format jsonl
check 'JSON lines' eval 'while IFS= read -r line; do printf "%s" "$line" >"$work/line"; [ "$(sqlite3 :memory: "SELECT json_valid(readfile('"'$work/line'"'))")" = 1 ] || exit 1; done <"$work/out"'
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 1 --iterations 5
check 'text' prints 'p.mil on sim:.* (simulated): right$'

# Several functions, and sizes that are open.
cat >"$work/two.mil" <<'END'
program(1.3)
{
    func main<ios18>(tensor<fp16, [1, 4, 1, ?]> x, tensor<fp16, [?, 1]> z) {
        tensor<fp16, [1, 4, ?, ?]> a = mul(x = x, y = z)[name = string("a")];
        tensor<fp16, [1, 4, ?, ?]> y = tanh(x = a)[name = string("y")];
    } -> (y);
    func closed<ios18>(tensor<fp16, [1, 4, 1, 8]> x) {
        tensor<fp16, [1, 4, 1, 8]> y = exp(x = x)[name = string("y")];
    } -> (y);
    func again<ios18>(tensor<fp16, [1, 4, 1, ?]> q) {
        tensor<fp16, [1, 4, 1, ?]> r = sqrt(x = q)[name = string("r")];
    } -> (r);
}
END
try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --function closd
check 'a function that is not there: exit code' exits 2
check 'a function that is not there: which is near, and which there are' says "function closd: no such function (did you mean 'closed'?); the program has main closed again$"
try "$ANEPROBE" bench "$work/two.mil" --device "$sim,cpu" --function closed --trials 1 --iterations 5 --format csv
check 'one function of several, on both devices' eval 'outcome_is sim: right && outcome_is cpu right'
try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --function closed --trials 1 --iterations 5 --format csv --by-operator
check 'one function of several, by operator' outcome_is sim: right 'exp y'
try "$ANEPROBE" bench "$work/two.mil" --device "$sim"
check 'an open size: exit code' exits 2
check 'an open size: what to do' says "the input 'x' is tensor<fp16, \[1, 4, 1, ?\]>: give its open sizes with --size x=N, or several with --sweep x=N,N"
try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --size y=8
check 'a size of no input: which there are' says 'the size of y: no such input (did you mean .x.?); the program has x z'
try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --size x=8x8
check 'a shape of another rank: exit code' exits 2
check 'a shape of another rank: said' says "x=8x8 does not fit: 'x' is tensor<fp16, \[1, 4, 1, ?\]>"
try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --size x=1x5x1x8
check 'a shape with another size that is not open' says 'x=1x5x1x8 does not fit'
try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --function closed --size x=8
check 'a size that is not open' says "no size of 'x' is open"
for list in x x= x=8,, x=8y =8; do
    try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --sweep "$list"
    check "--sweep $list: exit code" exits 2
done
try "$ANEPROBE" bench "$work/two.mil" --device "$sim,cpu" --sweep x=4,64,16 --size z=3 --trials 6 --iterations 10 --format csv --out "$work/sweep.d"
check 'a sweep: exit code' exits 0
check 'a sweep: a row for every size and device' [ "$(grep -c ',outcome,.*,right,,x=' "$work/out")" -eq 6 ]
check 'a sweep: its sizes, in order' [ "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["metric"] == "latency_p50" { printf "%s ", $at["size"] }' "$work/out")" = 'x=4 x=4 x=64 x=64 x=16 x=16 ' ]
check 'a sweep: every eval is kept with its size' [ "$(grep -c ',x=64$' "$work/sweep.d/samples.csv")" -eq 120 ]
check 'a sweep: compared with the first device at that size' [ "$(grep -c ',latency_p50_ratio,' "$work/out")" -eq 3 ]
if command -v gnuplot >/dev/null; then
    check 'a sweep: a figure over the sizes, of both devices' [ "$(grep -c '>two.mil on ' "$work/sweep.d/latency.svg")" -eq 2 ]
    check 'a sweep: sizes on the axis' contains "$work/sweep.d/latency.svg" '>64<'
fi
try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --sweep x=1x4x1x4,1x4x1x8 --trials 1 --iterations 5 --by-operator
check 'a sweep of shapes: z has the size that is open in x; every operator at every size' prints 'two.mil, x=1x4x1x8, tanh y on sim:.* (simulated): right$'
try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --function again --size q=8 --trials 1 --iterations 5
check 'a function with open sizes beside others with open sizes' prints 'two.mil on sim:.* (simulated): right$'

try "$ANEPROBE" bench "$work/two.mil" --device "$sim" --size x=8 --size z=8 --trials 1 --iterations 5 --set x=zeros
check 'an input that is not the last is set' exits 0

sed 's/1, ?\]> q)/1, ?]> q) [FlexibleShapeInformation = tuple<tuple<string, dict<string, tensor<int32, [?]>>>, tuple<string, dict<string, list<tensor<int32, [2]>, ?>>>>((("DefaultShapes", {{"q", [1, 4, 1, 6]}}), ("RangeDims", {{"q", [[1, 1], [4, 4], [1, 1], [2, 64]]}})))]/' "$work/two.mil" >"$work/said.mil"
try "$ANEPROBE" bench "$work/said.mil" --device "$sim" --function again --trials 1 --iterations 5
check 'a model with a default size: right at that' prints 'said.mil on sim:.* (simulated): right$'
try "$ANEPROBE" bench "$work/said.mil" --device "$sim" --function again --sweep q=2,64,65 --trials 1
check 'a size beyond its range: exit code' exits 2
check 'a size beyond its range: which is' says "the model is made for sizes of 2 to 64 along axis 3 of 'q', not 65"

# Packages: what protoc made from Apple'"'"'s schema.
mkdir -p "$work/m.mlpackage/Data/com.apple.CoreML/weights"
cp "$GOLDEN/conv.mlmodel" "$work/m.mlpackage/Data/com.apple.CoreML/model.mlmodel"
cp "$GOLDEN/weight.bin" "$work/m.mlpackage/Data/com.apple.CoreML/weights/"
echo '{"fileFormatVersion": "1.0.0", "itemInfoEntries": {"A": {"path": "com.apple.CoreML/model.mlmodel"}}, "rootModelIdentifier": "A"}' >"$work/m.mlpackage/Manifest.json"
try "$ANEPROBE" bench "$work/m.mlpackage" "$work/p.mil" --device "$sim" --trials 1 --iterations 5 --format csv
check 'a package and a text side by side: exit code' exits 0
check 'the package is right' prints 'm.mlpackage,.*,outcome.*,right'
check 'its weights move' above 0 "$(value weights sim:)"

# Processes differ in noise and arrivals; intervals contain their values; a 90th percentile needs ten evals.
# span METRIC: whether its interval holds its value, and has a width.
span() {
    awk -F, -v metric="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["metric"] == metric { n++; low = $at["ci_low"] + 0; v = $at["value"] + 0; high = $at["ci_high"] + 0 }
        END { exit !(n == 1 && low <= v && v <= high && low < high) }' "$work/out"
}
rough=sim:$SIMS/rough.sim
try "$ANEPROBE" bench "$work/p.mil" --device "$rough" --trials 6 --iterations 10 --format csv
check 'ten evals: all is right' exits 0
for metric in latency_p50 latency_p90 throughput; do check "six processes: an interval of $metric" span $metric; done
check 'ten evals: no 99th percentile' eval '! grep -q latency_p99 "$work/out"'
try "$ANEPROBE" bench "$work/p.mil" --device "$rough" --trials 6 --iterations 9 --format csv
check 'nine evals: no 90th percentile' eval '! grep -q latency_p90 "$work/out"'
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 6 --iterations 50 --rate 4000 --format csv
check 'requests: six processes arrive otherwise' span response_p90

try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 1 --iterations 100000 --seconds 0.002 --out "$work/short.d" --format csv
check 'two milliseconds of evals end before 100000 of them' [ "$(wc -l <"$work/short.d/samples.csv")" -lt 100 ]
check 'and there are some' [ "$(wc -l <"$work/short.d/samples.csv")" -gt 10 ]
check 'one process bounds nothing' [ "$(awk -F, '$9 == "throughput" { print $12 "," $13 }' "$work/out")" = , ]

# An input from NumPy: 32 floats of 32 bits. All 1: the reference sees them as the device does.
{
    printf '\223NUMPY\1\0\166\0'
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4, 1, 8), }"
    i=0
    while [ $i -lt 32 ]; do printf '\0\0\200\77'; i=$((i + 1)); done
} >"$work/x.npy"
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --set "x=$work/x.npy" --trials 1 --iterations 5 --format csv
check 'an input of numpy: right' outcome_is sim: right
sed 's/1, 8)/1, 9)/' "$work/x.npy" >"$work/y.npy"
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --set "x=$work/y.npy" --trials 1
check 'an array of another shape: not 0' eval '! exits 0'
check 'an array of another shape: which axis' says 'axis 3 is not the 8'
head -c 200 "$work/x.npy" >"$work/z.npy"
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --set "x=$work/z.npy" --trials 1
check 'an array cut off: said' says 'cut off'

# A compiler that gets sqrt wrong: this is found, and no time is given.
cat >"$work/wrong-cc" <<'END'
#!/bin/sh
exec cc "$@" -Dsqrtf=wrong -include "${0%/*}/wrong.h"
END
cat >"$work/wrong.h" <<'END'
#include <math.h>
static inline float wrong_root(float x) { return x + 1; }
#undef sqrtf
#define sqrtf wrong_root
END
sed -i.old 's/ -Dsqrtf=wrong//' "$work/wrong-cc"
chmod +x "$work/wrong-cc"
ANEPROBE_CC=$work/wrong-cc
export ANEPROBE_CC
try "$ANEPROBE" bench "$work/p.mil" --device "$sim,cpu" --trials 2 --iterations 5 --format csv --by-operator --out "$work/wrong.d"
check 'a wrong result: exit code' exits 1
check 'a wrong result: wrong there' outcome_is cpu wrong
check 'a wrong result: where' prints 'output y is wrong: first wrong at \[0, 0, 0, [0-7]\]: .* instead of'
check 'a wrong result: no speed' has_none throughput cpu
check 'a wrong result: no latency' has_none latency_p50 cpu
check 'a wrong result: right elsewhere' outcome_is sim: right
check 'by operator: sqrt is wrong' outcome_is cpu wrong 'sqrt b'
check 'by operator: tanh is right' outcome_is cpu right 'tanh c'
check 'by operator: the smallest program is said' says 'has 1 operator, b to b'
check 'by operator: and written' contains "$work/wrong.d/smallest-1/program.mil" 'sqrt(x = a)'
try "$ANEPROBE" bench "$work/wrong.d/smallest-1/program.mil" --device cpu --trials 1 --iterations 5 --format csv
check 'the smallest program fails by itself' outcome_is cpu wrong

# A compiler that refuses mul together with tanh: the smallest failing part has both and what is between them.
cat >"$work/picky-cc" <<'END'
#!/bin/sh
for file in model.mil */model.mil; do
    if [ -e "$file" ] && grep -q 'mul(' "$file" && grep -q 'tanh(' "$file"; then
        echo 'no mul with tanh' >&2
        exit 1
    fi
done
exec cc "$@"
END
chmod +x "$work/picky-cc"
ANEPROBE_CC=$work/picky-cc
try "$ANEPROBE" bench "$work/p.mil" --device cpu --trials 1 --iterations 5 --format csv --by-operator --out "$work/picky.d"
check 'refused: the step' prints 'failed,.*compile: '
check 'refused: each operator alone is right' outcome_is cpu right 'tanh c'
check 'refused: three operators are needed' says 'has 3 operators, a to c'
check 'refused: and written' contains "$work/picky.d/smallest-1/program.mil" 'tanh('
check 'refused: without what is not needed' eval '! contains "$work/picky.d/smallest-1/program.mil" "add("'

# Hanging and crashing: a row with the step, and the other device is still timed.
printf '#!/bin/sh\nexec sleep 1000\n' >"$work/slow-cc"
chmod +x "$work/slow-cc"
ANEPROBE_CC=$work/slow-cc
try "$ANEPROBE" bench "$work/p.mil" --device "cpu,$sim" --trials 2 --iterations 5 --limit 3 --format csv
check 'hangs: exit code' exits 1
check 'hangs: the step' prints 'failed,compile: given up after 3 s'
check 'hangs: the other device is timed' outcome_is sim: right
printf '#!/bin/sh\nkill -KILL $PPID\nsleep 5\n' >"$work/crash-cc"
chmod +x "$work/crash-cc"
ANEPROBE_CC=$work/crash-cc
try "$ANEPROBE" bench "$work/p.mil" --device "cpu,$sim" --trials 2 --iterations 5 --format csv
check 'crashes: the step' prints 'failed,compile: crashed with signal 9'
check 'crashes: the other device is timed' outcome_is sim: right
unset ANEPROBE_CC
try "$ANEPROBE" bench "$work/p.mil" --device 'sim:none,cpu' --trials 1 --iterations 5 --format csv
check 'a device that is none: before the other is timed' exits 2
check 'a device that is none: which there are' says 'no file named .none.; the chips are'
if [ "$(uname -s)" != Darwin ]; then
    try env -u ANEPROBE_STANDIN "$ANEPROBE" bench "$work/p.mil" --device 'ane,cpu' --trials 1 --iterations 5 --format csv
    check 'a device that is not here: why' prints 'this is not a Mac'
    check 'a device that is not here: the other is timed' outcome_is cpu right
fi

# A state begins as zeros, and an eval finds what the one before left: both are compared.
cat >"$work/state.mil" <<'END'
program(1.3)
{
    func main<ios18>(state<tensor<fp16, [1, 4, 1, 8]>> s, tensor<fp16, [1, 4, 1, 8]> x) {
        tensor<fp16, [1, 4, 1, 8]> old = read_state(input = s)[name = string("old")];
        tensor<fp16, [1, 4, 1, 8]> sum = add(x = x, y = old)[name = string("sum")];
        write_state(data = sum, input = s)[name = string("w")];
    } -> (sum);
}
END
try "$ANEPROBE" bench "$work/state.mil" --device "cpu,$sim" --trials 1 --iterations 20 --format csv
check 'a state: right on cpu' outcome_is cpu right
check 'a state: right on a simulated device' outcome_is sim: right
sed -e 's/, tensor<fp16, \[1, 4, 1, 8\]> x) {/&\n        bool yes = const()[name = string("yes"), val = bool(true)];/' -e 's/ sum = add(x = x, y = old)\[name = string("sum")\];/ sum = cond(pred = yes)[name = string("c")] t() { tensor<fp16, [1, 4, 1, 8]> a = add(x = x, y = old)[name = string("a")]; write_state(data = a, input = s)[name = string("w1")]; } -> (a), f() { } -> (x);/' -e '/name = string("w")/d' "$work/state.mil" >"$work/state-block.mil"
try "$ANEPROBE" bench "$work/state-block.mil" --device "cpu,$sim" --trials 1 --iterations 20 --format csv
check 'a state that a block writes: right on cpu' outcome_is cpu right
check 'a state that a block writes: right on a simulated device' outcome_is sim: right

# Random indices are inside their axis; those of a file may not be, and then no number is given for it.
cat >"$work/lookup.mil" <<'END'
program(1.3)
{
    func main<ios18>(tensor<fp16, [5, 8]> x, tensor<int32, [1, 3]> at) {
        tensor<int32, [3]> flat = reshape(x = at, shape = tensor<int32, [1]>([3]))[name = string("flat")];
        tensor<fp16, [3, 8]> y = gather(x = x, indices = flat, axis = int32(0))[name = string("y")];
    } -> (y);
}
END
try "$ANEPROBE" bench "$work/lookup.mil" --device "cpu,$sim" --trials 1 --iterations 20 --format csv
check 'indices: right on cpu' outcome_is cpu right
check 'indices: right on a simulated device' outcome_is sim: right
{
    printf '\223NUMPY\1\0\166\0'
    printf '%-117s\n' "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 3), }"
    printf '\0\0\0\0\5\0\0\0\1\0\0\0'
} >"$work/at.npy"
try "$ANEPROBE" bench "$work/lookup.mil" --set "at=$work/at.npy" --device "cpu,$sim" --trials 1 --iterations 20 --format csv
check 'an index outside: not all is well' exits 1
check 'an index outside: said of both' [ "$(grep -c 'gather: index 5 is outside an axis of 5' "$work/out")" -ge 2 ]

# A loop that reads rows from one list and writes their sums to another, as text and as a package.
cat >"$work/lists.mil" <<'END'
program(1.3)
{
    func main<ios18>(tensor<fp16, [3, 8]> x, tensor<fp16, [8]> h) {
        tensor<int32, [3]> all = const()[name = string("all"), val = tensor<int32, [3]>([0, 1, 2])];
        int32 none = const()[name = string("none"), val = int32(0)];
        int32 one = const()[name = string("one"), val = int32(1)];
        int32 three = const()[name = string("three"), val = int32(3)];
        int32 eight = const()[name = string("eight"), val = int32(8)];
        bool no = const()[name = string("no"), val = bool(false)];
        string half = const()[name = string("half"), val = string("fp16")];
        list<tensor<fp16, [8]>, 3> a = make_list(dtype = half, dynamic_length = no, elem_shape = (eight), init_length = three)[name = string("a")];
        list<tensor<fp16, [8]>, 3> rows = list_scatter(indices = all, ls = a, value = x)[name = string("rows")];
        int32 n, list<tensor<fp16, [8]>, 3> l1, list<tensor<fp16, [8]>, 3> m1, tensor<fp16, [8]> last = while_loop(loop_vars = (none, rows, a, h))[name = string("loop")] test(int32 i, list<tensor<fp16, [8]>, 3> l0, list<tensor<fp16, [8]>, 3> m0, tensor<fp16, [8]> h0) {
            bool more = less(x = i, y = three)[name = string("more")];
        } -> (more), body(int32 k, list<tensor<fp16, [8]>, 3> l, list<tensor<fp16, [8]>, 3> m, tensor<fp16, [8]> g) {
            tensor<fp16, [8]> row = list_read(index = k, ls = l)[name = string("row")];
            tensor<fp16, [8]> sum = add(x = g, y = row)[name = string("sum")];
            list<tensor<fp16, [8]>, 3> mm = list_write(index = k, ls = m, value = sum)[name = string("mm")];
            int32 kk = add(x = k, y = one)[name = string("kk")];
        } -> (kk, l, mm, sum);
        tensor<fp16, [3, 8]> y = list_gather(indices = all, ls = m1)[name = string("y")];
    } -> (y, last);
}
END
try "$ANEPROBE" bench "$work/lists.mil" --device "cpu,$sim" --trials 1 --iterations 20 --format csv
check 'lists in a loop: right on cpu' outcome_is cpu right
check 'lists in a loop: right on a simulated device' outcome_is sim: right
try "$ANEPROBE" mil --write "$work/lists.mlpackage" "$work/lists.mil"
check 'lists in a loop: as a package' test -e "$work/lists.mlpackage/Manifest.json"
try "$ANEPROBE" bench "$work/lists.mlpackage" --device "cpu,$sim" --trials 1 --iterations 20 --format csv
check 'lists in a package: right on cpu' outcome_is cpu right

# Requests that arrive at random. In virtual time the answers wait for one another at a high rate.
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 2 --iterations 200 --rate 100 --format csv
low=$(value response_p50 sim:)
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 2 --iterations 200 --rate 1000000 --format csv
high=$(value response_p50 sim:)
check "served faster than it can: answers wait (${low:-none} us, then ${high:-none} us)" above "$(awk -v low="${low:-1e9}" 'BEGIN { print 5 * low }')" "$high"
check 'of requests there is no throughput' has_none throughput sim:
# Several in flight: of an engine that takes four at a time, and of one that takes one.
for engine in lanes-overlap.sim:3.8 plain.sim:0.9; do
    try "$ANEPROBE" bench "$work/p.mil" --device "sim:$SIMS/${engine%:*}" --in-flight 4 --trials 6 --iterations 70 --format csv
    gain=$(value in_flight_gain sim:)
    check "four in flight on ${engine%:*}: ${gain:-no} times one" above "${engine#*:}" "$gain"
    check "four in flight on ${engine%:*}: no more than there can be" above "$gain" "$(awk -v least="${engine#*:}" 'BEGIN { print least + 0.3 }')"
done
check 'in flight: six processes' [ "$(awk -F, '$9 == "in_flight_gain" { print $14 }' "$work/out")" = 6 ]
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --in-flight 17
check 'more in flight than can be: exit code' exits 2
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --in-flight 2 --rate 100
check 'in flight, at a rate: exit code' exits 2
try "$ANEPROBE" bench "$GOLDEN/../mil/state.mil" --device cpu --in-flight 2
check 'in flight, with states: said' says 'has states, whose evals follow one another'
sed 's/1, 4, 1, 8/1, 65536, 1, 32768/g' "$work/p.mil" >"$work/large.mil"
try "$ANEPROBE" bench "$work/large.mil" --device "$sim"
check 'too large to be evaluated: exit code' exits 77
check 'too large to be evaluated: said before anything is made' says "input 'x' has more than 2^30 elements"
# A classifier makes text: what that is made from is timed, and the rest named.
cat >"$work/classifier.mil" <<'END'
program(1.0)
[buildInfo = dict<tensor<string, []>, tensor<string, []>>({{"coremlc-component-MIL", "3402.3.2"}})]
{
    func main<ios16>(tensor<fp16, [1, 4]> x) {
        tensor<fp16, [1, 4]> probs = softmax(x = x, axis = tensor<int32, []>(-1))[name = tensor<string, []>("probs")];
        list<tensor<string, []>, 4> classes = const()[name = tensor<string, []>("classes"), val = list<tensor<string, []>, 4>(("cat", "dog", "owl", "emu"))];
        tensor<string, []> classLabel, dict<tensor<string, []>, tensor<fp32, []>> classLabel_probs = classify(probabilities = probs, classes = classes)[name = tensor<string, []>("classify")];
    } -> (classLabel, classLabel_probs);
}
END
for how in '' --by-operator; do
    try "$ANEPROBE" bench "$work/classifier.mil" --device cpu --trials 1 --iterations 3 $how
    check "a classifier $how: exit code" exits 0
    check "a classifier $how: right" prints 'classifier.mil on cpu.*: right'
    check "a classifier $how: what is left out, once" [ "$(grep -c 'classifier.mil: classLabel and classLabel_probs are text, made by classify, and left out; the output is probs, which it is made from' "$work/err")" = 1 ]
done
check 'a classifier: what remains is an operator' prints 'classifier.mil, softmax probs on cpu.*: right'
check 'a classifier: classify is none' [ "$(grep -c ': right' "$work/out")" = 2 ]
check 'nothing is left behind' [ "$(find "$work" -maxdepth 2 -name 'part-*' | wc -l)" -eq 0 ]
# near WANTED X: within 2 %.
near() { awk -v wanted="$1" -v x="$2" 'BEGIN { exit !(x != "" && (x - wanted) ^ 2 <= (0.02 * wanted) ^ 2) }'; }
try "$ANEPROBE" bench "$work/p.mil" --device "sim:$SIMS/energy-m4.sim" --energy --trials 2 --format csv
check 'energy: exit code' exits 0
# An eval of 5 us is dispatch only: 0.2 W on the engine, 5.3 W on the CPU.
check 'energy: of the engine' near 0.001 "$(value engine_energy_per_eval sim:)"
check 'energy: of the CPU' near 0.0265 "$(value cpu_energy_per_eval sim:)"
check 'energy: of the CPU, less what it takes idle' near 0.025 "$(value net_cpu_energy_per_eval sim:)"
check 'energy: power of the package' near 7.5 "$(value package_power sim:)"
try "$ANEPROBE" bench "$work/p.mil" --device "sim:$SIMS/energy-frozen.sim" --energy --trials 1
check 'a counter that stands still: exit code' exits 0
check 'a counter that stands still: no number, and why' prints '^  engine_energy_per_eval  *- sim: frozen: stood still'
check 'a simulated machine is in no conditions' eval '! prints "power source"'
# Counters that stand still, of a machine that is on battery, in low-power mode and warm.
sysfs=$work/sysfs
mkdir -p "$sysfs/class/powercap/intel-rapl:0" "$sysfs/class/power_supply/BAT0" "$sysfs/firmware/acpi" "$sysfs/class/thermal/thermal_zone0"
(cd "$sysfs/class" && echo package-0 >powercap/intel-rapl:0/name && echo 5 >powercap/intel-rapl:0/energy_uj &&
    echo 1000000 >powercap/intel-rapl:0/max_energy_range_uj && echo Battery >power_supply/BAT0/type &&
    echo Discharging >power_supply/BAT0/status && echo 63500 >thermal/thermal_zone0/temp)
echo low-power >"$sysfs/firmware/acpi/platform_profile"
try env ANEPROBE_SYSFS="$sysfs" "$ANEPROBE" bench "$work/p.mil" --device cpu --energy --trials 2 --iterations 10
check 'conditions: exit code' exits 0
check 'conditions: beside the joules, or the reason why there are none' prints '^  power source: battery, power mode: low, thermal state: hottest_c=63.5$'
check 'conditions: the reason' prints '^  package_energy_per_eval  *- powercap: frozen: stood still'
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --energy --trials 1
check 'no counter: why' prints '^  engine_energy_per_eval  *- no energy can be read'
try "$ANEPROBE" bench "$work/p.mil" --device "$sim" --trials 1
check 'energy that was not asked for' eval '! prints energy_per_eval'

end_checks
