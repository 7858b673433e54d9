#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: whole.sh PLOTS
# Small handmade runs with their own claims and published figures (whole/): every row of every table of the
# report and the comparison, and all numbers that gnuplot gets, must equal whole/expected, which was worked out
# by hand. To change it on purpose, WRITE=1 writes it; read it before you keep it. TAP.
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-whole-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/err"
. "$here/../tap.sh"
command -v cmark-gfm >/dev/null || {
    echo '1..0 # SKIP cmark-gfm is not here: no pages'
    exit 0
}
expected=$here/whole/expected
cp -R "$1" "$work/plots"
cp -R "$here"/whole/* "$work"

# In gnuplot's place: keeps what it is given to draw.
mkdir "$work/bin" "$work/made"
cat >"$work/bin/gnuplot" <<'SCRIPT'
#!/bin/sh
cp "$3" "$ANEPROBE_MADE/$ANEPROBE_PAGE${3##*/}"
printf '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">\n</svg>\n' >"$4"
SCRIPT
# In the place of `aneprobe plan --format csv --out TABLE --timeline SPANS`.
cat >"$work/bin/aneprobe" <<'SCRIPT'
#!/bin/sh
while [ $# -gt 1 ]; do
    case $1 in
    --out) cp "$ANEPROBE_PLAN/table.csv" "$2" ;;
    --timeline) cp "$ANEPROBE_PLAN/spans.csv" "$2" ;;
    esac
    shift
done
SCRIPT
chmod +x "$work/bin/gnuplot" "$work/bin/aneprobe"
ANEPROBE_MADE=$work/made ANEPROBE_PLAN=$work/plan PATH=$work/bin:$PATH
export ANEPROBE_MADE ANEPROBE_PLAN

# Rows of tables, items of lists, headings, paragraphs and what figures are said to show, one a line.
rows() {
    awk '
        match($0, /<svg role="img" aria-label="[^"]*/) { print "figure: " substr($0, RSTART + 28, RLENGTH - 28); drawn = 1 }
        /<\/svg>/ { drawn = 0; next }
        drawn { next }
        /^<h[123]/ { mark = "# " }
        /^<li>/ { mark = "- " }
        /^<p>/ { mark = "> " }
        /^<tr>/ { row = "|"; next }
        /^<\/tr>/ { print row; row = ""; next }
        { gsub(/<[^>]*>/, ""); gsub(/&gt;/, ">"); gsub(/&lt;/, "<"); gsub(/&amp;/, "\\&") }
        row != "" { row = row " " $0 " |"; next }
        mark != "" { print mark $0; mark = "" }' "$1"
}
# made PAGE COMMAND...: what it draws is called PAGE-NAME.dat.
made() {
    ANEPROBE_PAGE=$1-
    export ANEPROBE_PAGE
    shift
    status=0
    (cd "$work" && "$@") >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" -eq 0 ]
}
same() { diff "$expected/$1" "$work/made/$1" >"$work/err"; }

check 'the report is made' made report sh "$work/plots/report.sh" run
rows "$work/run/PROBE_RESULTS.html" >"$work/made/report.tables"
check 'the comparison is made' made compare sh "$work/plots/compare.sh" --published --out compared second run third
rows "$work/compared/COMPARE.html" >"$work/made/compare.tables"
check 'latencies are drawn' made bench sh "$work/plots/bench.sh" bench
check 'a plan is drawn' made plan env "ANEPROBE=$work/bin/aneprobe" sh "$work/plots/plan.sh" plan.svg --chip m4
[ -z "${WRITE:-}" ] || cp "$work"/made/* "$expected"
for file in "$expected"/*; do check "${file##*/}" same "${file##*/}"; done
check 'nothing else is drawn' [ "$(ls "$work/made")" = "$(ls "$expected")" ]

# Equal headings, and one that equals the changed id of another.
printf '<h1>Page</h1>\n<h2>Same</h2>\n<p>1</p>\n<h2>Same</h2>\n<p>2</p>\n<h2>Same, 2</h2>\n<h3>Same</h3>\n' >"$work/body"
page=$work/plots/page figures=$work awk -f "$work/plots/page/page.awk" "$work/body" "$work/body" >"$work/page.html"
sed -n 's/.*<h[23] id="\([^"]*\)".*/\1/p' "$work/page.html" >"$work/ids"
sed -n 's/^<a href="#\([^"]*\)">.*/\1/p' "$work/page.html" >"$work/links"
check 'headings that are equal have ids of their own' [ "$(sort -u "$work/ids" | wc -l)" -eq 4 ]
check 'and each is linked' eval 'sed 3q "$work/ids" | cmp -s - "$work/links"'
end_checks
