#!/bin/sh
# SPDX-License-Identifier: MIT
# aneprobe mil: what a program contains, complaints with their places, rewriting, writing, and files that cannot
# be read.
#     GOLDEN  harness/tests/package
. "$(dirname "$0")/lib.sh"
use_real
head='program(1.3)
{
    func main<ios18>(tensor<fp16, [1, 64, 1, 512]> x) {'
cat >"$work/fine.mil" <<END
$head
        tensor<fp16, [1, 64, 1, 512]> y = sigmoid(x = x)[name = string("y")];
    } -> (y);
}
END
sed 's/sigmoid/gelu/' "$work/fine.mil" >"$work/refused.mil"
sed 's/sigmoid/silu/' "$work/fine.mil" >"$work/warned.mil"
sed 's/x = x/x = z/' "$work/fine.mil" >"$work/wrong.mil"

try "$ANEPROBE" mil "$work/fine.mil"
check 'a fine program: exit 0' exits 0
check 'a fine program: nothing on stderr' is_silent
check 'its header' prints 'fine.mil:1:1: program(1.3), scalars bare$'
check 'its function' prints 'fine.mil:3:10: function main<ios18>: inputs 1, outputs 1, ops 1, consts 0$'
check 'its input' prints 'fine.mil:3:52: input x tensor<fp16, \[1, 64, 1, 512\]>$'
check 'its op' prints 'fine.mil:4:43: op sigmoid makes y tensor<fp16, \[1, 64, 1, 512\]>$'
check 'its operators' prints 'fine.mil:3:10: operators: sigmoid 1$'
check 'its bytes' prints 'fine.mil:3:10: products 0 FLOP, constants 0 B, inputs and outputs 131 kB, '
check 'its output' prints 'fine.mil:4:39: output y tensor<fp16, \[1, 64, 1, 512\]>$'
try "$ANEPROBE" mil "$work/warned.mil"
check 'a warning: exit 0' exits 0
check 'a warning: place and rule' prints 'warned.mil:4:43: warning: .*silu.* \[silu; seen on .*; source orion'
try "$ANEPROBE" mil "$work/refused.mil"
check 'a refusal: exit 1' exits 1
check 'a refusal: place and rule' prints 'refused.mil:4:43: refused: .*use sigmoid and mul.* \[gelu; seen on A17 Pro'
try "$ANEPROBE" mil "$work/wrong.mil"
check 'a wrong text: exit 1' exits 1
check 'a wrong text: place and reason' says "wrong.mil:4:55: error: no value 'z' before this place"
check 'a wrong text: the rest is checked' prints 'wrong.mil:4:43: op sigmoid makes y'
check 'a wrong text: no sums over what was not read' eval '! prints FLOP'
sed 's/sigmoid/frobnicate/' "$work/fine.mil" >"$work/unknown.mil"
try "$ANEPROBE" mil "$work/unknown.mil"
check 'an unknown operator: exit 77' exits 77
check 'an unknown operator: said' prints "unknown.mil:4:43: not known here: unknown operator 'frobnicate'$"
sed 's/frobnicate(x = x)/gelu(x = z)/; /} -> (y)/i\
        tensor<fp16, [1, 64, 1, 512]> z = frobnicate(x = x)[name = string("z")];' "$work/unknown.mil" |
    awk '/z = frobnicate/ { last = $0; next } { lines[++n] = $0 } END { for (i = 1; i <= n; i++) {
        if (lines[i] ~ /gelu/) print last; print lines[i] } }' >"$work/both.mil"
try "$ANEPROBE" mil "$work/both.mil"
check 'unknown and refused: exit 1' exits 1
check 'unknown and refused: both are said' prints 'both.mil:5:43: refused: .*\[gelu;'
try "$ANEPROBE" mil --device-limits a17pro "$work/refused.mil"
check 'limits that the rule was seen on: exit 1' exits 1
try "$ANEPROBE" mil --device-limits m1 "$work/refused.mil"
check 'limits that it was not seen on: exit 0' exits 0
try "$ANEPROBE" mil --device-limits a17pro,m44 "$work/refused.mil"
check 'limits of which no rule knows: exit 2' exits 2
check 'limits of which no rule knows: which' says "nothing is known of 'm44'"

