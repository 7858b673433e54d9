#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: failed.sh BUILD...
# Prints the tests that failed in those build folders: of each the last 40 lines of its output, and checks that
# failed before them; then all names, with suite and folder. Nothing when none failed.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-failed.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# of LOG QUERY: of the rows `test`, one for each test of LOG.
of() {
    sqlite3 :memory: "WITH log AS (SELECT '[' || replace(rtrim(CAST(readfile('$1') AS TEXT), char(10)), char(10), ',') || ']' AS all_of_it),
        test AS (SELECT key AS at, json_extract(value, '\$.name') AS name, json_extract(value, '\$.result') AS result,
                json_extract(value, '\$.returncode') AS code, json_extract(value, '\$.duration') AS duration_s,
                coalesce(json_extract(value, '\$.stdout'), '') || coalesce(char(10) || json_extract(value, '\$.stderr'), '') AS said
            FROM log, json_each(log.all_of_it)) $2"
}

for build in "$@"; do
    for log in "$build"/meson-logs/testlog*.json; do
        [ -s "$log" ] || continue
        of "$log" "SELECT at FROM test WHERE result NOT IN ('OK', 'EXPECTEDFAIL', 'SKIP', 'INTERRUPT')" >"$work/failed" ||
            echo "failed.sh: $log cannot be read" >>"$work/names"
        while read -r at; do
            name=$(of "$log" "SELECT printf('failed: %s: %s (%s, exit code %s, %.1f s)', '$build', name, result,
                coalesce(code, 'none'), duration_s) FROM test WHERE at = $at")
            echo "$name" >>"$work/names"
            of "$log" "SELECT rtrim(said, char(10)) FROM test WHERE at = $at" >"$work/said"
            printf '\n-- %s\n' "$name"
            awk -v last=40 '
                { line[NR] = $0 }
                END {
                    for (i = 1; i <= NR - last; i++) {
                        shows = line[i] ~ /^not ok/ ? 8 : line[i] ~ /^ok/ ? 0 : shows - 1
                        if (shows > 0 && shown++ < last) print line[i]
                    }
                    for (i = NR < last ? 1 : NR - last + 1; i <= NR; i++) print line[i]
                }' "$work/said"
        done <"$work/failed"
    done
done
[ ! -e "$work/names" ] || { echo && cat "$work/names"; }
