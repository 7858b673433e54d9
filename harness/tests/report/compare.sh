#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: compare.sh COMPARE_SH
# Comparisons of published figures and of recorded runs (runs/), and messages about bad runs. TAP.
set -u
LC_ALL=C
export LC_ALL
compare=$1
runs=$(cd "$(dirname "$0")" && pwd)/runs
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-compare-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS=err
. "$(dirname "$0")/../tap.sh"
cd "$work" || exit 99
# Temporary files go to $temporary.
temporary=${TMPDIR:-/tmp}
try() {
    status=0
    rm -rf made
    TMPDIR=$temporary sh "$compare" --out made "$@" >out 2>err </dev/null || status=$?
}
exits() { [ "$status" -eq "$1" ]; }
says() { grep -qF -e "$1" err && [ "$(wc -l <err)" -eq 1 ]; }
has() { grep -qF -e "$1" made/COMPARE.md; }
lacks() { ! grep -qF -e "$1" made/COMPARE.md; }
# In each table all rows have as many cells as its header; a \| is no border.
tables_whole() {
    awk '{ line = $0; gsub(/\\\|/, "", line) }
        line ~ /^\|/ { cells = gsub(/\|/, "|", line); if (!width) width = cells; if (cells != width) { print "# " $0; bad = 1 } next }
        { width = 0 }
        END { exit bad }' made/COMPARE.md
}
# Every figure that is shown exists and is not empty, and there is no other.
figures_are() {
    [ "$(sed -n 's/^!\[.*(\(.*\)\.svg)$/\1/p' made/COMPARE.md | sort | tr '\n' ' ')" = "$1 " ] &&
        [ "$(cd made && ls ./*.svg | sed 's|./||; s|\.svg||' | sort | tr '\n' ' ')" = "$1 " ] || return 1
    for svg in made/*.svg; do
        tail -n 3 "$svg" | grep -q '</svg>' && [ "$(grep -c '<path\|<use\|<polygon' "$svg")" -gt 10 ] || return 1
    done
}
# Figure $1 contains the words $2.
figure_says() { sed 's/<[^>]*>//g' "made/$1.svg" | grep -qF -e "$2"; }
row() { grep "^| $1 | " made/COMPARE.md; }

echo '# published alone'
try --published
check 'published: exit 0' exits 0
check 'published: it says that nothing was measured' has 'nothing of it was measured by this suite'
check 'published: tables are whole' tables_whole
if command -v gnuplot >/dev/null; then
    check 'published: all figures' figures_are 'compile decode engine_efficiency eval overview package_efficiency package_power parts peak power step stream wake'
    check 'published: the first shows which chip does what' eval "sed -n 's/^!\[.*(//p' made/COMPARE.md | head -n 1 | grep -q overview"
    check 'published: a figure has no mark for measured' eval '! figure_says peak "measured by"'
    check 'published: a figure says so' figure_says peak 'published by others; crosses simulated; nothing measured here'
fi
for chip in M1 'M2 Pro' 'M3 Ultra' M4 'M5 Max'; do
    check "published: $chip is there" eval "row '$chip' >chip"
done
check 'published: chips are in their order' eval \
    "sed -n '/^## Peak/,/^## Compile/s/^| \(M[0-9][^|]*\) | published.*/\1/p' made/COMPARE.md | tr '\n' ';' | grep -q '^M1;M1 Max;M2 Pro;M2 Max;M3 Pro;M3 Max;M3 Ultra;M4;M4 Pro;M4 Max;M5;$'"
check 'published: several sources are a spread' eval "row M4 | grep -q '| published | 3 | 7.5 to 13.86 |'"
# section TITLE: its rows. Whose watts they are: an M2 Ultra's package, which has no figure of the engine alone; an M4's
# engine, by whoever says that it is.
section() { sed -n "/^## $1\$/,/^## /p" made/COMPARE.md; }
check "published: the engine's watts" eval "section 'Power of the engine at work' | grep -q '^| M4 | published | 5 | 2.8 to 12.25 |'"
check "published: no package's among them" eval "! section 'Power of the engine at work' | grep -q '^| M2 Ultra '"
check "published: the package's watts" eval "section 'Power of the package with the engine at work' | grep -q '^| M2 Ultra | published | 1 | 7.05 |'"
check "published: no engine's among them" eval "! section 'Power of the package with the engine at work' | grep -q '^| M4'"
check 'published: work for a watt of the engine, with the figure that its author put right' eval "section 'Work for a watt of the engine' | grep -q '^| M4 | published | 2 | 4.1 to 6.6 |'"
check 'published: work for a watt of the package' eval "section 'Work for a watt of the package' | grep -q '^| M4 | published | 2 | 1.019 to 1.112 |'"
check 'published: no verdicts without a run' lacks '## Verdicts'
check 'published: what a plan predicts is beside it, as simulated' has '| M4 | **simulated** | 1 | 113 |'

echo '# runs'
try "$runs/cpu" "$runs/sim" --published
check 'runs: exit 0' exits 0
check 'runs: tables are whole' tables_whole
check 'runs: a processor is called one' eval "row 'AMD EPYC (processor)' | grep -qF '| **measured** |'"
check 'runs: a simulated engine is called one' eval "row 'sim:.*' | grep -qF '| **simulated** |'"
check 'runs: neither stands with a chip' eval "! row 'M[1-5].*' | grep '[*][*]m' | grep -vq 'aneprobe plan'"
check 'runs: what a simulated engine came to is in small letters' eval "sed -n '/^## Verdicts/,/^## Against/p' made/COMPARE.md | grep -q '^| .chaining.executes. | [RC-] | [rc-] |$'"
check 'runs: none that do not say their programs are set in ratio' has 'None: no two runs'
cp -R "$runs/cpu" simulated
sed 's/^device,.*/device,sim:m4/' "$runs/cpu/machine.csv" >simulated/machine.csv
try "$runs/cpu" simulated --published
if command -v gnuplot >/dev/null; then
    check 'runs: figures' figures_are 'compile decode engine_efficiency eval overview package_efficiency package_power parts peak power step stream verdicts wake'
    check 'runs: both kinds have marks of their own' eval 'figure_says compile "measured by this suite" && figure_says compile simulated'
fi
try "$runs/cpu"
if command -v gnuplot >/dev/null; then
    check 'one run: every figure is drawn' lacks 'No figure'
fi
check 'without --published: exit 0' exits 0
check 'without --published: nobody else is quoted' lacks '| published |'

echo '# training and dispatch'
cp -R "$runs/cpu" training
{
    cat "$runs/cpu/summary.csv"
    for row in sync,step_ns,8e6 sync,step_device_ns,5e6 sync,step_host_ns,2e6 sync,step_stall_ns,40e6 dynamic,step_ns,6e6; do
        echo "train,${row%,*},ns,5,runs,${row##*,},1e6,9e7,1e6,9e7,0"
    done
    echo dispatch,closed,median_ns,ns,6,processes,500,400,600,400,600,0
    echo dispatch,open,median_ns,ns,6,processes,300,200,400,200,400,0
} >training/summary.csv
try training
check 'a step of the quickest way stands for the run' has '| **measured** | 1 | 6 | 1 to 90 | 5 runs | training: train, dynamic |'
check 'its parts stand way by way' has '| **measured** | sync | 8 | 5 |  | 2 |  | 40 | 5 runs | training |'
check 'the shortest eval is that of a closed loop' has '| **measured** | 1 | 0.0005 | 0.0004 to 0.0006 | 6 processes | training: dispatch, closed |'

echo '# ratios'
# compiled NAME HASH VERSION MEDIAN LOW HIGH: a run with these words for its compiles; - is none
compiled() {
    rm -rf "$1"
    cp -R "$runs/cpu" "$1"
    awk -F, -v hash="$2" -v version="$3" -v median="$4" -v low="$5" -v high="$6" 'BEGIN { OFS = "," }
        NR == 1 { print $0, "program_hash", "probe_version"; next }
        $1 == "compile_sequence" && $3 == "later_compile_ns" { $7 = median; $8 = low; $9 = high; print $0, hash, version; next }
        { print $0, "", "" }' "$runs/cpu/summary.csv" >"$1/summary.csv"
}
compiled first 0123456789abcdef 01234567 2e7 1e7 4e7
compiled second 0123456789abcdef 01234567 6e7 5e7 8e7
try first second
check 'the same programs by the same probe: a ratio with the worst of both intervals' has '| 3 | 1.25 to 8 |'
sed '1s/experiment/program/' first/summary.csv >head && cp head first/summary.csv
try first second
check 'a run of an older version: the same ratio' has '| 3 | 1.25 to 8 |'
compiled second fedcba9876543210 01234567 6e7 5e7 8e7
try first second
check 'other programs: none' has 'None: no two runs'
compiled second 0123456789abcdef 76543210 6e7 5e7 8e7
try first second
check 'another version of the probe: none' has 'None: no two runs'
for name in first second; do compiled $name '' '' 6e7 5e7 8e7; done
try first second
check 'programs that are not known: none' has 'None: no two runs'
sed 's/^commit,.*/commit,0123456789ab/; s/^kind,.*/kind,ane/; s/^device,.*/device,ane/; s/^chip,.*/chip,Apple M4/' "$runs/cpu/machine.csv" >second/machine.csv
try first second --published
check 'an engine stands with its chip' eval "row M4 | grep -qF '| **measured** |'"

echo '# odd and bad'
odd="it's \"odd\"; touch ran \$(touch ran) | %s"
cp -R "$runs/cpu" "$odd"
try "$odd"
check 'an odd name: exit 0' exits 0
check 'an odd name: tables are whole' tables_whole
check 'an odd name: nothing ran' eval '[ ! -e ran ]'
try "$runs/hostile"
check 'hostile cells: exit 0' exits 0
check 'hostile cells: tables are whole' tables_whole
try
check 'nothing to compare: exit 2' exits 2
try --publish
check 'an unknown option: exit 2' exits 2
try none
check 'no such run: exit 2' exits 2
check 'no such run: said' says 'none: no such run directory'
mkdir bare
try bare
check 'no run in a directory: exit 2' exits 2
check 'no run in a directory: said' says 'bare is not a run directory'
odd="$work/a
b"
cp -R "$runs/cpu" "$odd"
try "$odd"
check 'a line end in a path: exit 0' exits 0
try "$runs/not-judged"
check 'a run that was not judged: said' says "aneprobe judge"
try "$runs/cpu" "$runs/short-row"
check 'a row cut off: which run' says "short-row cannot be read: summary.csv"
try "$runs/not-a-number"
check 'nan: which run and what' says "not-a-number/summary.csv has 'nan'"
# Names of temporary directories that a shell or sqlite3 could take apart.
for name in 'b l' "it's" 'qu"o' 'b\s'; do
    mkdir "$work/$name"
    temporary=$work/$name
    try "$runs/cpu"
    check "TMPDIR in $name: exit 0" exits 0
    check "TMPDIR in $name: left empty" rmdir "$work/$name"
done
temporary=$work/none
try "$runs/cpu"
check 'no TMPDIR: exit 99' exits 99
check 'no TMPDIR: what to do' says "$work/none: set TMPDIR"
temporary=${TMPDIR:-/tmp}
: >empty.csv
try --also empty.csv
check 'an empty file of others: named' says 'compare: empty.csv does not read: empty file; make it with'
try "$runs/not-a-number"
check 'a bad run leaves nothing' eval '[ ! -e made/COMPARE.md ]'
end_checks
