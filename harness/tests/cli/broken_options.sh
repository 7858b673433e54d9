#!/bin/sh
# SPDX-License-Identifier: MIT
# Gives each option of each command that compiles a wrong value: it is refused with the exit code of wrong
# usage, before anything is compiled. The compiler counts its own starts.
. "$(dirname "$0")/lib.sh"
use_real
self=$(cd "$(dirname "$0")" && pwd)/broken_options.sh
cd "$work" || exit 99
cat >cc <<CC
#!/bin/sh
case "\$*" in *-shared*|*-dynamiclib*|*-bundle*|*-c\ *) echo start >>"$work/starts" ;; esac
exec cc "\$@"
CC
chmod +x cc
ANEPROBE_CC=$work/cc
export ANEPROBE_CC
cat >program.mil <<'MIL'
program(1.3) {
    func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {
        tensor<fp16, [1, 64, 1, 64]> y = relu(x = x)[name = string("y")];
    } -> (y);
}
MIL
mkdir full && echo precious >full/file
echo precious >there
echo 'colour,blue' >bad.sim

# The compiler counts: a command without a fault starts it.
"$ANEPROBE" bench --device cpu program.mil --trials 1 --iterations 1 >out 2>err
check 'a sound command compiles' test -s starts
rm -f starts

# One command a line; what names a place is of $work.
while read -r line; do
    case $line in '' | '#'*) continue ;; esac
    # shellcheck disable=SC2086 # words
    try "$ANEPROBE" $line
    check "$line: exit 2" exits 2
    check "$line: nothing was compiled" absent starts
    check "$line: said" test -s err
done <<'LINES'
run ping_pong --device cpu:cores=none --out new
run ping_pong --device cqu --out new
run ping_pong --device sim:none.sim --out new
run ping_pang --device cpu --out new
run ping_pong --device cpu --out full
run ping_pong --device cpu --out new --seed -1
run ping_pong --device cpu --out new --seed x
run ping_pong --device cpu --out new --quick=yes
run ping_pong --device cpu --out new --tap=1
run ping_pong --device cpu --out new --share=1
run ping_pong --device cpu --out new --open=1
run ping_pong --device cpu --out new --allow-disruptive=1
run ping_pong --device cpu --out new --fixed=1
run ping_pong --device cpu --out new --wait-idle x
run --resume none
run --resume full
run --resume full --seed 1
run ping_pong --device cpu --uot new
train --device cpu:cores=none --out new
train --device cqu --out new
train --device cpu --out full
train --device cpu
train --device cpu --out new --shape huge
train --device cpu --out new --shape tiny,layers=x
train --device cpu --out new --data none
train --device cpu --out new --init-from none
train --device cpu --out new --init-deviation x
train --device cpu --out new --update never
train --device cpu --out new --max-stale x
train --device cpu --out new --cut seven
train --device cpu --out new --limit x:1
train --device cpu --out new --accum 0
train --device cpu --out new --steps x
train --device cpu --out new --lr x
train --device cpu --out new --lr-end x
train --device cpu --out new --warmup x
train --device cpu --out new --weight-decay x
train --device cpu --out new --seed x
train --device cpu --out new --threads 0
train --device cpu --out new --checkpoint-every x
train --device cpu --out new --host-step-ms x
train --device cpu --out new --host-update-ms x
train --device cpu --out new --sample x
train --device cpu --out new --export there
train --device cpu --out new --export none/model
train --device cpu --out new --tokenizer none
train --device cpu --out new --energy=1
train --device cpu --resume full
train --resume none
bench none.mil --device cpu
bench program.mil none.mil --device cpu
bench program.mil --device cqu
bench program.mil --device cpu,cqu
bench program.mil --device cpu,sim:none.sim
bench program.mil --device cpu,cpu:cores=none
bench program.mil --device cpu --set x
bench program.mil --device cpu --set z=zeros
bench program.mil --device cpu --set x=none.npy
bench program.mil --device cpu --size none=4
bench program.mil --device cpu --sweep none=4,8
bench program.mil --device cpu --function none
bench program.mil --device cpu --iterations 0
bench program.mil --device cpu --seconds x
bench program.mil --device cpu --trials 0
bench program.mil --device cpu --rate x
bench program.mil --device cpu --in-flight 0
bench program.mil --device cpu --by-operator=1
bench program.mil --device cpu --energy=1
bench program.mil --device cpu --tolerance 2
bench program.mil --device cpu --limit 0
bench program.mil --device cpu --seed x
bench program.mil --device cpu --format none
bench program.mil --device cpu --out full
doctor --format none
doctor --selectors=1
LINES
check 'nothing was made by any of these' absent new

# Every option in the help of these commands has a line above.
for command in run train bench doctor; do
    for option in $("$ANEPROBE" help $command | sed -n 's/^  \(--[a-z-]*\).*/\1/p'); do
        check "$command $option has a line" grep -q "^$command .*$option\b" "$self"
    done
done
end_checks
