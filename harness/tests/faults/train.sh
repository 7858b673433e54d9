#!/bin/sh
# SPDX-License-Identifier: MIT
# The trainer with failing calls: a stopped training continues to the same model, bit for bit.
. "$(dirname "$0")/lib.sh"
program=aneprobe-train
run=$work/run whole=$work/whole
shape=layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128
# The results of a step, without its times: step, tokens, loss, versions.
losses() { cut -d, -f1-3,13-15 "$1/steps.csv"; }

same_as_whole() { # WHEN
    cmp -s "$whole.bin" "$run.bin" || wrong "$1: another model"
    losses "$whole" >"$work/first" && losses "$run" >"$work/second" && cmp -s "$work/first" "$work/second" || wrong "$1: other losses"
    clean "$work"
    left=$(find "$TMPDIR" -mindepth 2 ! -name lock | head -n 3)
    [ -z "$left" ] || wrong "$1: left in TMPDIR: $left"
}
meet_train() {
    if [ "$status" -ne 0 ]; then
        has_said 'aneprobe train'
        if [ -e "$run/settings.csv" ]; then
            try "$ANEPROBE" train --resume "$run" --export "$run.bin"
        else
            try "$@"
        fi
        [ "$status" -eq 0 ] || wrong "going on: exit code $status: $(head -n 1 "$work/err")"
    fi
    same_as_whole "exit code $status"
}
prepare_run() { rm -rf "$run" "$run.bin" "$run.bin.tokenizer"; }
prepare=prepare_run meet=meet_train

# each NAME DEVICE STEPS CLASS...
each() {
    each_what=$1 each_device=$2 each_steps=$3
    shift 3
    rm -rf "$whole" "$whole".*
    try "$ANEPROBE" train --out "$whole" --device "$each_device" --shape $shape --accum 2 --steps "$each_steps" --lr 0.01 \
        --checkpoint-every 2 --update double --export "$whole.bin"
    check "$each_what: the undisturbed run" exits 0
    for each_class in "$@"; do
        fail_each "$each_what" "$each_class" "$ANEPROBE" train --out "$run" --device "$each_device" --shape $shape --accum 2 \
            --steps "$each_steps" --lr 0.01 --checkpoint-every 2 --update double --export "$run.bin"
    done
}
each train "sim:$SIMS/plain.sim" 12 alloc write sync rename open create +write +create +open
# On cpu, where the system's compiler compiles the weights. Fewer calls, since each takes seconds, and without
# optimisation: the calls that fail are the trainer's.
cat >"$work/cc" <<'CC'
#!/bin/sh
exec cc "$@" -O0
CC
chmod +x "$work/cc"
ANEPROBE_CC=$work/cc
export ANEPROBE_CC
[ -z "$LONG" ] || LONG=$(((LONG + 9) / 10))
most=2
each "train on cpu" cpu 4 spawn dlopen rename write alloc thread +write +clock
end_checks
