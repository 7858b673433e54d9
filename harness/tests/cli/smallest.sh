#!/bin/sh
# SPDX-License-Identifier: MIT
# aneprobe bench --by-operator: the smallest program that is refused, crashes or is wrong, from simulated
# engines that are known to do so, and the same engines behind the stand-in.
#     DEVICE  sim or ane
. "$(dirname "$0")/lib.sh"
use_real
TMPDIR=$work
export TMPDIR

# on SIM-FILE COMMAND...: DEVICE becomes that engine.
on() {
    ANEPROBE_STANDIN_SIM=$work/$1
    ANEPROBE_STANDIN_VIOLATIONS=$work/violations
    export ANEPROBE_STANDIN_SIM ANEPROBE_STANDIN_VIOLATIONS
    device=$DEVICE
    [ "$DEVICE" = ane ] || device=sim:$work/$1
    shift
    try "$ANEPROBE" bench "$@" --device "$device" --trials 1 --iterations 7
}

cat >"$work/p.mil" <<'END_OF_TEXT'
program(1.3)
{
    func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {
        tensor<fp16, [1, 64, 1, 64]> a = relu(x = x)[name = string("a")];
        tensor<fp16, [1, 64, 1, 64]> b = mul(x = a, y = x)[name = string("b")];
        tensor<fp16, [1, 64, 1, 64]> c = tanh(x = b)[name = string("c")];
        tensor<fp16, [1, 64, 1, 64]> y = add(x = c, y = x)[name = string("y")];
    } -> (y);
}
END_OF_TEXT
printf 'layers_limit,2\nlayers_failure,error\n' >"$work/refuses.sim"
printf 'layers_limit,2\nlayers_failure,crash\n' >"$work/crashes.sim"
for how in refuses crashes; do
    on $how.sim "$work/p.mil" --by-operator --out "$work/$how.d"
    check "$how: exit code" exits 1
    check "$how: the step" prints 'p.mil on .*: failed: compile: .*\(too many layers\|crashed with signal\)'
    check "$how: every operator alone is right" [ "$(grep -c 'p.mil, .* on .*: right$' "$work/out")" -eq 4 ]
    check "$how: three in a row are needed" says 'the smallest part that is not right has 3 operators, a to c: '
    on $how.sim "$work/$how.d/smallest-1/program.mil"
    check "$how: the file that was written does so too" prints 'program.mil on .*: failed: compile: '
done

# Weights beyond a limit are forgotten without a word: zeros in their place.
mkdir -p "$work/m.mlpackage/Data/com.apple.CoreML/weights"
cp "$GOLDEN/conv.mlmodel" "$work/m.mlpackage/Data/com.apple.CoreML/model.mlmodel"
cp "$GOLDEN/weight.bin" "$work/m.mlpackage/Data/com.apple.CoreML/weights/"
echo '{"fileFormatVersion": "1.0.0", "itemInfoEntries": {"A": {"path": "com.apple.CoreML/model.mlmodel"}}, "rootModelIdentifier": "A"}' >"$work/m.mlpackage/Manifest.json"
"$ANEPROBE" mil --write "$work/conv.mil" "$work/m.mlpackage" >"$work/out" 2>&1
sed 's/= conv(\(.*\)x = x\(.*\))\[name/= conv(\1x = before\2)[name/; s/ y = conv/ z = conv/; s/"y"/"z"/
    /func main/a\
        tensor<fp16, [1, 64, 1, 64]> before = relu(x = x)[name = tensor<string, []>("before")];
    /} -> (y)/i\
        tensor<fp16, [1, 64, 1, 64]> y = tanh(x = z)[name = tensor<string, []>("y")];' "$work/conv.mil" >"$work/three.mil"
printf 'limit_kind,bytes\nlimit_value,0.001\nlimit_failure,silent\n' >"$work/forgets.sim"
on forgets.sim "$work/three.mil" --by-operator --out "$work/forgets.d"
check 'wrong: exit code' exits 1
check 'wrong: where' prints 'three.mil on .*: wrong: output y is wrong: first wrong at \[0, 0, 0, [0-9]*\]: '
check 'wrong: only what is right has a throughput' [ "$(grep -c '^  throughput ' "$work/out")" -eq 2 ]
check 'wrong: what has no weights is right' [ "$(grep -c 'three.mil, \(relu before\|tanh y\) on .*: right$' "$work/out")" -eq 2 ]
check 'wrong: the convolution alone' says 'has 1 operator, .*smallest-1/program.mil'
check 'wrong: is written with its weights' [ "$(find "$work/forgets.d/smallest-1/weights" -type f | wc -l)" -eq 1 ]
on forgets.sim "$work/forgets.d/smallest-1/program.mil"
check 'wrong: the file that was written is wrong too' prints 'program.mil on .*: wrong: '
[ "$DEVICE" = sim ] || check 'nothing that the framework does not forgive' [ ! -s "$work/violations" ]

