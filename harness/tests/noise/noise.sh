#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: noise.sh RUNS FILE [SHAPE...]
# Does load from others reverse a verdict? Makes quick runs on `cpu`, RUNS alone and RUNS beside each SHAPE of
# load (by default all), and counts how each verdict about time came out: one row per finding and shape in FILE.
# Fails when a verdict beside load contradicts the one on the idle machine. It measures, so nothing else may run
# on the machine.
#     ANEPROBE   the program
#     FINDINGS   results/findings.csv
set -eu
runs=$1 file=$2
shift 2
[ $# -gt 0 ] || set -- cores over bursts memory disk suite
programs='overlap qos_sweep ping_pong dispatch shared_surface'
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
load=
trap 'load_stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
. "$here/load.sh"
load_can || {
    echo 'noise.sh: stress-ng is not here: no load to measure beside' >&2
    exit 77
}

seed=0
for shape in idle "$@"; do
    load_start "$shape"
    i=0
    while [ $i -lt "$runs" ]; do
        i=$((i + 1)) seed=$((seed + 1))
        status=0
        "$ANEPROBE" run --quick --share --seed $seed --device cpu --out "$work/$shape.$i" $programs \
            >"$work/out" 2>"$work/err" </dev/null || status=$?
        # 1: a claim came out differently from what was published
        [ $status -le 1 ] || {
            cat "$work/err" >&2
            echo "noise.sh: run $i beside '$shape' ended with exit code $status" >&2
            exit 99
        }
        printf '%s: run %d of %d\n' "$shape" $i "$runs" >&2
    done
    load_stop
done

awk -F, 'NR > 1 && $NF == "time" { print $1 }' "$FINDINGS" >"$work/on_time"
{
    echo shape,finding,runs,idle,reproduced,contradicted,inconclusive,untrusted,turned_round
    for shape in idle "$@"; do
        for run in "$work/$shape".*; do
            sed 1d "$run/verdicts.csv" | cut -d, -f1,2 | sed "s/^/$shape,/"
        done
    done | awk -F, -v shapes="idle $*" '
        NR == FNR { on_time[$1]; next }
        $2 in on_time && $3 != "unsupported" { n[$1, $2]++; count[$1, $2, $3]++; if (!($2 in seen)) order[++findings] = $2; seen[$2] }
        END {
            n_shapes = split(shapes, shape, " ")
            for (s = 1; s <= n_shapes; s++)
                for (f = 1; f <= findings; f++) {
                    finding = order[f]
                    held = count["idle", finding, "reproduced"] + 0
                    not_held = count["idle", finding, "contradicted"] + 0
                    idle = held > not_held ? "reproduced" : not_held > held ? "contradicted" : "inconclusive"
                    other = idle == "reproduced" ? "contradicted" : "reproduced"
                    turned = idle == "inconclusive" ? 0 : count[shape[s], finding, other] + 0
                    printf "%s,%s,%d,%s,%d,%d,%d,%d,%d\n", shape[s], finding, n[shape[s], finding], idle,
                        count[shape[s], finding, "reproduced"], count[shape[s], finding, "contradicted"],
                        count[shape[s], finding, "inconclusive"], count[shape[s], finding, "untrusted"], turned
                }
        }' "$work/on_time" -
} >"$work/table"
cp "$work/table" "$file"
awk -F, '
    NR == 1 { next }
    $1 == "idle" && $8 == $3 { print "noise.sh: " $2 " is untrusted in every idle run: this machine was not idle"; bad = 1 }
    $9 > 0 { print "noise.sh: beside " $1 ", " $2 " came out against the idle machine in " $9 " of " $3 " runs"; bad = 1 }
    END { exit bad }' "$file" >&2
