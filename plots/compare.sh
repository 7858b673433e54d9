#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares chips: runs of this suite with each other and with published figures. SQL (plots/compare)
# lays out and gnuplot (plots/figures) draws what was computed when the runs were judged. Everything
# is made in a separate directory and moved into place at the end.
set -eu
LC_ALL=C
export LC_ALL
unset CDPATH

usage() {
    cat <<'TEXT'
usage: aneprobe compare RUN... [--published] [--also ROWS.csv] [--out DIR]
       aneprobe compare --published [--also ROWS.csv] [--out DIR]
       aneprobe compare ... --format csv|json|jsonl
       aneprobe compare BASE NEW --gate PERCENT [--format text|csv|json|jsonl]

Shows the chips of the runs side by side; with --published, beside what others
published about chips from M1 to M6 and some phones; with --also, beside rows
that 'aneprobe import' made. Ratios between runs are to the first run. Writes
COMPARE.md, its figures, and COMPARE.html, which holds both, into DIR, by
default results/comparison. Needs sqlite3; figures need gnuplot, the HTML page
needs cmark-gfm. With --format, prints the figures as rows and writes no file.

With --gate: is NEW worse than BASE? BASE is a run of the same machine or the
name of a baseline ('aneprobe baseline'). Prints, for every metric of the same
programs and probe, the ratio of NEW to BASE with its interval over processes.
The exit code is 1 if the whole interval of a metric is worse by more than
PERCENT. For two equal devices, at most 1 % of such comparisons, over all their
metrics, find something worse.
TEXT
}

wrong() {
    printf 'compare: %s\n' "$*" >&2
    usage >&2
    exit 2
}

. "$(dirname -- "$0")/tables.sh"
. "$(dirname -- "$0")/drawing.sh"
. "$(dirname -- "$0")/page.sh"
script=compare
plots=$(cd -- "$(dirname -- "$0")" && pwd)
results=$(cd -- "$plots/../results" && pwd)
out=${ANEPROBE_RESULTS:-$results}/comparison
published= also= format=text operand=
make_work
# Operands move to the end unchanged: a path may contain anything.
left=$#
while [ "$left" -gt 0 ]; do
    word=$1
    shift
    left=$((left - 1))
    case $operand$word in
    --out=* | --format=* | --also=*)
        set -- "${word#*=}" "$@"
        left=$((left + 1)) word=${word%%=*}
        ;;
    esac
    case $operand$word in
    --) operand=operand: ;; # and so are all that follow
    --published) published=1 ;;
    --out)
        [ "$left" -gt 0 ] || wrong "'--out' needs a value"
        out=$1
        shift
        left=$((left - 1))
        ;;
    --format)
        [ "$left" -gt 0 ] || wrong "'--format' needs a value"
        format=$1
        shift
        left=$((left - 1))
        case $format in text | csv | json | jsonl) ;; *) wrong "no format '$format': text, csv, json or jsonl" ;; esac
        ;;
    --also)
        [ "$left" -gt 0 ] || wrong "'--also' needs a value"
        also=$1
        shift
        left=$((left - 1))
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    -*) wrong "unknown option '$word'" ;;
    *) set -- "$@" "$word" ;;
    esac
