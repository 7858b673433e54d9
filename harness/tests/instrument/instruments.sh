#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes rows of the table of how often each probe is right again, and leaves the others as they are. The name `energy`
# stands for what the meters read.
#     instruments.sh OUT.csv SIMS INSTRUMENT FINDINGS.csv NAME=PROGRAM...
set -eu
out=$1 sims=$2 instrument=$3 findings=$4
shift 4
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-instruments.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp "$out" "$work/all.csv"
for pair in "$@"; do
    name=${pair%%=*} program=${pair#*=}
    if [ "$name" = energy ]; then
        "$program" --engines "$sims" --rows >"$work/part.csv"
    else
        "$instrument" "$program" "$name" "$findings" --engines "$sims" >"$work/part.csv"
        sed 1d "$work/part.csv" >"$work/rows.csv"
        mv "$work/rows.csv" "$work/part.csv"
    fi
    # in their place, or at the end
    awk -F, -v name="$name" -v part="$work/part.csv" '
        function put(  row) { while (!is_put && (getline row <part) > 0) print row; is_put = 1 }
        FNR == 1 { file++ }
        file == 1 { experiment[$1] = $2; next }
        (name == "energy" ? $1 == "energy.joules" : experiment[$1] == name) { put(); next }
        { print }
        END { put() }' "$findings" "$work/all.csv" >"$work/next.csv"
    mv "$work/next.csv" "$work/all.csv"
done
cp "$work/all.csv" "$out.new"
mv "$out.new" "$out"
