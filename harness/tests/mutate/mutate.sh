#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: mutate.sh SOURCE WORK [-n N] [-s SEED] [WORD...]
#
# Puts the faults of mutants.txt into a copy of SOURCE, one at a time, and runs the tests that must notice them:
# faults whose file or tests contain a WORD (without one, all), or N of them drawn by SEED. WORK keeps the copy
# and its build for the next time. Prints survivors and, last, how many were killed of those tried. Exit code 1
# when a fault survived, no longer fits the code, cannot be built, or names a test that does not exist.
#
# A mutant is a paragraph: the file, a line "- text" that is in the file exactly once, a line "+ text" that
# replaces it, and the tests.
set -eu
LC_ALL=C
export LC_ALL

usage() {
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
}
[ $# -ge 2 ] || usage
source=$(cd -- "$1" && pwd)
mkdir -p "$2"
work=$(cd -- "$2" && pwd)
shift 2
n=0 seed=1
while [ $# -gt 0 ]; do
    case $1 in
    -n | -s) [ $# -ge 2 ] || usage ;;
    -*) usage ;;
    *) break ;;
    esac
    case $1 in -n) n=$2 ;; *) seed=$2 ;; esac
    shift 2
done
tree=$work/source build=$work/build
mutants=$tree/harness/tests/mutate/mutants.txt

# Unchanged files keep their times, so only changed ones are built again.
(cd "$source" && git ls-files -z | tar -cf - --null -T -) >"$work/new.tar"
rm -rf "$work/new" && mkdir "$work/new" "$work/new/tree"
tar -xf "$work/new.tar" -C "$work/new/tree"
rm "$work/new.tar"
mkdir -p "$tree"
(cd "$work/new/tree" && find . -type f) | while IFS= read -r file; do
    cmp -s "$work/new/tree/$file" "$tree/$file" && continue
    mkdir -p "$tree/${file%/*}"
    cp -p "$work/new/tree/$file" "$tree/$file"
    touch "$tree/$file"
done
(cd "$tree" && find . -type f) | while IFS= read -r file; do
    [ -e "$work/new/tree/$file" ] || rm "$tree/$file"
done
rm -rf "$work/new"
[ -e "$build/build.ninja" ] || meson setup "$build" "$tree" >"$work/setup.log" 2>&1 || {
    cat "$work/setup.log" >&2
    exit 99
}
(cd "$tree" && meson test -C "$build" --list) 2>"$work/setup.log" | sed 's/.* //' >"$work/known" || {
    cat "$work/setup.log" >&2
    exit 99
}

# The places of the mutants to try, in mutants.txt's order of paragraphs.
chosen=$(awk -v n="$n" -v seed="$seed" -v words="$*" '
    BEGIN { RS = ""; n_words = split(words, word, " "); srand(seed) }
    { fits = n_words == 0
      split($0, line, "\n")
      for (i = 1; i <= n_words; i++)
          if (index(line[1], word[i]) || index(line[4], word[i])) fits = 1
      if (fits && line[1] ~ /^[^#]/) place[++count] = NR }
    END {
        for (i = 1; i <= count && (n == 0 || i <= n); i++) {
            j = n == 0 ? i : i + int(rand() * (count - i + 1))
            print place[j]
            place[j] = place[i]
        }
    }' "$mutants")

# line PLACE NUMBER: a line of that paragraph.
line() { awk -v place="$1" -v number="$2" 'BEGIN { RS = ""; FS = "\n" } NR == place { print $number }' "$mutants"; }

rm -f "$work/total"
tried=0 killed=0 wrong=0
for place in $chosen; do
    file=$(line "$place" 1) tests=$(line "$place" 4)
    line "$place" 2 >"$work/from"
    line "$place" 3 >"$work/to"
    cp -p "$tree/$file" "$work/kept"
    code=0
    # With index() instead of a pattern, since the text is code.
    awk -v from_file="$work/from" -v to_file="$work/to" '
        BEGIN { getline from <from_file; getline to <to_file; from = substr(from, 3); to = substr(to, 3) }
        { at = index($0, from)
          if (at) { found++; $0 = substr($0, 1, at - 1) to substr($0, at + length(from)) }
          print }
        END { exit found != 1 }' "$work/kept" >"$tree/$file" || code=125
    for test in $tests; do grep -qx "$test" "$work/known" || code=126; done
    # Of the build only what these tests depend on.
    # shellcheck disable=SC2086 # one word a test
    if [ "$code" -eq 0 ]; then
        (cd "$tree" && meson test -C "$build" $tests) >"$work/test.log" 2>&1 || code=$?
        ! grep -q '^ninja: build stopped' "$work/test.log" || code=127
    fi
    cp -p "$work/kept" "$tree/$file"
    touch "$tree/$file"
    tried=$((tried + 1))
    case $code in
    0) echo "survived: $file: $(cut -c 3- "$work/from") -> $(cut -c 3- "$work/to") ($tests)" ;;
    125 | 126 | 127)
        wrong=$((wrong + 1))
        case $code in 125) why='does not fit' ;; 126) why="no such test ($tests)" ;; *) why='does not build' ;; esac
        echo "$why: $file: $(cut -c 3- "$work/from")"
        ;;
    *) killed=$((killed + 1)) ;;
    esac
done
echo "$killed killed of $tried tried" | tee "$work/total"
[ "$tried" -gt 0 ] && [ "$killed" -eq "$tried" ] && [ "$wrong" -eq 0 ]
