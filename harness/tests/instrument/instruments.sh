#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the table of how often each probe is right again.
#     instruments.sh OUT.csv SIMS INSTRUMENT ENERGY FINDINGS.csv NAME=PROGRAM...
set -eu
out=$1 sims=$2 instrument=$3 energy=$4 findings=$5
shift 5
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-instruments.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
for pair in "$@"; do
    "$instrument" "${pair#*=}" "${pair%%=*}" "$findings" --engines "$sims" >"$work/part.csv"
    [ -e "$work/all.csv" ] || head -n 1 "$work/part.csv" >"$work/all.csv"
    sed 1d "$work/part.csv" >>"$work/all.csv"
done
"$energy" --engines "$sims" --rows >>"$work/all.csv"
cp "$work/all.csv" "$out.new"
mv "$out.new" "$out"