# All else on an engine without faults.
printf 'in_flight,4\n' >"$work/well.sim"
on well.sim "$work/three.mil" "$work/p.mil" --in-flight 3 --by-operator
check 'without faults: exit code' exits 0
check 'without faults: two programs and their operators are right' [ "$(grep -c ' on .*: right$' "$work/out")" -eq 9 ]
check 'without faults: several in flight' prints 'in_flight_gain '

# Statements with blocks are operators, and what hands lists to each other is one: those are cut out with all that
# their blocks use. Not on `ane`, which has no surfaces for the bool and the int32 between them.
if [ "$DEVICE" = sim ]; then
cat >"$work/blocks.mil" <<'END_OF_TEXT'
program(1.3)
{
    func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {
        tensor<fp16, [1, 64, 1, 64]> a = relu(x = x)[name = string("a")];
        tensor<fp16, [1, 1, 1, 1]> half = const()[name = string("half"), val = tensor<fp16, [1, 1, 1, 1]>([[[[0.5]]]])];
        list<tensor<fp16, [1, 64, 1, 64]>, 2> none = make_list(init_length = int32(2), dynamic_length = bool(false), elem_shape = (int32(1), int32(64), int32(1), int32(64)), dtype = string("fp16"))[name = string("none")];
        list<tensor<fp16, [1, 64, 1, 64]>, 2> first = list_write(ls = none, index = int32(0), value = a)[name = string("first")];
        int32 turns, list<tensor<fp16, [1, 64, 1, 64]>, 2> filled = while_loop(loop_vars = (int32(1), first))[name = string("fills")] less(int32 i, list<tensor<fp16, [1, 64, 1, 64]>, 2> l) {
            bool more = less(x = i, y = int32(2))[name = string("more")];
        } -> (more), body(int32 j, list<tensor<fp16, [1, 64, 1, 64]>, 2> m) {
            tensor<fp16, [1, 64, 1, 64]> b = mul(x = x, y = half)[name = string("b")];
            list<tensor<fp16, [1, 64, 1, 64]>, 2> n = list_write(ls = m, index = j, value = b)[name = string("n")];
            int32 k = add(x = j, y = int32(1))[name = string("k")];
        } -> (k, n);
        tensor<fp16, [1, 64, 1, 64]> c = list_read(ls = filled, index = int32(1))[name = string("c")];
        int32 zero = const()[name = string("zero"), val = int32(0)];
        bool never = less(x = turns, y = zero)[name = string("never")];
        tensor<fp16, [1, 64, 1, 64]> d = cond(pred = never)[name = string("chooses")] yes() {
        } -> (a), no() {
            tensor<fp16, [1, 64, 1, 64]> e = mul(x = c, y = half)[name = string("e")];
        } -> (e);
        tensor<fp16, [1, 64, 1, 64]> y = add(x = d, y = a)[name = string("y")];
    } -> (y);
}
END_OF_TEXT
on well.sim "$work/blocks.mil" --by-operator
check 'blocks: exit code' exits 0
check 'blocks: the lists are one operator with their loop' prints 'blocks.mil, while_loop fills and 2 more on .*: right'
for one in 'relu a' 'less never' 'cond chooses' 'add y'; do
    check "blocks: $one" prints "blocks.mil, $one on .*: right"
done
check 'blocks: nothing else' [ "$(grep -c ' on .*: right$' "$work/out")" -eq 6 ]
on refuses.sim "$work/blocks.mil" --by-operator --out "$work/blocks.d"
check 'blocks: too many layers' exits 1
check 'blocks: the smallest part' says 'the smallest part that is not right has [0-9]* operators*, '
on refuses.sim "$work/blocks.d/smallest-1/program.mil"
check 'blocks: the file that was written does so too' prints 'program.mil on .*: failed: compile: .*too many layers'
fi
end_checks
