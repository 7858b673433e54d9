#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: order.sh BUILD [FILE.c...]
# Finds calls, initializers and operators of which two parts write through pointers: C leaves their order to the
# compiler, so a program's text would depend on it if they are to the same place. Any finding is an error. Looks at all of the suite's own
# C, or at FILEs, with the compiler's commands from BUILD. First it must find exactly those of order_planted.c.
# Exit code 77: clang-query is missing.
set -eu
build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
command -v clang-query >/dev/null 2>&1 || {
    echo 'order.sh: clang-query is not here (Debian: clang-tools)' >&2
    exit 77
}

# Each match binds the whole and one of its parts. Nodes are told apart by addresses, which hold
# for one run only.
pairs() {
    awk '
        function match_end(  key) {
            if (!("outer" in node)) return
            key = node["outer"]
            if (!((key, node["part"]) in seen)) {
                seen[key, node["part"]] = 1
                if (++parts[key] == 2)
                    print place["outer"] ": two parts write, in an order that C does not say; make one of them before"
            }
            split("", node)
        }
        /: note: "[a-z]*" binds here$/ { what = $0; sub(/.*: note: "/, "", what); sub(/".*/, "", what); place[what] = $0; sub(/: note: .*/, "", place[what]) }
        /^Binding for "/ { what = $3; gsub(/[":]/, "", what); is_next = 1; next }
        is_next { node[what] = $2; is_next = 0 }
        /^Match #/ { match_end() }
        /^[0-9]+ match/ { match_end(); split("", seen); split("", parts) } # the next turn has other addresses
        ' | sed "s|^$PWD/||; s|^\(\.\./\)*||" | sort -u
}

query() {
    clang-query -f "$here/order.query" "$@" 2>&1 || true
}

query "$here/order_planted.c" -- -std=c11 | pairs | sed 's/^[^:]*:\([0-9]*\):.*/\1/' | sort -n >"$build/order.found"
grep -n 'planted' "$here/order_planted.c" | cut -d: -f1 | cmp -s - "$build/order.found" || {
    echo "order.sh: clang-query does not find what is planted in order_planted.c, but lines: $(tr '\n' ' ' <"$build/order.found")" >&2
    exit 1
}

[ $# -gt 0 ] || set -- $(git ls-files 'harness/*.c' 'probes/*.c' 'bench/*.c' | grep -v '^harness/cross/')
printf '%s\n' "$@" | while read -r file; do
    # files that are not built here have no compiler commands
    ! grep -qF "/$file\"" "$build/compile_commands.json" || echo "$file"
done >"$build/order.files"
[ -s "$build/order.files" ] || { echo "order.sh: $build/compile_commands.json knows none of these files" >&2; exit 99; }
# Several files per run: their syntax trees are all in memory, so their addresses differ.
xargs -n 24 sh -c 'clang-query -p "$0" "$@" 2>&1' "$build" -f "$here/order.query" \
    <"$build/order.files" >"$build/order.out" || true
grep -q '^[0-9]* match' "$build/order.out" || {
    echo 'order.sh: clang-query says nothing:' >&2
    head -5 "$build/order.out" >&2
    exit 99
}
! grep 'fatal error' "$build/order.out" >&2 || exit 99
pairs <"$build/order.out" >"$build/order.found"
[ ! -s "$build/order.found" ] || {
    cat "$build/order.found" >&2
    exit 1
}
