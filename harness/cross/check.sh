#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh SOURCE BUILD [UNIT-TEST...]: builds SOURCE for arm64 macOS in BUILD/cross and inspects every program.
# UNIT-TESTs are native programs that let `cc` compile the C that the suite writes: they run with a `cc` that
# also compiles it for macOS. Prints TAP.
set -u
LC_ALL=C
export LC_ALL
source=$1 native=$2
shift 2
here=$source/harness/cross
build=$native/cross
n=0

check() {
    n=$((n + 1))
    name=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        echo "ok $n - $name"
    else
        failed=1
        echo "not ok $n - $name"
        # ninja's lines about successful steps are left out
        grep -v '^\[' "$work/said" | head -n 40 | sed 's/^/# /'
    fi
}

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

[ "$(uname -s)" != Darwin ] || skip_all 'this is macOS: the native build says more'
zig=$(sh "$here/zig.sh" find 2>&1) || skip_all "$zig"
for tool in llvm-nm sqlite3; do
    command -v "$tool" >/dev/null || skip_all "$tool is not here"
done
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-cross.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failed=0
ANEPROBE_SOURCE=$source
export ANEPROBE_SOURCE

configure() {
    # A folder configured by another version of the tools cannot be reused.
    if [ -e "$build/build.ninja" ] && [ "$here/tool.sh" -ot "$build/build.ninja" ] &&
        [ "$here/macos-arm64.ini" -ot "$build/build.ninja" ]; then
        return
    fi
    rm -rf "$build"
    meson setup --cross-file "$here/macos-arm64.ini" -Dwerror=true "$build" "$source"
}

# executables BUILD: folder and name of each, as meson has them.
executables() {
    sqlite3 -separator ' ' :memory: "SELECT substr(file, length('$1') + 2) FROM
        (SELECT json_extract(value, '\$.filename[0]') AS file
         FROM json_each(readfile('$1/meson-info/intro-targets.json'))
         WHERE json_extract(value, '\$.type') = 'executable') ORDER BY 1"
}

# An executable starts with Mach-O's number, then that of arm64, then 2 for a program.
all_are_programs() {
    [ -s "$work/programs" ] || return 1
    code=0
    while read -r program; do
        [ "$(head -c 16 "$build/$program" | od -An -tx1 | tr -d ' \n' | cut -c1-16,25-32)" = \
            cffaedfe0c00000102000000 ] || { echo "$program is no arm64 Mach-O program" && code=1; }
    done <"$work/programs"
    return $code
}

# Every program that is built natively and is not a test must be there.
none_is_missing() {
    executables "$native" | grep -v '^harness/tests/' >"$work/native"
    [ -s "$work/native" ] && ! grep -vxFf "$work/programs" "$work/native"
}

# is_listed LIBRARY SYMBOL FOLDER
is_listed() {
    while read -r from pattern where; do
        # shellcheck disable=SC2254 # patterns
        case "$1 $2 $3" in "$from "$pattern" "$where) return 0 ;; esac
    done <"$work/list"
    return 1
}

# undefined FILE: "LIBRARY SYMBOL" a line.
undefined() {
    llvm-nm -m -u "$1" | sed -n 's/.* \([^ ]*\) (from \([^)]*\))$/\2 \1/p; t
        s/.* \([^ ]*\)$/nowhere \1/p'
}

# Every symbol once, with one program that needs it. Fails if one is not listed.
all_are_listed() {
    grep -v '^#' "$here/undefined.txt" >"$work/list"
    while read -r program; do
        undefined "$build/$program" | sed "s|\$| ${program%/*}|"
    done <"$work/programs" | sort -u >"$work/undefined"
    [ -s "$work/undefined" ] || return 1
    code=0
    while read -r library symbol folder; do
        is_listed "$library" "$symbol" "$folder" ||
            { echo "$symbol (from $library), in $folder, is not in undefined.txt" && code=1; }
    done <"$work/undefined"
    return $code
}

# Compiles the C that the cpu device compiles at run time, through UNIT-TEST.
written_c_builds() {
    made=$work/${1##*/}
    mkdir "$made"
    ANEPROBE_CROSS_MADE=$made ANEPROBE_CROSS_NEXT=$(command -v cc) PATH=$here/both:$PATH "$1" || return 1
    for library in "$made"/*.dylib; do
        undefined "$library" | grep -v '^libSystem ' && return 1
    done
    [ -e "$library" ]
}

check 'meson takes the cross file' configure
check 'everything builds for arm64 macOS without a warning' nice ninja -C "$build"
executables "$build" >"$work/programs"
check 'every program is an arm64 Mach-O' all_are_programs
check 'no program is missing that is built here' none_is_missing
check 'undefined symbols are of libSystem or on the list' all_are_listed
for unit_test in "$@"; do
    check "C written by ${unit_test##*/} builds for macOS" written_c_builds "$unit_test"
done
echo "1..$n"
exit $failed
