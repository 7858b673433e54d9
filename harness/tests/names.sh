#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: names.sh LIBRARY...
# One name means one thing in the whole project: no external function or object is defined in two of the
# static libraries, and no struct, enum or union of a header is defined a second time elsewhere. In scripts, no
# variable is set for a single call of a function, since shells differ in that. TAP.
#     SOURCE  the source tree
set -u
. "$SOURCE/harness/tests/tap.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-names.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
TAP_SHOWS="$work/twice"

# Types that device.h declares and each kind of device defines.
handles='device_program device_surface device_request device_chain'

symbols_are_single() {
    for library in "$@"; do nm -g "$library" 2>/dev/null | awk -v library="${library##*/}" \
        'NF == 3 && $2 ~ /^[TDBRSV]$/ { print $3, library }'; done >"$work/symbols"
    [ -s "$work/symbols" ] || { echo "no symbols: is nm there?" >"$work/twice"; return 1; }
    awk '{ n[$1]++; where[$1] = where[$1] " " $2 }
        END { for (name in n) if (n[name] > 1) print name ":" where[name] }' "$work/symbols" >"$work/twice"
    [ ! -s "$work/twice" ]
}
tags_are_single() {
    (cd "$SOURCE" && find harness probes bench -name '*.[ch]' ! -path 'harness/tests/*' ! -path 'harness/cross/*' \
        -exec grep -HE '^(struct|enum|union) [a-z_0-9]+ \{' {} +) |
        awk -F'[: ]' -v handles="$handles" '
            BEGIN { n = split(handles, handle, " "); for (i = 1; i <= n; i++) open[handle[i]] }
            !($3 in open) { n_of[$3]++; where[$3] = where[$3] " " $1; if ($1 ~ /\.h$/) shared[$3] }
            END { for (tag in shared) if (n_of[tag] > 1) print tag ":" where[tag] }' >"$work/twice"
    [ ! -s "$work/twice" ]
}
# NAME=VALUE before a shell function stays set in bash 3.2 as sh, which macOS has.
variables_go() {
    (cd "$SOURCE" && find harness plots packaging .ci -name '*.sh' ! -path '*/node_modules/*' | while read -r script; do
        functions=$(sed -n 's/^\([a-z_]*\)() *{.*/\1/p' "$script" harness/tests/tap.sh harness/tests/cli/lib.sh | sort -u | paste -sd'|' -)
        grep -HnE "^ *[A-Z_]+=[^ ]* +($functions)( |\$)" "$script"
    done) >"$work/twice"
    [ ! -s "$work/twice" ]
}
check 'no external symbol is defined in two libraries' symbols_are_single "$@"
check 'no struct, enum or union of a header is defined elsewhere' tags_are_single
check 'no variable is set for a call of a function' variables_go
end_checks
