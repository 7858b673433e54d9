#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: report.sh RUN_DIR
# Writes RUN_DIR/PROBE_RESULTS.md and RUN_DIR/*.svg from the CSV files of a judged run.
# SQL (plots/sql) lays out, gnuplot (plots/figures) draws; neither computes statistics.
set -eu
LC_ALL=C
export LC_ALL

fail() {
    echo "report: $*" >&2
    exit 99
}

[ $# -eq 1 ] || {
    echo "usage: report.sh RUN_DIR" >&2
    exit 2
}
plots=$(cd "$(dirname "$0")" && pwd)
command -v sqlite3 >/dev/null 2>&1 ||
    fail "sqlite3 is needed to lay out the report; install it (package sqlite3) and run this again"
cd "$1" 2>/dev/null || fail "$1: no such run directory"
for file in machine.csv settings.csv programs.csv jobs.csv; do
    [ -s "$file" ] || fail "$1/$file is missing or empty: not a run directory, or one that never started"
done
for file in summary.csv verdicts.csv; do
    [ -s "$file" ] || fail "$1/$file is missing: judge the run first, 'aneprobe judge $1'"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-report.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
db=$work/run.db

# Errors of the importer (a short row, a stray quote) come on stderr while it exits 0.
import() {
    sqlite3 -bail "$db" ".import --csv $1 $2" 2>"$work/err" || true
    [ ! -s "$work/err" ] || fail "$1 does not read as CSV: $(head -n 1 "$work/err"); judge the run again"
}
for file in machine settings programs jobs summary verdicts; do
    import "$file.csv" "$file"
done
cp "$plots/../results/findings.csv" "$work/findings.csv"
(cd "$work" && import findings.csv findings)

sqlite3 -bail "$db" <"$plots/sql/views.sql" || fail "the run's CSV files lack columns that the report needs"
programs=$(sqlite3 "$db" "SELECT DISTINCT program FROM programs ORDER BY rowid")

select_into() { # QUERY_FILE: prints what it selects, `program` bound to $2
    sqlite3 -bail -cmd ".parameter init" -cmd ".parameter set @program '\"${2:-}\"'" "$db" <"$plots/sql/$1"
}

# A figure of program P is plots/figures/P.sql (what to draw, as a table) and P.gp (how).
draw() {
    [ -e "$plots/figures/$1.gp" ] && [ -s "samples/$1.csv" ] || return 0
    command -v gnuplot >/dev/null 2>&1 || return 0
    import "samples/$1.csv" samples
    sqlite3 -bail -cmd ".mode tabs" "$db" <"$plots/figures/$1.sql" >"$work/$1.dat"
    sqlite3 "$db" "DROP TABLE samples"
    [ -s "$work/$1.dat" ] || return 0
    if ! gnuplot -c "$plots/figures/$1.gp" "$work/$1.dat" "$work/$1.svg" "$plots/figures/style.gp" 2>"$work/err"; then
        fail "gnuplot could not draw $1: $(head -n 3 "$work/err" | tr '\n' ' ')"
    fi
    mv "$work/$1.svg" "$1.svg"
}

report() {
    select_into head.sql
    command -v gnuplot >/dev/null 2>&1 ||
        printf '\nNo figures: gnuplot is not installed. Install it and run `aneprobe report` again.\n'
    select_into key_findings.sql
    for program in $programs; do
        select_into section.sql "$program"
        if [ -e "$program.svg" ]; then printf '\n![%s](%s.svg)\n' "$program" "$program"; fi
    done
    select_into summary_table.sql
    select_into training.sql
    select_into gaps.sql
    select_into tail.sql
}

rm -f ./*.svg
for program in $programs; do
    case $program in *[!a-z0-9_]*) fail "programs.csv names a program '$program': letters, digits and _ only" ;; esac
    draw "$program"
done
report >"$work/PROBE_RESULTS.md"
mv "$work/PROBE_RESULTS.md" PROBE_RESULTS.md
