#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: report.sh REPORT_SH ANEPROBE
# Reports copies of the run directories in runs/ and compares with what each one's expected.txt
# says, a line each:
#     judge             judge it first            exit N        the exit code, 0 if not said
#     + TEXT, - TEXT    is, is not in the report  +err TEXT     is on stderr
#     page TEXT, nopage TEXT   is, is not in the page, of which rows of tables are written as in Markdown
#     svg E [TEXT]      experiment E has a figure, which holds TEXT
#     nosvg E           it has none               nofile F      nothing made F
# NOTE in each says what it proves. TAP.
set -u
LC_ALL=C
export LC_ALL
report=$1 aneprobe=$2
runs=$(cd "$(dirname "$0")" && pwd)/runs
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-report-test.XXXXXX") || exit 99
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

TAP_SHOWS="$work/err"
. "$(dirname "$0")/../tap.sh"
try() {
    status=0
    "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}
exits() { [ "$status" -eq "$1" ]; }
says() { grep -qF -e "$1" "$work/err"; }
# One line: messages of the importer, gnuplot and the shell must not be passed on.
says_one_line() { [ "$(wc -l <"$work/err" | tr -d ' ')" = 1 ]; }
has() { grep -qF -e "$2" "$1"; }
lacks() { ! grep -qF -e "$2" "$1"; }
absent() { [ ! -e "$1" ]; }
nothing_left() { [ -z "$(find "$1" -name '.report*' -o -name ran)" ]; }

# In each table of the report all rows have as many cells as its header; \| is not a border.
tables_whole() {
    awk '{ line = $0; gsub(/\\\|/, "", line) }
        line ~ /^\|/ { cells = gsub(/\|/, "|", line); if (!width) width = cells; if (cells != width || line !~ /\|$/) { print "# " $0; bad = 1 } next }
        { width = 0 }
        END { exit bad }' "$1"
}
# Every figure that the report shows exists, there is no other, and each is complete and shows data.
figures_whole() {
    for svg in "$1"/*.svg; do
        [ -e "$svg" ] || continue
        name=${svg##*/}
        grep -qF "]($name)" "$1/PROBE_RESULTS.md" || { echo "# $name is in no section"; return 1; }
        if [ "$(tail -n 3 "$svg" | grep -c '^</svg>')" != 1 ] || grep -qi '[^a-z]nan[^a-z]' "$svg"; then
            echo "# $name is damaged"
            return 1
        fi
        if command -v xmllint >/dev/null 2>&1; then xmllint --noout "$svg" || return 1; fi
    done
    for name in $(sed -n 's/^!\[.*(\(.*\))$/\1/p' "$1/PROBE_RESULTS.md"); do
        [ -s "$1/$name" ] || { echo "# $name is not there"; return 1; }
    done
}
snapshot() { (cd "$1" && cat PROBE_RESULTS.md ./*.svg 2>/dev/null | cksum); }
the_same() { [ "$1" = "$2" ]; }

# page_rows RUN: the words of its page, a row of a table each on one line.
page_rows() {
    [ ! -e "$1/PROBE_RESULTS.html" ] || sed '/<svg/,/<\/svg>/d' "$1/PROBE_RESULTS.html" | awk '
        /^<tr>/ { row = "|"; next }
        /^<\/tr>/ { print row; row = ""; next }
        { gsub(/<[^>]*>/, ""); gsub(/&gt;/, ">"); gsub(/&lt;/, "<"); gsub(/&amp;/, "\\&") }
        row != "" { row = row " " $0 " |"; next }
        { print }' >"$1/rows"
}
on_page() {
    if command -v cmark-gfm >/dev/null 2>&1; then check "$@"; else skip "$1" 'cmark-gfm is not here: no page'; fi
}

expect() { # CASE RUN LINE
    rest=${3#* }
    case $3 in
    'judge' | 'exit '*) ;;
    '+err '*) check "$1: says: $rest" says "$rest" ;;
    '+ '*) check "$1: has: $rest" has "$2/PROBE_RESULTS.md" "$rest" ;;
    '- '*) check "$1: lacks: $rest" lacks "$2/PROBE_RESULTS.md" "$rest" ;;
    'page '*) on_page "$1: page has: $rest" has "$2/rows" "$rest" ;;
    'nopage '*) on_page "$1: page lacks: $rest" lacks "$2/rows" "$rest" ;;
    'svg '*' '*) check "$1: figure of ${rest%% *}: ${rest#* }" has "$2/${rest%% *}.svg" "${rest#* }" ;;
    'svg '*) check "$1: figure of $rest" test -s "$2/$rest.svg" ;;
    'nosvg '*) check "$1: no figure of $rest" absent "$2/$rest.svg" ;;
    'nofile '*) check "$1: nothing made '$rest'" absent "$2/$rest" ;;
    *) check "$1: expected.txt says nothing unknown: $3" false ;;
    esac
}

has_gnuplot=$(command -v gnuplot || true)
for run in "$runs"/*/; do
    case=$(basename "$run")
    copy=$work/$case
    cp -R "$run" "$copy"
    mkdir -p "$copy/samples"
    status=0
    check "$case: NOTE says what it proves" test -s "$copy/NOTE"
    if grep -qx judge "$copy/expected.txt"; then
        try "$aneprobe" judge "$copy"
        check "$case: judged" exits 0
    fi
    code=$(sed -n 's/^exit //p' "$copy/expected.txt")
    try sh "$report" "$copy"
    check "$case: exit ${code:-0}" exits "${code:-0}"
    check "$case: nothing is left behind" nothing_left "$copy"
    if [ "${code:-0}" = 0 ]; then
        check "$case: nothing on stderr" test ! -s "$work/err"
        check "$case: tables are whole" tables_whole "$copy/PROBE_RESULTS.md"
        check "$case: figures are whole" figures_whole "$copy"
        first=$(snapshot "$copy")
        sh "$report" "$copy" 2>/dev/null
        check "$case: the same again" the_same "$first" "$(snapshot "$copy")"
        check "$case: no line has lost its beginning" eval "! grep -q '^ [a-z]' \"$copy/PROBE_RESULTS.md\""
        check "$case: short enough to paste" [ "$(wc -c <"$copy/PROBE_RESULTS.md")" -lt 65536 ]
        page_rows "$copy"
    else
        check "$case: no report" absent "$copy/PROBE_RESULTS.md"
        check "$case: one message" says_one_line
    fi
    while IFS= read -r line; do
        case $line in svg*) [ -n "$has_gnuplot" ] || continue ;; esac
        expect "$case" "$copy" "$line"
    done <"$copy/expected.txt"
done

# Tests that depend on the environment: tools and paths.
status=0
tools=$work/tools
mkdir "$tools"
for tool in sh awk cat cp dirname echo grep head mkdir mktemp mv rm sed sqlite3 tail tr wc; do
    path=$(command -v "$tool") && ln -s "$path" "$tools/$tool"
done
plain=$work/plain
cp -R "$runs/one-sample" "$plain"
echo old >"$plain/peak.svg"
echo old >"$plain/PROBE_RESULTS.html"
try env PATH="$tools" sh "$report" "$plain"
check 'no gnuplot: exit 0' exits 0
check 'no gnuplot: says so' has "$plain/PROBE_RESULTS.md" 'No figures: gnuplot is not installed.'
check 'no gnuplot: no figure, not even an old one' test -z "$(find "$plain" -name '*.svg')"
check 'no cmark-gfm: the report says so' has "$plain/PROBE_RESULTS.md" 'No page in HTML: cmark-gfm is not installed.'
check 'no cmark-gfm: no page, not even an old one' absent "$plain/PROBE_RESULTS.html"
check 'no gnuplot: nothing shows one' lacks "$plain/PROBE_RESULTS.md" '.svg)'
printf '#!/bin/sh\necho "no terminal" >&2\nexit 1\n' >"$tools/gnuplot"
chmod +x "$tools/gnuplot"
try env PATH="$tools" sh "$report" "$plain"
check 'gnuplot fails: exit 0' exits 0
check 'gnuplot fails: why' says 'gnuplot could not draw peak: no terminal'
check 'gnuplot fails: the report says so' has "$plain/PROBE_RESULTS.md" 'No figure: gnuplot could not draw it.'
rm "$tools/sqlite3"
printf '#!/bin/sh\necho "no such function: ln" >&2\nexit 1\n' >"$tools/sqlite3"
chmod +x "$tools/sqlite3"
try env PATH="$tools" sh "$report" "$plain"
check 'an sqlite3 that lacks functions: exit 99' exits 99
check 'an sqlite3 that lacks functions: the cause, and what to do' \
    says "$tools/sqlite3 is too old or lacks functions that are needed to lay out the report; put sqlite 3.38"
rm "$tools/sqlite3"
echo old >"$plain/PROBE_RESULTS.md"
try env PATH="$tools" sh "$report" "$plain"
check 'no sqlite3: exit 99' exits 99
check 'no sqlite3: what to do' says 'sqlite3 is needed to lay out the report; install it'
check 'no sqlite3: the older report stays' has "$plain/PROBE_RESULTS.md" old

# A path longer than the 512 bytes that sqlite3 takes.
part=$(printf '%0200d' 0)
long=$work/$part/$part/$part
mkdir -p "$long"
cp -R "$runs/cpu" "$long/run"
cp -R "$runs/cpu" "$work/short"
try sh "$report" "$work/short"
try sh "$report" "$long/run"
check 'a long path: exit 0' exits 0
check 'a long path: the report of a short one' the_same "$(snapshot "$work/short")" "$(snapshot "$long/run")"
check 'a long path: nothing is left behind' nothing_left "$long/run"

engine=$work/engine
cp -R "$runs/cpu" "$engine"
sed 's/^device,.*/device,ane/; s/^chip,.*/chip,Apple M4/' "$runs/cpu/machine.csv" >"$engine/machine.csv"
try sh "$report" "$engine"
check 'an engine: utilisation names the rating' has "$engine/PROBE_RESULTS.md" "of the vendor's rating of M4, 38 TOPS of int8 (not measured)"

odd="$work/it's \"odd\"; touch ran \$(touch ran) & | %s\\n"
cp -R "$runs/one-sample" "$odd"
try sh "$report" "$odd"
check 'an odd path: exit 0' exits 0
check 'an odd path: the report' has "$odd/PROBE_RESULTS.md" '# PROBE_RESULTS'
check 'an odd path: figures' figures_whole "$odd"
check 'an odd path: nothing ran' nothing_left "$work"
(cd "$work" && cp -R "$runs/one-sample" ./-rf && CDPATH=/ && export CDPATH && sh "$report" -rf 2>"$work/err")
check 'a path that looks like an option' test -s "$work/-rf/PROBE_RESULTS.md"

busy=$work/busy
cp -R "$runs/cpu" "$busy"
awk -v OFS=, 'NR == 1 { print $0, "others_pct,disturbed"; next } { print $0, (NR < 5 ? "40,yes" : "1,no") }' "$runs/cpu/jobs.csv" >"$busy/jobs.csv"
try sh "$report" "$busy"
check 'a busy machine: how many trials were disturbed' has "$busy/PROBE_RESULTS.md" \
    "**Others used this machine meanwhile:** 3 of $(($(wc -l <"$runs/cpu/jobs.csv") - 1)) trials were disturbed"
awk -v OFS=, 'NR == 1 { print $0, "others_pct,disturbed"; next } { print $0, "40,yes" }' "$runs/cpu/jobs.csv" >"$busy/jobs.csv"
try sh "$report" "$busy"
check 'a machine that was always busy: no verdict on time rests on anything' has "$busy/PROBE_RESULTS.md" \
    'trials were disturbed; no verdict on time can be trusted.'
# As versions before 2026-12 wrote it: an experiment is a program there. Not in samples, where a program is one.
before=$work/before
cp -R "$runs/cpu" "$before"
mv "$before/experiments.csv" "$before/programs.csv"
for file in programs schedule jobs summary; do
    sed '1s/experiment/program/' "$before/$file.csv" >"$work/head" && cp "$work/head" "$before/$file.csv"
done
try sh "$report" "$before"
check 'an older run: exit 0' exits 0
check 'an older run: the same report' the_same "$(snapshot "$work/short")" "$(snapshot "$before")"
fewer=$work/fewer
cp -R "$runs/cpu" "$fewer"
lost=$(cd "$fewer/samples" && echo *.csv | cut -d' ' -f1)
rm "$fewer/samples/$lost"
for made in report compare audit; do
    try sh "${report%/*}/$made.sh" "$fewer"
    check "samples that are gone: $made: exit 99" exits 99
    check "samples that are gone: $made: which" says "$fewer/samples/$lost is missing, but jobs.csv has finished trials of ${lost%.csv}"
    check "samples that are gone: $made: one line" says_one_line
done
older=$work/older
cp -R "$runs/short-row" "$older"
echo old >"$older/PROBE_RESULTS.md"
echo old >"$older/weight_baking.svg"
try sh "$report" "$older"
check 'a damaged run: the older report stays' has "$older/PROBE_RESULTS.md" old
check 'a damaged run: the older figure stays' has "$older/weight_baking.svg" old
try sh "$report" "$work/none"
check 'no run: exit 2' exits 2
check 'no run: named' says "$work/none: no such run directory"
try sh "$report"
check 'no operand: exit 2' exits 2
if [ "$(id -u)" -ne 0 ]; then
    chmod a-w "$plain"
    try sh "$report" "$plain"
    check 'a directory that cannot be written: exit 99' exits 99
    check 'a directory that cannot be written: said' says 'cannot write in'
fi
end_checks
