#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: page.sh PLOTS
# Pages of the report and of the comparison: whole, alone, and deaf to hostile cells; in a browser, that
# tables sort, that nothing is asked of a network, and both colour schemes. TAP.
set -u
LC_ALL=C
export LC_ALL
plots=$1
runs=$(cd "$(dirname "$0")" && pwd)/runs
command -v cmark-gfm >/dev/null || {
    echo '1..0 # SKIP cmark-gfm is not here: no pages'
    exit 0
}
browser=
for name in chromium chromium-browser google-chrome; do [ -n "$browser" ] || browser=$(command -v $name); done
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-page-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS=out
. "$(dirname "$0")/../tap.sh"
cd "$work" || exit 99
in_browser() {
    if [ -n "$browser" ]; then
        check "$@"
    else
        skip "$1" 'no Chromium here'
    fi
}
has() { grep -qF -e "$2" "$1"; }
lacks() { ! grep -qF -e "$2" "$1"; }

# What must hold of every page, whatever the cells hold.
whole() {
    [ "$(tail -n 1 "$1")" = '</html>' ] || return 1
    ! command -v xmllint >/dev/null || xmllint --noout "$1"
}
# One script, no image, no link but within the page, nothing that loads by style.
alone() {
    grep -o '<script\|<img\|<link\|<iframe\|<object\|href="[^"]*\|href='"'[^']*"'\|<[^<>]* src=\|url([^)]*\|@import' "$1" >parts
    ! grep -v '^<script$\|^href="#\|^href='"'#"'\|^url(#' parts >out && [ "$(grep -c '^<script' parts)" = 1 ]
}
ids_once() {
    grep -o " id=[\"'][^\"']*" "$1" | tr -d "\"'" | sort >ids
    uniq -d ids >out
    [ -s ids ] && [ ! -s out ]
}
# Each reference within the page has its target.
targets_there() {
    { grep -o "href=[\"']#[^\"']*" "$1" | sed "s/.*#/ id=/" && grep -o 'url(#[^)]*' "$1" | sed 's/.*#/ id=/'; } | sort -u >used
    sort -u ids | comm -13 - used >out
    [ ! -s out ]
}

for run in cpu sim hostile; do
    cp -R "$runs/$run" $run
    sh "$plots/report.sh" $run || failed=$((failed + 1))
done
sh "$plots/compare.sh" --published --out made cpu sim hostile >out || failed=$((failed + 1))
for page in cpu/PROBE_RESULTS sim/PROBE_RESULTS hostile/PROBE_RESULTS made/COMPARE; do
    check "$page: whole" whole $page.html
    check "$page: stands alone" alone $page.html
    check "$page: ids are unique" ids_once $page.html
    check "$page: what is referred to is there" targets_there $page.html
    check "$page: as many figures as in the Markdown" [ "$(grep -c '<svg' $page.html)" = "$(grep -c '^!\[' $page.md)" ]
    check "$page: as many rows as in the Markdown" [ "$(grep -c '<tr>' $page.html)" = "$(grep '^|' $page.md | grep -vc '^|[-:|]*|$')" ]
done
check 'a tag in a cell is text' has hostile/PROBE_RESULTS.html 'lines &lt;script&gt;'
check 'an image in a cell is text' has hostile/PROBE_RESULTS.html '![x](http://127.0.0.1:9/cell.png)'
check 'a link in a cell is text' has hostile/PROBE_RESULTS.html '[x](javascript:alert(1))'
check 'the policy forbids all requests' has cpu/PROBE_RESULTS.html "default-src 'none'"
if command -v openssl >/dev/null; then
    check 'the policy knows the script' has "$plots/page/head.html" \
        "'sha256-$(openssl dgst -sha256 -binary "$plots/page/sort.js" | openssl base64)'"
fi

