#!/bin/sh
# SPDX-License-Identifier: MIT
# README and docs name only what there is: commands with their options and experiments, files, links, headings.
# TAP.
#     ANEPROBE  the command
#     SOURCE    the source tree
set -u
LC_ALL=C
export LC_ALL
. "$SOURCE/harness/tests/tap.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-references.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"
cd "$SOURCE" || exit 99
pages="README.md $(echo docs/*.md)"

# Lines of code blocks, and what stands in backquotes elsewhere.
# shellcheck disable=SC2086 # several words
awk 'FNR == 1 { block = 0 } /^```/ { block = !block; next } block { print; next }
    { n = split($0, part, "`"); for (i = 2; i <= n; i += 2) print part[i] }' $pages >"$work/code"

# Command lines of aneprobe, without explanations and redirections.
sed -n 's/^\$ //; s|^build/harness/runner/||; s/^"\$ANEPROBE" /aneprobe /; s/^aneprobe \([a-z][a-z]*\( .*\)\{0,1\}\)$/\1/p' "$work/code" |
    sed 's/   *.*//; s/ > .*//; s/ #.*//; s/\.\.\.//g' | sort -u >"$work/lines"
"$ANEPROBE" list | sed '1d; s/ .*//' >"$work/experiments"
known() { # LINE: its command has these options and, of `run`, these experiments
    set -f
    eval "set -- $1"
    set +f
    command=$1
    "$ANEPROBE" help "$command" >"$work/out" 2>"$work/err" || return 1
    shift
    for word in "$@"; do
        if [ -n "$value" ]; then
            value=
            continue
        fi
        case $command/$word in
        */--*)
            grep -qE -e "(^|[ [(])${word%%=*}([] ,)]|\$)" "$work/out" || {
                echo "no option $word" >"$work/err"
                return 1
            }
            if grep -qE -e "^  ${word%%=*} [A-Z]" "$work/out"; then value=1; fi
            ;;
        run/*[A-Z]*) ;;
        run/*)
            grep -qxF -e "$word" "$work/experiments" || {
                echo "no experiment $word" >"$work/err"
                return 1
            }
            ;;
        esac
    done
}
check 'there are commands' [ "$(wc -l <"$work/lines")" -gt 30 ]
while IFS= read -r line; do
    value=
    check "aneprobe $line" known "$line"
done <"$work/lines"

# Files: paths whose first folder is one of ours, but for those of another project. A `*` stands for some that there
# are, capitals for a name.
tr ' ' '\n' <"$work/code" | sed 's/[.,;:)]*$//' | grep -E '^(bench|docs|harness|packaging|plots|probes|results|\.ci)/[A-Za-z0-9_./*-]+$' |
    grep -vE '[A-Z]{3}/|/[A-Z_-]+(\.|$)|/[A-Z]+_|_NAME|MACHINE|UTC|roofline_suite' | sort -u >"$work/paths"
there() {
    # shellcheck disable=SC2086 # a pattern
    ls -d $1 >"$work/out" 2>"$work/err"
}
check 'there are paths' [ "$(wc -l <"$work/paths")" -gt 50 ]
while IFS= read -r path; do check "$path" there "$path"; done <"$work/paths"

# Links to files and headings.
for page in $pages; do
    grep -oE '\]\([^)]*\)' "$page" | sed 's/^](//; s/)$//' | grep -v '^https\{0,1\}:' | sort -u | sed "s|^|$page |"
done >"$work/links"
leads() { # PAGE LINK
    file=${2%%#*}
    if [ -n "$file" ]; then file=$(dirname "$1")/$file; else file=$1; fi
    [ -e "$file" ] || return 1
    case $2 in
    *#*) sed -n 's/^##* //p' "$file" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-' | grep -qxF -e "${2#*#}" ;;
    esac
}
while read -r page link; do check "$page: link $link" leads "$page" "$link"; done <"$work/links"
end_checks
