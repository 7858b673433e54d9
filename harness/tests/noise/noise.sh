#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: noise.sh RUNS FILE [SHAPE...]
# Does load from others reverse a verdict? Makes quick runs on `cpu`, RUNS beside each SHAPE of load (by default
# all) and one alone in four, and counts how each verdict about time came out: one row per finding and shape in
# FILE. Fails when a verdict beside load contradicts the one on the idle machine. It measures, so nothing else may
# run on the machine.
#
# The experiments are those with the most verdicts about time for the time that they take: overlap, which load once
# turned round, and two that take little. qos_sweep takes nearly as long as these three, for one verdict. ping_pong's
# verdict is inconclusive on the idle machine, so that load can turn nothing round.
#
# It may be stopped at any time: each run's verdicts are added to FILE_runs.csv as it ends, and the same command
# makes those that are missing. Each round makes one run of each shape.
#     ANEPROBE   the program
#     FINDINGS   results/findings.csv
set -eu
runs=$1 file=$2
shift 2
[ $# -gt 0 ] || set -- cores over bursts memory disk suite
programs='overlap dispatch shared_surface'
here=$(cd "$(dirname "$0")" && pwd)
made=${file%.csv}_runs.csv
work=$(mktemp -d)
load=
trap 'load_stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
. "$here/load.sh"
load_can || {
    echo 'noise.sh: stress-ng is not here: no load to measure beside' >&2
    exit 77
}

# A run's rows are added at once, so that it is there as a whole or not at all.
head='commit,shape,run,finding,verdict'
[ -s "$made" ] || echo "$head" >"$made"
[ "$(head -n 1 "$made")" = "$head" ] || {
    echo "noise.sh: $made does not begin with '$head'; move it away" >&2
    exit 2
}
is_made() { grep -q "^[^,]*,$1,$2," "$made"; }
keep() { # SHAPE N RUN
    commit=$(sed -n 's/^commit,//p' "$3/machine.csv")
    before=$(sed -n '2s/,.*//p' "$made")
    [ -z "$before" ] || [ "$before" = "$commit" ] || {
        echo "noise.sh: $made holds runs of commit $before, and this is $commit; move it away, or build that commit" >&2
        exit 2
    }
    sed 1d "$3/verdicts.csv" | cut -d, -f1,2 | sed "s/^/$commit,$1,$2,/" >"$work/rows"
    cat "$work/rows" >>"$made"
}

n=0 i=0
while [ $i -lt "$runs" ]; do
    i=$((i + 1))
    for shape in idle "$@"; do
        n=$((n + 1))
        # the idle machine's verdict is that of most of its runs, which need not be as many
        [ $shape != idle ] || [ $((i % 4)) -eq 1 ] || continue
        ! is_made "$shape" $i || continue
        status=0
        load_start "$shape"
        "$ANEPROBE" run --quick --share --seed $n --device cpu --out "$work/run" $programs \
            >"$work/out" 2>"$work/err" </dev/null || status=$?
        load_stop
        # 1: a claim came out differently from what was published
        [ $status -le 1 ] || {
            cat "$work/err" >&2
            echo "noise.sh: run $i beside '$shape' ended with exit code $status" >&2
            exit 99
        }
        keep "$shape" $i "$work/run"
        rm -rf "$work/run"
        printf '%s: run %d of %d\n' "$shape" $i "$runs" >&2
    done
done

awk -F, 'NR > 1 && $NF == "time" { print $1 }' "$FINDINGS" >"$work/on_time"
awk -F, -v shapes="idle $*" '
    BEGIN { print "shape,finding,runs,idle,reproduced,contradicted,inconclusive,untrusted,turned_round" }
    NR == FNR { on_time[$1]; next }
    $4 in on_time && $5 != "unsupported" { n[$2, $4]++; count[$2, $4, $5]++; if (!($4 in seen)) order[++findings] = $4; seen[$4] }
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
    }' "$work/on_time" "$made" >"$work/table"
cp "$work/table" "$file"
awk -F, '
    NR == 1 { next }
    $1 == "idle" && $8 == $3 { print "noise.sh: " $2 " is untrusted in every idle run: this machine was not idle"; bad = 1 }
    $9 > 0 { print "noise.sh: beside " $1 ", " $2 " came out against the idle machine in " $9 " of " $3 " runs"; bad = 1 }
    END { exit bad }' "$file" >&2
