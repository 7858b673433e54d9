#!/bin/sh
# SPDX-License-Identifier: MIT
# Failures around a program rather than in a call: no stdout, few handles, a terminal that is closed, a compiler
# that is stopped.
. "$(dirname "$0")/../cli/lib.sh"
use_real
TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
probe=chaining_loopback
sim=sim:$SIMS/chain-works.sim
shape=layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128
small="--shape $shape --accum 2 --lr 0.01 --checkpoint-every 2 --update double"
whole=$work/whole
try "$ANEPROBE" run --out "$whole" --quick --seed 3 --device "$sim" $probe
check 'an undisturbed run' exits 0
# shellcheck disable=SC2086 # several words
try "$ANEPROBE" train --out "$whole-train" --device "$sim" $small --steps 8 --export "$whole.bin" --sample 1
check 'an undisturbed training' exits 0
is_whole() { same "$whole/samples/$probe.csv" "$1/samples/$probe.csv" && same "$whole/verdicts.csv" "$1/verdicts.csv"; }

# ---- stdout, stderr and stdin closed: what is printed must not end up in a file of the run
"$ANEPROBE" run --out "$work/closed" --quick --seed 3 --device "$sim" $probe <&- >&- 2>&-
status=$?
check 'no stdin, stdout, stderr: exit code' exits 0
check 'no stdin, stdout, stderr: the same samples and verdicts' is_whole "$work/closed"
# shellcheck disable=SC2086
"$ANEPROBE" train --out "$work/closed-train" --device "$sim" $small --steps 8 --export "$work/closed.bin" --sample 1 <&- >&- 2>&-
status=$?
check 'no stdin, stdout, stderr: training, exit code' exits 0
check 'no stdin, stdout, stderr: training, the same model' same "$whole.bin" "$work/closed.bin"
check 'no stdin, stdout, stderr: training, its rows are rows' test \
    "$(awk -F, '{ print NF }' "$work/closed-train/steps.csv" | sort -u | wc -l)" -eq 1

# ---- few handles, from none to enough: stopped with a reason, or the whole result
enough=
for n in 3 4 5 6 7 8 10 12 16 24 64; do
    rm -rf "$work/few"
    try sh -c 'ulimit -n "$1"; shift; exec "$@"' sh $n "$ANEPROBE" run --out "$work/few" --quick --seed 3 --device "$sim" $probe
    case $status in
    0) is_whole "$work/few" && enough=$n || { check "$n handles: the whole result" false; break; } ;;
    1 | 2 | 77 | 99 | 127) [ -s "$work/err" ] || { check "$n handles: a reason" false; break; } ;;
    *) check "$n handles: an exit code that is documented" false; break ;;
    esac
done
check "handles from 3 to 64: a reason, or the whole result" test -n "$enough"

# ---- the terminal goes: the batch is ended, and what there is is kept
# shellcheck disable=SC2086
"$ANEPROBE" train --out "$work/gone" --device "$sim" $small --steps 100000 >"$work/out" 2>"$work/err" </dev/null &
pid=$!
started="$started $pid"
has_steps() { [ -e "$work/gone/steps.csv" ] && [ "$(wc -l <"$work/gone/steps.csv")" -gt 10 ]; }
wait_for has_steps
kill -HUP $pid
wait $pid
status=$?
check 'SIGHUP: training, exit code' exits 130
check 'SIGHUP: training, a checkpoint' test -s "$work/gone/checkpoint"

# ---- a compiler that stands still: the time limit ends it
printf '#!/bin/sh\nkill -STOP $$\n' >"$work/cc"
chmod +x "$work/cc"
# shellcheck disable=SC2086
try env ANEPROBE_CC="$work/cc" "$ANEPROBE" train --out "$work/still" --device cpu:compile_limit_s=1 $small --steps 2
check 'a compiler that is stopped: exit code' exits 99
check 'a compiler that is stopped: said' says 'was killed after 1 s'
check 'a compiler that is stopped: gone' sh -c '! ps -e -o args | grep -v grep | grep -q "$1"' sh "$work/cc"
end_checks