done
[ $# -gt 0 ] || [ -n "$published$also" ] || wrong "nothing to compare: name run directories, or --published"
[ -z "$also" ] || [ -f "$also" ] || gone "$also: no such file"
need_sqlite "lay out the comparison"
[ "$format" != text ] || { mkdir -p -- "$out" 2>/dev/null && [ -w "$out" ]; } || fail "cannot write in $out: name another directory with --out"
db=$work/compare.db

# The files read from each run, and their tables. Samples are not read: the summary has their
# intervals.
tables='machine key,value
settings key,value
summary experiment,arm,metric,unit,n,n_unit,median,ci_low,ci_high,program_hash,probe_version
verdicts finding,verdict,measured,unit,ci_low,ci_high,n,n_unit,reason'

# One sqlite3 reads all files: each into `part`, and from there with its run's number. There may be
# hundreds of runs, so as few processes as possible are started per run.
n_runs=0
echo 'CREATE TABLE runs (run INTEGER PRIMARY KEY, path);' >"$work/read.sql"
echo "$tables" | while read -r table columns; do echo "CREATE TABLE $table (run, $columns);"; done >>"$work/read.sql"
echo "$tables" >"$work/tables"
for run in "$@"; do
    run_there "$run"
    samples_present "$run" "$run"
    n_runs=$((n_runs + 1))
    # The importer parses its file name like a shell word: a link has a harmless name.
    case $run in /*) ln -s "$run" "$work/$n_runs" ;; *) ln -s "$PWD/$run" "$work/$n_runs" ;; esac
    path=$run
    case $run in *\'*) path=$(printf %s "$run" | sed "s/'/''/g") ;; esac
    printf "INSERT INTO runs VALUES (%d, '%s');\n" "$n_runs" "$path"
    while read -r table columns; do
        [ -s "$run/$table.csv" ] || fail "$run/$table.csv is missing or empty: not a run directory, or one that was not judged ('aneprobe judge $run')"
        found=$columns
        [ "$table" != summary ] || { # of an older run: without them
            IFS= read -r header <"$run/summary.csv" || true
            case $header in *,program_hash,probe_version*) ;; *) found="${columns%,program_hash*},'',''" ;; esac
        }
        reading "$work/$n_runs/$table.csv" part
        printf 'INSERT INTO %s SELECT %d, %s FROM part;\nDROP TABLE part;\n' "$table" "$n_runs" "$found"
    done <"$work/tables"
done >>"$work/read.sql"
cp "$results/findings.csv" "$results/published.csv" "$results/chips.csv" "$results/plan_check.csv" "$work" ||
    fail "findings.csv, published.csv, chips.csv or plan_check.csv is missing in $results: restore it"
while read -r file table; do reading "$work/$file.csv" "$table"; done >>"$work/read.sql" <<'FILES'
findings findings
published published
chips chips_known
plan_check predicted
FILES
[ -n "$published" ] || echo 'DELETE FROM published; DELETE FROM chips_known; DELETE FROM predicted;' >>"$work/read.sql"
also_columns=source,date,chip,os,experiment,config,metric,value,unit,note
echo "CREATE TABLE also AS SELECT $also_columns FROM published LIMIT 0;" >>"$work/read.sql"
if [ -n "$also" ]; then
    cp -- "$also" "$work/also.csv" || fail "cannot read $also"
    import "$work/also.csv" also_read "$also_columns" "make it with 'aneprobe import'" "$also"
    odd=$(sql "$db" "SELECT metric || ' of ' || source || ' is ' || value FROM also_read WHERE value GLOB '*[^0-9.eE+-]*' OR NOT value GLOB '*[0-9]*' LIMIT 1")
    [ -z "$odd" ] || fail "$also: $odd, which is not a number; make it with 'aneprobe import'"
    echo "INSERT INTO also SELECT $also_columns FROM also_read; INSERT INTO published ($also_columns) SELECT * FROM also;" >>"$work/read.sql"
fi
sql "$db" <"$work/read.sql" >"$work/err" 2>&1 || true
[ ! -s "$work/err" ] || {
    number=$(sed -n "1s|^$work/\([0-9]*\)/.*|\1|p" "$work/err")
    fail "$([ -z "$number" ] || { shift $((number - 1)) && printf %s "$1"; }) cannot be read: $(first_line "$work/err" | sed "s|^$work/[0-9]*/||"); judge that run again"
}
{
    for table in machine:key,value settings:key,value summary:experiment,arm,metric,unit,n,n_unit \
        verdicts:finding,verdict,measured,unit,n,n_unit,reason runs:path published:source,chip,config,note also:chip; do
        clean "${table%%:*}" "${table#*:}"
    done
    cat "$plots/sql/one_of.sql" "$plots/compare/chips.sql" "$plots/compare/published.sql" "$plots/compare/runs.sql"
} | sql "$db" >"$work/err" 2>&1 || fail "cannot lay out the tables: $(first_line "$work/err")"
odd=$(sql "$db" "SELECT path || '/summary.csv has ''' || text || ''' for ' || place FROM not_numbers JOIN runs USING (run) LIMIT 1")
[ -z "$odd" ] || fail "$odd, which is not a number; judge that run again"

# Rows for other programs; nothing is written.
[ "$format" = text ] || {
    print_table compare "$format" <"$plots/compare/rows.sql"
    exit
}

section() { # QUERY_FILE [QUANTITY]
    sql -cmd ".parameter set @quantity \"'${2:-}'\"" "$db" <"$plots/compare/$1" 2>"$work/err" ||
        fail "plots/compare/$1: $(first_line "$work/err")"
}

