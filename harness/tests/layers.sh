#!/bin/sh
# SPDX-License-Identifier: MIT
# Dependencies point one way: checks what the files of each folder include against layers.csv. A header of the
# same folder may be named without its path. And every C file is built.
#     SOURCE  the source tree
set -u
. "$SOURCE/harness/tests/tap.sh"
table=$SOURCE/harness/tests/layers.csv

# allowed FOLDER WORDS: nothing on stdout when all its includes are among the words.
allowed() {
    strange=$(cd "$SOURCE/$1" && grep -HE '^ *#(include|import) "[^"]*/' ./*.c ./*.h 2>/dev/null | tr -d ' ' |
        awk -F'"' -v words="$2" '
            BEGIN { n = split(words, word, " ") }
            { for (i = 1; i <= n; i++) if (index($2, word[i] "/") == 1 || $2 == word[i] ".h") next
              print "# " $1 "\"" $2 "\"" }')
    [ -z "$strange" ] || { echo "$strange"; return 1; }
}

listed() {
    [ -n "$1" ] || return 1
    cut -d, -f1 "$table" | grep -qxF "$1"
}

# unbuilt: the C files that no meson.build names, with or without their ending.
unbuilt() {
    (cd "$SOURCE" && find probes bench harness -name meson.build -exec cat {} + | tr -cs 'A-Za-z0-9_.' '\n' | sort -u) >"$work/words"
    (cd "$SOURCE" && find probes bench harness -name '*.c') | while read -r file; do
        name=${file##*/}
        grep -qxF -e "$name" -e "${name%.c}" "$work/words" || echo "# $file"
    done
}

work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-layers.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
folders=$(cd "$SOURCE" && find probes bench harness -name '*.[ch]' ! -path 'harness/tests/*' ! -path 'harness/cross/*' |
    sed 's|/[^/]*$||' | sort -u)
for folder in $folders; do
    check "$folder is in layers.csv" listed "$folder"
done
while IFS=, read -r folder words; do
    [ "$folder" = folder ] || check "$folder includes $words and nothing else" allowed "$folder" "$words"
done <"$table"
unbuilt >"$work/unbuilt"
TAP_SHOWS=$work/unbuilt
check 'every C file is built' test ! -s "$work/unbuilt"
end_checks
