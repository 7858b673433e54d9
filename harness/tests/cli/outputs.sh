#!/bin/sh
# SPDX-License-Identifier: MIT
# Every command that writes where the user says: a file of somebody else's stays as it is, and the message names
# it and says what to do, before anything else is done.
. "$(dirname "$0")/lib.sh"
use_programs steady
try "$ANEPROBE" run --out "$work/run" --seed 7
try "$ANEPROBE" submit "$work/run" --out "$work/run.tar.gz"
use_real
cd "$work" || exit 99
precious=$work/precious
mil=$work/program.mil
cat >"$mil" <<'MIL'
program(1.3) {
    func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {
        tensor<fp16, [1, 64, 1, 64]> y = relu(x = x)[name = string("y")];
    } -> (y);
}
MIL

# kept FILE NAME COMMAND...: somebody's FILE is there and must be kept.
kept() {
    kept_file=$1 kept_name=$2
    shift 2
    mkdir -p "$(dirname "$kept_file")"
    echo precious >"$kept_file"
    try "$@"
    check "$kept_name: exit 2" exits 2
    check "$kept_name: the file is as it was" test "$(cat "$kept_file")" = precious
    check "$kept_name: named, with what to do" says "$(basename "$kept_file")\('; give\| already exists and is not replaced; give\| is not a comparison .*; give\)"
    rm -rf "$kept_file"
}

kept "$precious" 'plan --out' "$ANEPROBE" plan --chip m4 --model tiny --out "$precious"
kept "$precious" 'plan --timeline' "$ANEPROBE" plan --chip m4 --model tiny --timeline "$precious"
kept "$precious.mil" 'mil --write' "$ANEPROBE" mil --write "$precious.mil" "$mil"
cp "$mil" "$work/before.mil"
try "$ANEPROBE" mil --fix --write "$mil" "$mil"
check 'mil --write of a file into itself: as it was' same "$mil" "$work/before.mil"
kept "$precious" 'submit --out' "$ANEPROBE" submit "$work/run" --out "$precious"
kept "$precious" 'train --export' "$ANEPROBE" train --device sim:m4 --steps 1 --out "$work/trained" --export "$precious"
kept "$precious.tokenizer" 'train --export, its tokenizer' \
    "$ANEPROBE" train --device sim:m4 --steps 1 --out "$work/trained" --export "$precious"
check 'train --export: no directory was made' absent "$work/trained"
kept "$work/taken/file" 'train --out' "$ANEPROBE" train --device sim:m4 --steps 1 --out "$work/taken"
kept "$work/taken/samples.csv" 'bench --out' "$ANEPROBE" bench --device sim:m4 "$mil" --out "$work/taken"
kept "$precious" 'an experiment --csv' "$BUILD/probes/qos_sweep" --device sim:m4 --quick --csv "$precious"
kept "$precious" 'a trial --csv' "$BUILD/probes/qos_sweep" --device sim:m4 --quick --block 0 \
    --filter "$("$BUILD/probes/qos_sweep" --list --quick | sed -n '2s/^[^,]*,\([^,]*\),.*/\1/p')" --csv "$precious"
if command -v sqlite3 >/dev/null 2>&1; then
    for file in COMPARE.md COMPARE.html overview.svg verdicts.svg; do
        kept "$work/comparison/$file" "compare --out, $file" "$ANEPROBE" compare --published --out "$work/comparison"
    done
    try "$ANEPROBE" compare --published --out "$work/comparison"
    check 'compare --out: a new directory' exits 0
    try "$ANEPROBE" compare --published --out "$work/comparison"
    check 'compare --out: its own is replaced' exits 0
else
    skip 'compare --out' 'sqlite3 is not here'
fi
# The default names.
ANEPROBE_SOURCE=$work/source ANEPROBE_TOOLS=$FAKES ANEPROBE_EXPERIMENTS=$work/experiments.csv
export ANEPROBE_SOURCE ANEPROBE_TOOLS ANEPROBE_EXPERIMENTS
try "$ANEPROBE" submit "$work/run"
made=$(head -n 1 "$work/out")
kept "$work/$made" 'submit, its default name' "$ANEPROBE" submit "$work/run"
mkdir -p "$work/taken" && echo precious >"$work/taken/file"
try "$ANEPROBE" run steady --out "$work/taken"
check 'run --out: said' says 'taken is not empty; name a new or empty directory'
check 'run --out: as it was' test "$(ls "$work/taken") $(cat "$work/taken/file")" = 'file precious'
try "$ANEPROBE" add "$work/run.tar.gz"
check 'add' exits 0
filed=$(find "$ANEPROBE_SOURCE/results" -name verdicts.csv)
echo precious >"$filed"
try "$ANEPROBE" add "$work/run.tar.gz"
check 'add, filed already: not replaced' test "$(cat "$filed")" = precious
check 'add, filed already: said' says 'already exists'

# What may be written: an empty file, a device.
use_real
: >"$precious"
try "$ANEPROBE" plan --chip m4 --model tiny --out "$precious"
check 'an empty file is written' exits 0
check 'an empty file is written: with the table' test -s "$precious"
try "$ANEPROBE" plan --chip m4 --model tiny --out /dev/null
check 'a device is written' exits 0
# A reader that left, as `head` does, is no fault.
"$BUILD/probes/qos_sweep" --device sim:m4 --quick --csv - 2>"$work/err" | head -n 1 >"$work/out"
check 'an experiment to a reader that left: its head' prints '^job,device,'
check 'an experiment to a reader that left: nothing is said' is_silent
end_checks
