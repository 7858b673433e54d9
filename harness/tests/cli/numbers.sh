#!/bin/sh
# SPDX-License-Identifier: MIT
# Every writer of CSV, JSON and pages, with data that could lead to a division by 0: an engine that takes no
# time, a machine about which nothing is known, one trial. No cell is NaN, infinite or a zero with a sign.
. "$(dirname "$0")/lib.sh"
use_real
cd "$work" || exit 99
printf 'dispatch_us,0\ncompile_ms,0\nload_ms,0\nunload_ms,0\nfirst_use_ms,0\ncached_compile_ms,0\ncompile_per_mb_ms,0\nchain_step_us,0\ntflops,1000000\nbandwidth_gbs,1000000\nchip,-\n' >zero.sim
cat >program.mil <<'MIL'
program(1.3) {
    func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {
        tensor<fp16, [1, 64, 1, 64]> z = sub(x = x, y = x)[name = string("z")];
        tensor<fp16, [1, 64, 1, 64]> y = real_div(x = z, y = z)[name = string("y")];
    } -> (y);
}
MIL

# As a cell or a word of its own: nan, inf, -0, -0.00. (Claims are worded with "infinity".)
rubbish='(^|[],:;|"([{ ])[-+]?(nan|inf)([],:;|")}% ]|$)|(^|[],:;|"([{ ])-0([.]0*)?([],:;|")}% ]|$)'
# numbers NAME FILE...: the files have content, and no such number.
numbers() {
    numbers_name=$1
    shift
    check "$numbers_name: written" test -s "$1"
    if grep -nEi "$rubbish" "$@" >found; then
        sed 's/^/# /' found | head -n 5
    fi
    check "$numbers_name: no cell is NaN, infinite or -0" test ! -s found
}
printf 'a,nan\n1,-0.00\n[-inf]\n"x": NaN,\n| inf |\n' >planted
check 'what is planted is found' test "$(grep -cEi "$rubbish" planted)" -eq 5
printf 'nanosecond,info\nx-0,-0.01\n1e-05,-1\n' >clean
check 'what is clean is not' sh -c '! grep -qEi "$1" clean' sh "$rubbish"

try "$ANEPROBE" run --quick --seed 1 --device sim:zero.sim --out run dispatch int8 ping_pong compile_sequence overlap train
check 'a trial that would be such a number fails, and says so' says 'ping_pong: .*overhead_ratio. that is not a finite number'
check 'a run: verdicts all the same' contains run/verdicts.csv '^int8.faster,inconclusive,,x,,,6,processes,.*divided by 0'
numbers 'a run' run/verdicts.csv run/summary.csv run/jobs.csv run/schedule.csv run/machine.csv run/settings.csv run/samples/*.csv
[ ! -e run/PROBE_RESULTS.md ] || numbers 'the report' run/PROBE_RESULTS.md
for format in csv json jsonl text; do
    "$ANEPROBE" judge run --format $format >out.judge 2>err
    numbers "judge, $format" out.judge
    "$ANEPROBE" plan --chip m4 --model tiny --accum 1 --format $format --timeline spans.$format >out.plan 2>err
    numbers "plan, $format" out.plan spans.$format
    "$ANEPROBE" bench --device sim:zero.sim,sim:zero.sim program.mil --trials 2 --iterations 2 --format $format --out bench.$format >out.bench 2>err
    numbers "bench, $format" out.bench bench.$format/*.csv
    "$ANEPROBE" doctor --format $format >out.doctor 2>err
    numbers "doctor, $format" out.doctor
    "$ANEPROBE" devices sim:zero.sim --format $format >out.devices 2>err
    numbers "devices, $format" out.devices
    if command -v sqlite3 >/dev/null 2>&1; then
        "$ANEPROBE" audit run --format $format >out.audit 2>err
        numbers "audit, $format" out.audit
    fi
done
try "$ANEPROBE" train --device sim:zero.sim --steps 2 --accum 1 --out trained
check 'train: exit 0' exits 0
numbers 'train' trained/*.csv
if command -v sqlite3 >/dev/null 2>&1; then
    try "$ANEPROBE" compare run run --published --out compared
    numbers 'compare' compared/COMPARE.md
fi
end_checks
