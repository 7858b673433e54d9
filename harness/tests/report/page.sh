#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: page.sh PLOTS
# HTML pages of the report and of the comparison: complete, self-contained and safe against hostile cells;
# headings, descriptions of figures, header cells. In a browser: tables sort, links open folded parts, nothing
# is wider than the screen, nothing is loaded from a network, contrast in both colour schemes, what the first
# screen has, number of pages in print. TAP.
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
once() { [ "$(grep -cF -e "$2" "$1")" = 1 ]; }

# What must hold for every page, whatever its cells contain.
whole() {
    [ "$(tail -n 1 "$1")" = '</html>' ] || return 1
    ! command -v xmllint >/dev/null || xmllint --noout "$1"
}
# One script, no image, no style that loads anything. Links lead within the page or to the thread of a source.
alone() {
    grep -o '<script\|<img\|<link\|<iframe\|<object\|href="[^"]*\|href='"'[^']*"'\|<[^<>]* src=\|url([^)]*\|@import' "$1" >parts
    ! grep -v '^<script$\|^href="#\|^href='"'#"'\|^url(#\|^href="https://github.com/[A-Za-z0-9._-]*/[A-Za-z0-9._-]*/issues/[0-9]*$' parts >out && [ "$(grep -c '^<script' parts)" = 1 ]
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

# One h1, and no level skipped.
headings_in_order() {
    grep -o '^<h[1-6]' "$1" | awk '{ level = substr($0, 3); if (level == 1) first++; if (level > last + 1) bad = 1; last = level } END { exit bad || first != 1 }'
}
figures_say() { [ "$(grep -c '<svg' "$1")" = "$(grep -c '<svg role="img" aria-label="[^"]\{30,\}"' "$1")" ]; }
parts_end() { [ "$(grep -o '<details>\|<div' "$1" | wc -l)" = "$(grep -o '</details>\|</div>' "$1" | wc -l)" ]; }

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
    check "$page: no fewer rows than in the Markdown" [ "$(grep -c '<tr>' $page.html)" -ge "$(grep '^|' $page.md | grep -vc '^|[-:|]*|$')" ]
    check "$page: headings in order" headings_in_order $page.html
    check "$page: every figure says what it shows" figures_say $page.html
    check "$page: every column has a header cell" eval "! grep -q '<th>\|<th style' $page.html"
    check "$page: as many parts end as begin" parts_end $page.html
    check "$page: no mark of its layout is left" lacks $page.html ':::'
    check "$page: nor in the Markdown" lacks $page.md ':::'
done
check 'a tag in a cell is text' has hostile/PROBE_RESULTS.html 'lines &lt;script&gt;'
check 'an image in a cell is text' has hostile/PROBE_RESULTS.html '![x](http://127.0.0.1:9/cell.png)'
check 'a link in a cell is text' has hostile/PROBE_RESULTS.html '[x](javascript:alert(1))'
check 'a source links to its thread' has cpu/PROBE_RESULTS.html '<a href="https://github.com/maderix/ANE/issues/23">maderix/ANE#23</a>'
check 'in a comparison too' has made/COMPARE.html '<a href="https://github.com/maderix/ANE/issues/23">maderix/ANE#23</a>'
check 'and in the Markdown' has cpu/PROBE_RESULTS.md '[maderix/ANE#23]'
check 'where it is defined once' once cpu/PROBE_RESULTS.md '[maderix/ANE#23]: https://github.com/maderix/ANE/issues/23'
check 'the policy forbids all requests' has cpu/PROBE_RESULTS.html "default-src 'none'"
if command -v openssl >/dev/null; then
    check 'the policy knows the script' has "$plots/page/head.html" \
        "'sha256-$(openssl dgst -sha256 -binary "$plots/page/page.js" | openssl base64)'"
fi

# browse PAGE [OPTION...]: leaves the document after its scripts ran in `dom`, and the addresses that it
# requested in `asked` (without the browser's own requests).
browse() {
    [ -n "$browser" ] || return 0
    shown=$1
    shift
    rm -f net.json
    "$browser" --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update \
        --disable-sync --no-first-run --user-data-dir="$work/profile" --log-net-log="$work/net.json" \
        --virtual-time-budget=2000 --dump-dom "$@" "file://$work/$shown" >dom 2>log </dev/null
    sed -n '/"initiator":.*site=file:/s/.*"url":"\([^"]*\)".*/\1/p' net.json >asked
}
# A copy of PAGE with SCRIPT at its end, and without the policy that would forbid it.
with_script() {
    grep -v 'http-equiv="Content-Security-Policy"' "$1" | sed '$d' | sed '$d' >"$2"
    printf '<script>%s</script></body></html>\n' "$3" >>"$2"
}

# The policy stops what gets past the converter. Without the policy, the test notices each request.
attack='<img src="http://127.0.0.1:9/tag.png" onerror="document.title=1" /><script>document.title="ran"</script>'
sed "s|</body>|$attack</body>|" hostile/PROBE_RESULTS.html >attacked.html
grep -v 'http-equiv="Content-Security-Policy"' attacked.html >open.html
browse attacked.html
in_browser 'the page is shown' has dom '<h1>PROBE_RESULTS'
in_browser 'under the policy its own script runs' has dom '<div class="table"><table>'
in_browser 'under the policy a stranger'"'"'s script does not' has dom '<title>PROBE_RESULTS'
in_browser 'under the policy nothing is asked for' test ! -s asked
browse open.html
in_browser 'without it the script runs' lacks dom '<title>PROBE_RESULTS'
in_browser 'without it the address is asked for' has asked http://127.0.0.1:9/tag.png

# Sorting, by clicks on a page of its own.
cat >sorted.full <<'MD'
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
    page sorted >out
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
function light(colour) {
  const part = colour.match(/[0-9.]+/g).slice(0, 3).map(function (x) { return x / 255; }).map(function (x) { return x > 0.04045 ? Math.pow((x + 0.055) / 1.055, 2.4) : x / 12.92; });
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}
function ground(at) {
  while (at && /^rgba[(]0, 0, 0, 0[)]|transparent/.test(getComputedStyle(at).backgroundColor)) at = at.parentElement;
  return at ? getComputedStyle(at).backgroundColor : "rgb(255, 255, 255)";
}
let worst = 21, where = "";
Array.from(document.querySelectorAll("main *:not(svg):not(svg *):not(script)")).forEach(function (at) {
  if (!Array.from(at.childNodes).some(function (x) { return x.nodeType === 3 && x.data.trim(); })) return;
  const a = light(getComputedStyle(at).color), b = light(ground(at)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < worst) { worst = ratio; where = at.tagName + " " + at.className; }
});
document.body.append(worst >= 4.5 ? "contrast by WCAG AA" : "contrast " + worst.toFixed(2) + " of " + where);
document.body.append("paper " + paper.backgroundColor + ", ink " + paper.color + ", figure " + getComputedStyle(document.querySelector("figure svg")).filter);'
with_script cpu/PROBE_RESULTS.html coloured.html "$colours"
browse coloured.html --blink-settings=preferredColorScheme=1
in_browser 'light: contrast' has dom 'contrast by WCAG AA'
in_browser 'light' has dom 'paper rgb(255, 255, 255), ink rgb(35, 40, 45), figure none'
browse coloured.html --blink-settings=preferredColorScheme=0
in_browser 'dark: contrast' has dom 'contrast by WCAG AA'
in_browser 'dark, figures too' has dom 'paper rgb(26, 26, 26), ink rgb(220, 223, 226), figure invert('
# By keyboard: what can be clicked can have the focus, shows it and has a name; folded content cannot have it.
# shellcheck disable=SC2016 # the browser's
keys='const stops = Array.from(document.querySelectorAll("a[href], button, summary"));
const seen = stops.filter(function (at) { return at.checkVisibility(); });
const bad = seen.filter(function (at) {
  at.focus();
  const style = getComputedStyle(at, null), name = (at.getAttribute("aria-label") || at.textContent).trim();
  return document.activeElement !== at || at.matches(":focus-visible") && style.outlineStyle === "none" || name === "";
});
const mouse_only = Array.from(document.querySelectorAll("thead th")).filter(function (th) { return th.firstChild && th.firstChild.nodeType === 1 && th.firstChild.tagName !== "BUTTON"; });
document.body.append("keyboard: " + bad.length + " of " + (seen.length > 10 ? "many" : "few") + " do not, " + mouse_only.length + " by mouse only; " + (seen.length < stops.length ? "folded parts are no stops" : "all are stops") + "; stops " + seen.length + ": " + bad.concat(mouse_only).slice(0, 5).map(function (at) { return at.outerHTML.slice(0, 90); }).join(" | "));'
for page in cpu/PROBE_RESULTS made/COMPARE; do
    with_script $page.html keys.html "$keys"
    browse keys.html
    grep -o 'keyboard: [0-9].*' dom >out
    in_browser "$page: works with the keyboard" has dom 'keyboard: 0 of many do not, 0 by mouse only'
done
# Nothing is wider than the screen except parts with their own scroll bar; a link into a folded part opens it.
# shellcheck disable=SC2016 # the browser's
fits='document.querySelectorAll("details").forEach(function (part) { part.open = true; });
const wide = Array.from(document.querySelectorAll("main *:not(svg *)")).filter(function (at) { return !at.closest(".table") && at.getBoundingClientRect().right > document.documentElement.clientWidth + 1; });
document.body.append(document.documentElement.scrollWidth <= document.documentElement.clientWidth && wide.length === 0 ? "all fits in " + innerWidth : "too wide: " + wide.map(function (at) { return at.tagName + "." + at.className; }).join(" "));'
# Chromium has no window narrower than 500, but a frame can be.
narrow() { printf '<!DOCTYPE html><title>n</title><iframe style="width:400px;height:900px;border:0" src="%s"></iframe><script>addEventListener("load", function () { document.body.append(frames[0].document.body.lastChild.data); });</script>' "$1"; }
for page in cpu/PROBE_RESULTS made/COMPARE; do
    with_script $page.html fits.html "$fits"
    browse fits.html --window-size=1280,900
    in_browser "$page: fits 1280" has dom 'all fits in 1280'
    narrow fits.html >narrow.html
    browse narrow.html --allow-file-access-from-files
    in_browser "$page: fits 400" has dom 'all fits in 400'
done
# Of the full run that README shows: what the first screen must have, on a desk and on a phone.
cp -R "$plots/../$(sed -n 's|.*(\(results/[^)]*\)/PROBE_RESULTS.md).*|\1|p' "$plots/../README.md" | head -n 1)" full
sh "$plots/report.sh" full || failed=$((failed + 1))
# shellcheck disable=SC2016 # the browser's
first='const below = [".strip", ".before tr:last-child", ".first", ".claims tr:last-child"].filter(function (what) {
  const all = document.querySelectorAll(what);
  return all.length === 0 || all[all.length - 1].getBoundingClientRect().bottom > 900;
});
document.body.append(innerWidth + ": " + (below.length === 0 ? "all on the first screen" : "not on the first screen: " + below.join(" ")) + ", key figures " + document.querySelectorAll(".first > :last-child tbody tr").length);'
with_script full/PROBE_RESULTS.html first.html "$first"
browse first.html --window-size=1280,900 --hide-scrollbars
grep -o '[0-9]*: [an].*on the first screen.*' dom >out
in_browser 'first screen, 1280 by 900: strip, before and after, key figures, all claims' has dom '1280: all on the first screen, key figures 8'
narrow first.html >narrow.html
browse narrow.html --allow-file-access-from-files --hide-scrollbars
grep -o '[0-9]*: [an].*on the first screen.*' dom >out
in_browser 'first screen, 400 by 900: the same' has dom '400: all on the first screen, key figures 8'
# shellcheck disable=SC2016 # the browser's
opens='location.hash = "claim-weight-baking-baked";
setTimeout(function () {
  let closed = 0;
  for (let at = document.getElementById("claim-weight-baking-baked"); at; at = at.parentElement) if (at.tagName === "DETAILS" && !at.open) closed++;
  const missing = Array.from(document.querySelectorAll(".claims a, nav a")).filter(function (a) { return !document.getElementById(a.hash.slice(1)); });
  document.body.append("closed " + closed + ", links to nowhere " + missing.length + " of " + (document.querySelectorAll(".claims a").length > 20 ? "many" : "few"));
}, 100);'
grep -q '<details><summary>weight_baking' cpu/PROBE_RESULTS.html
check 'on a processor claims about an engine are folded' [ $? -eq 0 ]
with_script cpu/PROBE_RESULTS.html opens.html "$opens"
browse opens.html
in_browser 'a link to a claim opens where it is folded; every cell leads somewhere' has dom 'closed 0, links to nowhere 0 of many'
# The longest report there can be: the same run as of a simulated engine, which folds nothing for being of this
# processor, with every claim tried.
cp -R full longest
sed 's/^device,.*/device,sim:m4/; s/^clock,.*/clock,virtual/' full/machine.csv >longest/machine.csv
sed 's/^\([a-z0-9.-]*\),unsupported,/\1,contradicted,/' full/verdicts.csv >longest/verdicts.csv
sh "$plots/report.sh" longest || failed=$((failed + 1))
check 'the longest report leaves no claim out' eval '[ "$(grep -c "<td id=.claim-" longest/PROBE_RESULTS.html)" = "$(grep -c "^[a-z]" "$plots/../results/findings.csv" | awk "{ print \$1 - 1 }")" ]'
for page in full/PROBE_RESULTS longest/PROBE_RESULTS made/COMPARE; do
    if [ -n "$browser" ]; then
        "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --no-pdf-header-footer \
            --print-to-pdf=printed.pdf "file://$work/$page.html" >/dev/null 2>log </dev/null
        n_pages=$(grep -ac '/Type */Page\b' printed.pdf)
        check "$page: in print at most twelve pages, here $n_pages" eval '[ "$n_pages" -gt 0 ] && [ "$n_pages" -le 12 ]'
    else
        skip "$page: in print at most twelve pages" 'no Chromium here'
    fi
done
end_checks
