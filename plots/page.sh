# SPDX-License-Identifier: MIT
# Pages, for the scripts here. To be sourced; page wants $work (where the Markdown and the figures are),
# $plots (this directory) and `fail`.

converter=$(command -v cmark-gfm 2>/dev/null) || converter=

# page NAME: NAME.md to NAME.html, one file with its figures in it, which asks nothing of a network; without
# the converter nothing is made. Tags in the Markdown are left out by the converter.
page() {
    [ -n "$converter" ] || return 0
    "$converter" --to html --extension table --table-prefer-style-attributes "$work/$1.md" >"$work/$1.body" 2>"$work/err" ||
        fail "cmark-gfm: $(first_line "$work/err")"
    page=$plots/page figures=$work awk -f "$plots/page/page.awk" "$work/$1.body" "$work/$1.body" >"$work/$1.html"
}