cat >"$work/loose.mil" <<END
program(1.3)
{
    func main<ios18>(tensor<fp16, [1, 64, 1, 512]> x) {
        tensor<fp16, [1, 64, 1, 512]> y = softmax(x = x, axis = int32(1))[name = string("y")];
        tensor<fp16, [1, 64, 1, 512]> z = relu(x = y);
    } -> (z);
}
END
try "$ANEPROBE" mil --fix --write "$work/fixed.mil" "$work/loose.mil"
check 'fix: exit 0' exits 0
check 'fix: what, and how many' prints 'loose.mil: rewritten: consts for literals among arguments, 1$'
check 'fix: the difference' prints '^-        tensor<fp16, \[1, 64, 1, 512\]> y = softmax(x = x, axis = int32(1))'
check 'fix: a const of its own' prints '^+        int32 fixed_0 = const()\[name = string("fixed_0"), val = int32(1)\];$'
try "$ANEPROBE" mil "$work/fixed.mil"
for rule in inline-argument no-name no-build-info; do
    grep -q "\\[$rule;" "$work/out" && leftover=$rule
done
check 'fix: nothing is left to rewrite' test -z "${leftover-}"
check 'fix: it is the program of before' prints 'op softmax makes y'
try "$ANEPROBE" mil --fix "$work/fixed.mil"
check 'fix: again, nothing' prints 'fixed.mil: nothing to rewrite$'
try "$ANEPROBE" mil --fix "$work/refused.mil"
check 'fix: what nothing answers is left, with its reason: exit 1' exits 1
check 'fix: what nothing answers is left, with its reason' prints 'refused.mil: left: gelu, 1 time, before 1: gelu fails; use sigmoid and mul$'
sed 's/512/16/g' "$work/fine.mil" >"$work/small.mil"
try "$ANEPROBE" mil --fix "$work/small.mil"
check 'fix: an input that is padded is said' prints "small.mil: 'main': input x is tensor<fp16, \[1, 384, 1, 64\]>, was tensor<fp16, \[1, 64, 1, 16\]>: its elements are the first \[1, 64, 1, 16\]"
try "$ANEPROBE" mil --fix --device-limits m1 "$work/small.mil"
check 'fix: rules of other chips are not answered' prints 'small.mil: rewritten: an empty buildInfo, 1$\|small.mil: nothing to rewrite$'
check 'fix: rules of other chips are not answered: no padding' eval '! prints "is padded\|384"'
try "$ANEPROBE" mil --fix --write "$work/wrong-fixed.mil" "$work/wrong.mil"
check 'fix: a wrong text: exit 1' exits 1
check 'fix: a wrong text is not rewritten' test ! -e "$work/wrong-fixed.mil"
try "$ANEPROBE" mil --fix --write "$work/unknown-fixed.mil" "$work/unknown.mil"
check 'fix: what cannot be evaluated cannot be checked: exit 77' exits 77
check 'fix: what cannot be evaluated cannot be checked: said' says "unknown.mil: 'main' cannot be evaluated, so that its rewriting cannot be checked"
check 'fix: what cannot be evaluated is not written' test ! -e "$work/unknown-fixed.mil"

# Writing, from every form to every form.
mkdir -p "$work/m.mlpackage/Data/com.apple.CoreML/weights"
cp "$GOLDEN/conv.mlmodel" "$work/m.mlpackage/Data/com.apple.CoreML/model.mlmodel"
cp "$GOLDEN/weight.bin" "$work/m.mlpackage/Data/com.apple.CoreML/weights/"
echo '{"fileFormatVersion": "1.0.0", "itemInfoEntries": {"A": {"path": "com.apple.CoreML/model.mlmodel"}}, "rootModelIdentifier": "A"}' >"$work/m.mlpackage/Manifest.json"
try "$ANEPROBE" mil "$work/m.mlpackage"
check 'a package: exit 0' exits 0
check 'a package: its operators' prints 'm.mlpackage:[0-9]*:[0-9]*: operators: const 6 conv 1$\|m.mlpackage:.*: operators:.* conv 1'
places=$(sed -n 's/.*mlpackage:\([0-9]*:[0-9]*\): op conv .*/\1/p' "$work/out")
mkdir "$work/text" "$work/folder.mlmodelc"
try "$ANEPROBE" mil --write "$work/text/m.mil" "$work/m.mlpackage"
check 'a package as text: exit 0' exits 0
check 'a package as text: its weights are there' cmp "$GOLDEN/weight.bin" "$work/text/weights/weight.bin"
try "$ANEPROBE" mil "$work/text/m.mil"
check 'a package as text: places are those of the text' prints "m.mil:${places:-none}: op conv"
cp -R "$work/text/weights" "$work/folder.mlmodelc/" && cp "$work/text/m.mil" "$work/folder.mlmodelc/model.mil"
try "$ANEPROBE" mil --write "$work/back.mlpackage" "$work/folder.mlmodelc"
check 'a compiled model as a package: exit 0' exits 0
try "$ANEPROBE" mil --write "$work/again.mil" "$work/back.mlpackage"
check 'and back: the same text' cmp "$work/text/m.mil" "$work/again.mil"
if command -v protoc >/dev/null; then
    raw() { protoc --decode_raw <"$1/Data/com.apple.CoreML/model.mlmodel" | sort; }
    raw "$work/m.mlpackage" >"$work/golden.txt" && raw "$work/back.mlpackage" >"$work/ours.txt"
    check 'and back: protoc reads the fields of the file that it made' cmp "$work/golden.txt" "$work/ours.txt"
    # An operator that is known but not evaluated does not prevent reading the rest.
    schema=$GOLDEN/../../mil/package
    protoc --decode=coreml.Model -I "$schema" coreml.proto <"$GOLDEN/relu.mlmodel" | awk '
        /type: "relu"/ && !done { done = 1
            print "type: \"make_list\" outputs { name: \"l\" type { list_type { type { tensor_type { data_type: FLOAT16 rank: 1 dimensions { constant { size: 4 } } } } length { unknown { } } } } }"
            print "outputs { name: \"t\" type { tuple_type { types { tensor_type { data_type: INT32 } } types { dictionary_type { key_type { tensor_type { data_type: STRING } } value_type { tensor_type { data_type: FLOAT16 } } } } } } }"
            print "} operations {" }
        { print }' >"$work/lists.txt"
    protoc --encode=coreml.Model -I "$schema" coreml.proto <"$work/lists.txt" >"$work/lists.mlmodel"
    try "$ANEPROBE" mil "$work/lists.mlmodel"
    check 'a package with lists: its types' prints 'op make_list makes l list<tensor<fp16, \[4\]>, ?>'
    check 'a package with tuples and dictionaries' prints 't tuple<tensor<int32, \[\]>, dict<tensor<string, \[\]>, tensor<fp16, \[\]>>>'
    check 'a wrong statement with two results is one' eval '! prints names-unique'
    check 'a package with lists: the rest is read' prints 'op relu makes y'
