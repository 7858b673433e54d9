#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: compare_many.sh COMPARE_SH RUN
# What comparing 200 runs of 25,000 samples each costs, made of copies of a recorded run, beside letting
# sqlite3 read the same tables and do nothing with them. CSV as the other benchmarks print.
set -eu
LC_ALL=C
export LC_ALL
compare=$1 recorded=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-compare-many.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

set -- "$recorded"/samples/*.csv
awk 'NR == 1 { print; next } { row[n++] = $0 } END { for (i = 0; i < 25000; i++) print row[i % n] }' "$1" >samples.csv
i=0
while [ $i -lt 200 ]; do
    i=$((i + 1))
    mkdir -p "runs/$i/samples"
    cp "$recorded"/*.csv "runs/$i"
    ln samples.csv "runs/$i/samples/${1##*/}"
    sed "s/^device,.*/device,ane/; s/^chip,.*/chip,Apple M$((i % 5 + 1))/" "$recorded/machine.csv" >"runs/$i/machine.csv"
    for table in machine settings summary verdicts; do
        printf '.import --csv runs/%d/%s.csv %s\nDROP TABLE %s;\n' $i $table $table $table
    done >>read.sql
done

# seconds COMMAND...: of the wall clock.
seconds() {
    { time -p "$@" >out; } 2>times
    awk '$1 == "real" { print $2 }' times
}
compare_s=$(seconds sh "$compare" --published --out made runs/*)
read_s=$(seconds sqlite3 read.db <read.sql)
grep -q '^## Verdicts' made/COMPARE.md
echo benchmark,metric,value,unit,reference,ratio,goal,met
awk -v compare="$compare_s" -v read="$read_s" 'BEGIN {
    printf "compare_many,elapsed,%.2f,s,%.2f,%.1f,10,%s\n", compare, read, compare / (read > 0 ? read : 0.01), compare < 10 ? "yes" : "no" }'
