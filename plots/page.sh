# SPDX-License-Identifier: MIT
# Pages, for the scripts here. To be sourced; page needs $work (where the text and the figures are),
# $plots (this directory) and `fail`. A text is Markdown with directive lines that tell the page
# what to do with the following part:
#     :::fold TITLE   folded in the page, not in the Markdown    :::page CLASS   in the page alone
#     :::more TITLE   folded in the page, and in the Markdown below TITLE
#     :::part TITLE   folded in the page, plain in the Markdown  :::box CLASS    a part of the page's layout
#     :::end          ends the innermost of these                :::strip ...    numbers as a bar
#     :::id NAME      what links to the heading before it call it
# Cells are single lines and never start one, so they cannot contain directives.

converter=$(command -v cmark-gfm 2>/dev/null) || converter=

# A source in a table, OWNER/REPOSITORY#NUMBER, links to that issue or pull request: defined once, at the end.
link_sources() {
    sed '/^|/s,\([ (]\)\([A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*#[0-9][0-9]*\),\1[\2],g' "$1" >"$1.linked" &&
        awk '/^\|/ {
                while (match($0, /\[[A-Za-z0-9][A-Za-z0-9_.-]*\/[A-Za-z0-9][A-Za-z0-9_.-]*#[0-9]+\]/)) {
                    name = substr($0, RSTART + 1, RLENGTH - 2)
                    $0 = substr($0, RSTART + RLENGTH)
                    if (!(name in seen)) order[++n] = name
                    seen[name]
                }
            }
            END {
                if (n) print ""
                for (i = 1; i <= n; i++) {
                    split(order[i], part, "#")
                    print "[" order[i] "]: https://github.com/" part[1] "/issues/" part[2]
                }
            }' "$1.linked" >"$1.definitions" && cat "$1.linked" "$1.definitions" >"$1" ||
        fail "cannot write ${1##*/}: is the disk full?"
}

# page NAME: NAME.full to NAME.md, and to NAME.html: one file with its figures in it, which loads nothing from
# the network. Without the converter there is no page. Tags in the Markdown are left out by the converter.
page() {
    link_sources "$work/$1.full"
    awk '/^:::(fold|page)/ { dropped++ } /^:::(more|part|box|fold|page)/ { open[++depth] = /^:::(fold|page)/; if (/^:::more / && !dropped) { print substr($0, 9) ":"; blank = 0 } next }
        /^:::end$/ { dropped -= open[depth--]; next } dropped || /^:::id / { next }
        /^:::strip / {
            n = split(substr($0, 10), part, ";")
            line = ""
            for (i = 1; i <= n; i++) { split(part[i], word, "|"); line = line (i > 1 ? ", " : "") word[1] " " word[3] }
            $0 = line "."
        }
        /^$/ { if (!blank++) print; next } { blank = 0; print }' "$work/$1.full" | save "$work/$1.md"
    [ -n "$converter" ] || return 0
    "$converter" --to html --extension table --table-prefer-style-attributes "$work/$1.full" >"$work/$1.body" 2>"$work/err" ||
        fail "cmark-gfm: $(first_line "$work/err")"
    page=$plots/page figures=$work awk -f "$plots/page/page.awk" "$work/$1.body" "$work/$1.body" >"$work/$1.html"
}