else
    skip 'and back: protoc reads the same fields' 'no protoc here'
fi
cat >"$work/open.mil" <<'END'
program(1.3)
[buildInfo = dict<string, string>({})]
{
    func first<ios18>(tensor<fp32, [?, 4]> x) [FlexibleShapeInformation = tuple<tuple<string, dict<string, tensor<int32, [?]>>>, tuple<string, dict<string, list<tensor<int32, [2]>, ?>>>>((("DefaultShapes", {{"x", [2, 4]}}), ("RangeDims", {{"x", [[1, 8], [4, 4]]}})))] {
        tensor<fp32, [?, 4]> y = relu(x = x)[name = string("y")];
    } -> (y);
    func second<ios18>(tensor<fp32, [4]> x) {
        tensor<fp32, [4]> y = relu(x = x)[name = string("y")];
    } -> (y);
}
END
try "$ANEPROBE" mil --write "$work/open.mlpackage" "$work/open.mil"
check 'open sizes with a default and a range as a package: exit 0' exits 0
try "$ANEPROBE" mil --write "$work/open-back.mil" "$work/open.mlpackage"
grep -v buildInfo "$work/open.mil" >"$work/open-before.mil"
check 'open sizes: and back, the same text' cmp "$work/open-before.mil" "$work/open-back.mil"
sed -e 's/list<tensor<int32, \[2\]>, ?>/dict<string, tensor<int32, [?]>>/' -e 's/"RangeDims", {.*}) *))/"EnumeratedShapes", {{"0", {{"x", [2, 4]}}}, {"1", {{"x", [6, 4]}}}})))/' "$work/open.mil" >"$work/listed.mil"
try "$ANEPROBE" mil --write "$work/listed.mlpackage" "$work/listed.mil"
check 'a list of shapes as a package: exit 0' exits 0
try "$ANEPROBE" mil --write "$work/listed-back.mil" "$work/listed.mlpackage"
grep -v buildInfo "$work/listed.mil" >"$work/listed-before.mil"
check 'a list of shapes: and back, the same list' cmp "$work/listed-before.mil" "$work/listed-back.mil"
check 'a list of shapes: it is one' contains "$work/listed-back.mil" '"EnumeratedShapes", {{"0", {{"x", \[2, 4\]}}}, {"1", {{"x", \[6, 4\]}}}}'
try "$ANEPROBE" bench "$work/listed.mlpackage" --device sim:m4 --trials 1 --iterations 5 --size x=4
check 'a shape that is not in the list: exit 2' exits 2
check 'a shape that is not in the list: which are' says "the model is made for 'x' as 2x4, 6x4, not 4x4"
try "$ANEPROBE" bench "$work/listed.mlpackage" --device sim:m4 --trials 1 --iterations 5 --sweep x=2,6
check 'all shapes of the list' exits 0
sed 's/ \[FlexibleShape.*\] {/ {/' "$work/open.mil" >"$work/unsaid.mil"
try "$ANEPROBE" mil --write "$work/unsaid.mlpackage" "$work/unsaid.mil"
check 'open sizes without: exit 99' exits 99
check 'open sizes without: what is missing' says "'x' has an open size, and the function no FlexibleShapeInformation"
check 'open sizes without: nothing is left' test ! -e "$work/unsaid.mlpackage"
try "$ANEPROBE" mil --write "$work/back.mlpackage" "$work/text/m.mil"
check 'a package that is there: exit 2' exits 2
check 'a package that is there: said' says 'back.mlpackage is not a regular file and is not replaced; give --write another name'
try "$ANEPROBE" mil --write "$work/m.txt" "$work/none.mil"
check 'a name of no kind: exit 2' exits 2
try "$ANEPROBE" mil --write "$work/m.txt" "$work/text/m.mil"
check 'a name of no kind: said' says 'm.txt: the output.s name must end in .mil or .mlpackage'
rm "$work/folder.mlmodelc/weights/weight.bin"
try "$ANEPROBE" mil "$work/folder.mlmodelc"
check 'weights that are not there: checked without them' exits 0
try "$ANEPROBE" mil --write "$work/without.mil" "$work/folder.mlmodelc"
check 'weights that are not there: not written' exits 99
check 'weights that are not there: said' says "folder.mlmodelc: 'weights/weight.bin': no such file"

