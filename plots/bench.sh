#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: bench.sh DIR
# Draws what `aneprobe bench --out DIR` has left there, as DIR/latency.svg: the distributions of the
# latencies in samples.csv or, of a sweep, the medians of table.csv over the sizes.
set -eu
LC_ALL=C
export LC_ALL
unset CDPATH
# shellcheck source=plots/tables.sh
. "$(dirname -- "$0")/tables.sh"
script=bench.sh
plots=$(cd -- "$(dirname -- "$0")" && pwd)

[ $# -eq 1 ] || {
    echo "usage: bench.sh DIR" >&2
    exit 2
}
out=$(cd -- "$1" && pwd) || fail "no such folder: $1"
for tool in sqlite3 gnuplot; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is needed to draw; install it (package $tool), then: sh plots/bench.sh $1"
done
# shellcheck source=plots/drawing.sh
. "$plots/drawing.sh"
make_work

cp "$out/samples.csv" "$work/samples.csv"
db=$work/bench.db run=$out
import "$work/samples.csv" samples device,clock,size 'run aneprobe bench again'
figure=bench
if [ "$(sql "$db" "SELECT count(*) > 0 FROM samples WHERE size <> ''")" = 1 ]; then
    figure=bench_sizes
    cp "$out/table.csv" "$work/table.csv"
    import "$work/table.csv" latencies size,metric,ci_low 'run aneprobe bench again'
fi
{ printf '%s\n' '.mode list' '.separator "\t"' && cat "$plots/figures/$figure.sql"; } | sql "$db" | save "$work/latency.dat"
if ! has_rows "$work/latency.dat"; then
    echo "$script: nothing was right, so there are no latencies to draw" >&2
    exit 0
fi
caption=$(sql "$db" "SELECT group_concat(words, '; ') FROM (SELECT DISTINCT device || ': ' || CASE clock WHEN 'virtual' THEN 'simulated' ELSE clock END AS words FROM samples)")
plot $figure latency "$caption"
[ ! -e "$work/latency.undrawn" ] || exit 99
mv "$work/latency.svg" "$out/latency.svg"
