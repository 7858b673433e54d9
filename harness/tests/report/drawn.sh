#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: drawn.sh PLOTS
# Figures as they are drawn: of the numbers in whole/expected, each must look like the picture of it in
# whole/pictures, within a tolerance, and no text in it may overlap another or leave the figure. gnuplot 5 and 6
# draw the same. To change the pictures on purpose, WRITE=1 writes them; look at them before you keep them.
# TAP.
set -u
LC_ALL=C
export LC_ALL
plots=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-drawn-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/err"
. "$here/../tap.sh"
command -v gnuplot >/dev/null || {
    echo '1..0 # SKIP gnuplot is not here: no figures'
    exit 0
}

# script_of FIGURE: which of plots/figures draws it.
script_of() {
    case $1 in
    report-*) echo "${1#report-}" ;;
    bench-*) echo bench ;;
    plan-*) echo plan ;;
    compare-overview | compare-parts) echo "${1#compare-}" ;;
    compare-verdicts) echo matrix ;;
    *) echo strip ;;
    esac
}
drawn() { # FIGURE
    gnuplot -c "$plots/figures/$(script_of "$1").gp" "$here/whole/expected/$1.dat" "$work/$1.svg" "$plots/figures/style.gp" \
        'cpu:cores=1, measured on this processor, not on a Neural Engine' \
        'Claim (M4): What a figure shows is a claim of about this length, a
line or two. Margin: 10 %.' >"$work/err" 2>&1 </dev/null && grep -q '</svg>' "$work/$1.svg"
}
picture() { awk -v cell=12 -f "$here/picture.awk" "$work/$1.svg" >"$work/$1.txt"; }
looks() {
    [ -z "${WRITE:-}" ] || cp "$work/$1.txt" "$here/whole/pictures/"
    awk -f "$here/picture_same.awk" "$here/whole/pictures/$1.txt" "$2" >"$work/err"
}
legible() {
    awk -v check=1 -f "$here/picture.awk" "$work/$1.svg" >"$work/err"
    [ ! -s "$work/err" ]
}
for file in "$here"/whole/expected/*.dat; do
    name=${file##*/}
    name=${name%.dat}
    check "$name: drawn" drawn "$name"
    check "$name: as a picture" picture "$name"
    check "$name: looks as it should" looks "$name" "$work/$name.txt"
    check "$name: texts do not overlap and are within it" legible "$name"
done

# A figure is drawn without what an arm that has not run would have shown.
cp -R "$here/runs/cpu" "$work/run"
sed -i.all '/,keep-tiny,/d' "$work/run/samples/compile_limit.csv"
sh "$plots/report.sh" "$work/run" 2>"$work/err"
check 'without an arm: drawn' grep -q '</svg>' "$work/run/compile_limit.svg"

# The comparison can fail: of a series that is gone, another scale, another colour.
changed() { # WHAT AWK
    awk "$2" "$work/report-overlap.txt" >"$work/changed.txt"
    check "a picture with $1 is another" eval '! looks report-overlap "$work/changed.txt"'
}
changed 'a series gone' '{ gsub(/b/, " "); print }'
changed 'another colour' '{ gsub(/b/, "g"); print }'
changed 'everything further down' '{ if (NR == 1) print "\n"; print }'
# And so can the look for texts that overlap.
sed 's/<text>[^<]*/&, with a text that is far too long to have a place of its own in a figure of this size/' \
    "$work/report-overlap.svg" >"$work/long.svg"
check 'long texts are found' eval '! legible long'
end_checks