try "$ANEPROBE" mil --rules --format csv
check 'rules: exit 0' exits 0
check 'rules: header' prints ',rule,severity,text,seen_on,source,against$'
check 'rules: tile' prints ',tile-poisons-process,warning,.*another source ran tile'
try "$ANEPROBE" mil "$work/none.mil"
check 'no such file: exit 2, as in every command' exits 2
check 'no such file: said' says 'none.mil: No such file'
try "$ANEPROBE" mil "$work"
check 'a directory: exit 99' exits 99
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n' >"$work/pointer.mlmodel"
try "$ANEPROBE" mil "$work/pointer.mlmodel"
check 'a Git LFS pointer: exit 99' exits 99
check 'a Git LFS pointer: said' says "'pointer.mlmodel': a Git LFS pointer, which only names the file"
: >"$work/empty.mil"
try "$ANEPROBE" mil "$work/empty.mil"
check 'an empty file: exit 1' exits 1
check 'an empty file: said' says 'empty.mil:1:1: error: expected .program. at the start, but the text ends'
dd if=/dev/zero of="$work/huge.mil" bs=1 count=1 seek=300000000 2>/dev/null
try "$ANEPROBE" mil "$work/huge.mil"
check 'more than 256 MiB: exit 99' exits 99
check 'more than 256 MiB: said' says "'huge.mil': 300000001 bytes; the limit is 268435456"
try sh -c '"$1" mil - <"$2"' sh "$ANEPROBE" "$work/fine.mil"
check 'standard input: exit 0' exits 0
check 'standard input: read' prints '^-:[0-9]*:[0-9]*: op '
try sh -c 'cat "$2" | "$1" mil /dev/stdin' sh "$ANEPROBE" "$work/fine.mil"
check 'a pipe: exit 0' exits 0
check 'a pipe: read' prints '^/dev/stdin:[0-9]*:[0-9]*: op '
try sh -c 'cat "$2" | "$1" bench /dev/stdin --device sim:m4 --trials 1' sh "$ANEPROBE" "$work/fine.mil"
check 'a pipe, which bench would have to read again: not 0' eval '! exits 0'
check 'a pipe, which bench would have to read again: said' says 'neither a regular file nor a folder; save it as a file'
try "$ANEPROBE" mil
check 'no file: exit 2' exits 2
try "$ANEPROBE" mil --frobnicate
check 'unknown option: exit 2' exits 2
try "$ANEPROBE" mil "$work/fine.mil" "$work/fine.mil"
check 'two files: exit 2' exits 2
if [ -c /dev/full ]; then
    status=0
    "$ANEPROBE" mil "$work/fine.mil" >/dev/full 2>"$work/err" || status=$?
    check 'stdout is full: exit 99' exits 99
    check 'stdout is full: said' says 'cannot write to standard output'
    for text in refused unknown; do
        status=0
        "$ANEPROBE" mil "$work/$text.mil" >/dev/full 2>"$work/err" || status=$?
        check "stdout is full, something is $text: exit 99" exits 99
        check "stdout is full, something is $text: said" says 'cannot write to standard output'
    done
else
    skip 'stdout is full' 'no /dev/full here'
fi
end_checks