caption=$(sql "$db" "SELECT CASE WHEN count(*) = 0 THEN 'published by others; crosses simulated; nothing measured here' ELSE count(*) || CASE count(*) WHEN 1 THEN ' run' ELSE ' runs' END || ' of this suite' || CASE WHEN '$published' = '' THEN '' ELSE ', and published figures' END END FROM runs")
quantities=$(sql "$db" "SELECT quantity FROM quantities WHERE place <= 4 OR quantity IN (SELECT quantity FROM figures) ORDER BY place")

draw() { # NAME SCRIPT [QUANTITY]
    { printf '%s\n' '.mode list' '.separator "\t"' && cat "$plots/compare/$2.sql"; } |
        sql -cmd ".parameter set @quantity \"'${3:-}'\"" "$db" 2>"$work/err" | save "$work/$1.dat"
    [ ! -s "$work/err" ] ||
        fail "plots/compare/$2.sql: $(first_line "$work/err")"
    ! has_rows "$work/$1.dat" || plot "$2" "$1" "$caption"
}

# What a figure shows, for readers who cannot see it.
figure_words() {
    case $1 in
    overview) echo 'Which chip does what: the figures of the table below, a row for each chip' ;;
    parts) echo 'Parts of a training step, source by source: the figures of the table above' ;;
    verdicts) echo 'Verdicts by claim and run: the letters of the table below' ;;
    *) sql "$db" "SELECT title || ': ' || group_concat(words, '; ') FROM (SELECT q.title, f.chip || ' ' || CASE min(value) WHEN max(value) THEN format('%.4g', min(value)) ELSE format('%.4g to %.4g', min(value), max(value)) END || ' ' || q.unit || ' ' || f.basis AS words
        FROM figures f JOIN quantities q USING (quantity) JOIN chips USING (chip) WHERE quantity = '$1' GROUP BY f.chip, f.basis ORDER BY rank)" | tr -d '"[]' ;;
    esac
}

figure() {
    if [ -e "$work/$1.svg" ]; then printf '\n![%s](%s.svg)\n' "$(figure_words "$1")" "$1"; fi
    if [ -e "$work/$1.undrawn" ]; then printf '\nNo figure: gnuplot could not draw it.\n'; fi
}

compare() {
    section head.sql
    [ -n "$gnuplot" ] || printf '\nNo figures: gnuplot is not installed. Install it and run this again.\n'
    [ -n "$converter" ] || printf '\nNo page in HTML: cmark-gfm is not installed.\n'
    figure overview
    section overview_table.sql
    for quantity in $quantities; do
        section quantity.sql "$quantity"
        figure "$quantity"
        section table.sql "$quantity"
        [ "$quantity" != step ] || { section parts_table.sql && figure parts; }
        [ "$quantity" != train ] || section run_parts.sql
    done
    section limits.sql
    section verdicts.sql
    figure verdicts
    section verdicts_table.sql
    section ratios.sql
    section sources.sql
    : >"$work/said"
}

figures="$(sql "$db" 'SELECT quantity FROM quantities') overview parts verdicts"
# An earlier comparison is replaced, and nothing else.
if [ -e "$out/COMPARE.md" ]; then
    case $(head -n 1 "$out/COMPARE.md") in
    '# COMPARE'*) ;;
    *) wrong "$out/COMPARE.md is not a comparison and is not replaced; give --out another directory" ;;
    esac
else
    for name in COMPARE.html $(printf '%s.svg ' $figures); do
        [ ! -e "$out/$name" ] || wrong "$out/$name already exists and is not replaced; give --out another directory"
    done
fi

gnuplot=$(command -v gnuplot 2>/dev/null) || gnuplot=
if [ -n "$gnuplot" ]; then
    draw overview overview
    for quantity in $quantities; do draw "$quantity" strip "$quantity"; done
    draw parts parts
    draw verdicts matrix
fi
compare | save "$work/COMPARE.full"
[ -e "$work/said" ] || exit 99
page COMPARE
for name in $(printf '%s.svg ' $figures) COMPARE.html COMPARE.md; do
    if [ ! -e "$work/$name" ]; then
        rm -f "$out/$name"
    else
        mv "$work/$name" "$out" 2>/dev/null || fail "cannot write $out/$name: make room for it"
    fi
done
echo "$out/COMPARE.md"