# browse PAGE [OPTION...]: its document after the scripts, in `dom`; the addresses that it asked for, in
# `asked` (the browser's own errands are not a file's).
browse() {
    [ -n "$browser" ] || return 0
    page=$1
    shift
    rm -f net.json
    "$browser" --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update \
        --disable-sync --no-first-run --user-data-dir="$work/profile" --log-net-log="$work/net.json" \
        --virtual-time-budget=2000 --dump-dom "$@" "file://$work/$page" >dom 2>log </dev/null
    sed -n '/"initiator":.*site=file:/s/.*"url":"\([^"]*\)".*/\1/p' net.json >asked
}
# A copy of PAGE with SCRIPT at its end, which the policy would keep from running.
with_script() {
    grep -v 'http-equiv="Content-Security-Policy"' "$1" | sed '$d' | sed '$d' >"$2"
    printf '<script>%s</script></body></html>\n' "$3" >>"$2"
}

# What got past the converter would meet the policy. Beside it, that all this is seen without one.
attack='<img src="http://127.0.0.1:9/tag.png" onerror="document.title=1" /><script>document.title="ran"</script>'
sed "s|</body>|$attack</body>|" hostile/PROBE_RESULTS.html >attacked.html
grep -v 'http-equiv="Content-Security-Policy"' attacked.html >open.html
browse attacked.html
in_browser 'the page is shown' has dom '<h1>PROBE_RESULTS'
in_browser 'under the policy its own script runs' has dom '<th><button type="button">finding</button></th>'
in_browser 'under the policy a stranger'"'"'s script does not' has dom '<title>PROBE_RESULTS'
in_browser 'under the policy nothing is asked for' test ! -s asked
browse open.html
in_browser 'without it the script runs' lacks dom '<title>PROBE_RESULTS'
in_browser 'without it the address is asked for' has asked http://127.0.0.1:9/tag.png

# Sorting, by clicks on a page of its own.
cat >sorted.md <<'MD'
# Sorted

## One

| name | value |
|---|--:|
| a | 10 us |
| arm 10 | 9 |
| arm 9 |  |
| b | 1e3 |
| c | -2.5 % |
| d | none |
| e | 7.5 to 13.86 |
| f | 256ch-64x |
MD
(
    script=test work=. converter=cmark-gfm
    . "$plots/tables.sh"
    . "$plots/page.sh"
    page sorted
)
order='function order(column, clicks) {
  const head = document.querySelectorAll("thead th")[column];
  for (let i = 0; i !== clicks; i++) head.firstChild.click();
  return head.getAttribute("aria-sort") + ": " + Array.from(document.querySelectorAll("tbody tr")).map(function (row) { return row.cells[column].textContent; }).join("; ");
}
document.body.append(order(1, 1) + "\n" + order(1, 1) + "\n" + order(0, 1) + "\n");'
with_script sorted.html clicked.html "$order"
browse clicked.html
in_browser 'sorts up: numbers by value, then words, then nothing' has dom 'ascending: -2.5 %; 7.5 to 13.86; 9; 10 us; 1e3; 256ch-64x; none; '
in_browser 'and down: nothing stays last' has dom 'descending: none; 256ch-64x; 1e3; 10 us; 9; 7.5 to 13.86; -2.5 %; '
in_browser 'numbers within words by value' has dom 'ascending: a; arm 9; arm 10; b; c'
# shellcheck disable=SC2016 # the browser's
colours='const paper = getComputedStyle(document.body);
document.body.append("paper " + paper.backgroundColor + ", ink " + paper.color + ", figure " + getComputedStyle(document.querySelector("figure svg")).filter);'
with_script cpu/PROBE_RESULTS.html coloured.html "$colours"
browse coloured.html --blink-settings=preferredColorScheme=1
in_browser 'light' has dom 'paper rgb(255, 255, 255), ink rgb(35, 40, 45), figure none'
browse coloured.html --blink-settings=preferredColorScheme=0
in_browser 'dark, figures too' has dom 'paper rgb(26, 26, 26), ink rgb(220, 223, 226), figure invert('
end_checks
