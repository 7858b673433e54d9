#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: report.sh RUN_DIR
# Writes RUN_DIR/PROBE_RESULTS.html, RUN_DIR/EXPERIMENT.svg and RUN_DIR/PROBE_RESULTS.md from the CSV files of a
# judged run. SQL (plots/sql) lays out and gnuplot (plots/figures) draws; statistics were computed in C, when the
# run was judged. The HTML page has everything, with tables and methods folded; the Markdown is the same text
# without the folded parts, short enough to paste. Everything is made in a separate directory and moved into place
# at the end; until then an older report stays.
set -eu
LC_ALL=C
export LC_ALL
unset CDPATH

. "$(dirname -- "$0")/tables.sh"
. "$(dirname -- "$0")/drawing.sh"
. "$(dirname -- "$0")/page.sh"
script=report

[ $# -eq 1 ] && [ -n "$1" ] || {
    echo "usage: report.sh RUN_DIR" >&2
    exit 2
}
run=$1
plots=$(cd -- "$(dirname -- "$0")" && pwd)
need_sqlite "lay out the report"
cd -- "$run" 2>/dev/null || gone "$run: no such run directory"
about=experiments.csv
[ -e "$about" ] || [ ! -e programs.csv ] || about=programs.csv # as older runs call it
for file in machine.csv settings.csv "$about" schedule.csv jobs.csv; do
    [ -s "$file" ] || fail "$run/$file is missing or empty: not a run directory, or one that never started"
done
samples_present . "$run"
for file in summary.csv verdicts.csv; do
    [ -s "$file" ] || fail "$run/$file is missing or empty: judge the run first, 'aneprobe judge $run'"
done

# Removes what a killed report left; its processes may still be ending.
rm -rf ./.report.* 2>/dev/null || true
work=$(mktemp -d "./.report.XXXXXX" 2>/dev/null) ||
    fail "cannot write in $run: make it writable, or copy the run elsewhere and report the copy"
scratch=$work
trap 'rm -rf "$work" "$scratch"' EXIT
trap 'exit 130' INT TERM
# sqlite3 opens no database whose whole path is longer than 512 bytes.
[ ${#PWD} -lt 450 ] || scratch=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-report.XXXXXX") ||
    fail "cannot write in ${TMPDIR:-/tmp}: set TMPDIR elsewhere"
db=$scratch/run.db
cp "$plots/../results/findings.csv" "$work/findings.csv" ||
    fail "cannot copy results/findings.csv into $run: is the disk full?"

restore='restore that file, or run again'
rejudge="judge the run again, 'aneprobe judge $run'"
while read -r file table columns remedy; do
    case $remedy in judge) remedy=$rejudge ;; *) remedy=$restore ;; esac
    case $table in findings) file=$work/$file ;; experiments) file=$about ;; esac
    import "$file" "$table" "$columns" "$remedy"
    clean "$table" "$columns" >>"$work/prepare.sql"
done <<'TABLES'
machine.csv machine key,value restore
settings.csv settings key,value restore
experiments.csv experiments experiment,field,text restore
schedule.csv schedule job,experiment,arm restore
jobs.csv jobs job,experiment,arm,block,status,signal restore
summary.csv summary experiment,arm,metric,unit,n,n_unit,median,ci_low,ci_high,min,max,outliers judge
verdicts.csv verdicts finding,verdict,measured,unit,ci_low,ci_high,n,n_unit,published,source,reason judge
findings.csv findings finding,experiment,claim,published,published_unit,chip,os,source,margin,margin_unit,rivals restore
TABLES
# Each probe's error rate on engines of known truth, if it was determined.
if [ -s "$plots/../results/instruments.csv" ]; then
    cp "$plots/../results/instruments.csv" "$work/instruments.csv" ||
        fail "cannot copy results/instruments.csv into $run: is the disk full?"
    import "$work/instruments.csv" instruments finding,truth,n,wrong,wrong_rate_high "$restore"
else
    echo 'CREATE TABLE instruments (finding, truth, n, wrong, wrong_rate_high);' >>"$work/prepare.sql"
fi
# Ratings, to which utilisation is relative; and the figures before and after.
cp "$plots/../results/published.csv" "$work/published.csv" ||
    fail "cannot copy results/published.csv into $run: is the disk full?"
import "$work/published.csv" published source,chip,experiment,metric,value,unit "$restore"
clean published source,metric,value,unit >>"$work/prepare.sql"
echo "CREATE TABLE ratings AS SELECT chip, value FROM published WHERE experiment = 'vendor_rating' AND metric = 'rated';" >>"$work/prepare.sql"
# Reasons from the trainer's trials, for the ways that have no figures.
if [ -s samples/train.csv ]; then
    import samples/train.csv train_samples arm,status,reason "restore that file from jobs/"
    clean train_samples arm,status,reason >>"$work/prepare.sql"
else
    echo 'CREATE TABLE train_samples (arm, status, reason);' >>"$work/prepare.sql"
fi
# The result of each experiment's last look; older runs have no looks.
if [ -s looks.csv ]; then
    import looks.csv looks experiment,blocks,planned,trials,dropped,claims,decided,undecidable "$rejudge"
    clean looks experiment,blocks,planned,trials,dropped,claims,decided,undecidable >>"$work/prepare.sql"
else
    echo 'CREATE TABLE looks (experiment, blocks, planned, trials, dropped, claims, decided, undecidable);' >>"$work/prepare.sql"
fi
# Which trials others disturbed; older runs do not say.
head -n 1 jobs.csv | grep -q ',disturbed' || echo "ALTER TABLE jobs ADD COLUMN disturbed DEFAULT '';" >>"$work/prepare.sql"
cat "$plots/sql/one_of.sql" "$plots/sql/dropped.sql" "$plots/sql/views.sql" "$plots/sql/questions.sql" >>"$work/prepare.sql"
sql "$db" <"$work/prepare.sql" >"$work/err" 2>&1 ||
    fail "cannot lay out the tables of $run: $(first_line "$work/err")"

# query SQL: prints one answer, or nothing.
query() { sql "$db" "$1"; }

odd=$(query "SELECT experiment FROM experiments WHERE experiment = '' OR experiment GLOB '*[^a-z0-9_]*' LIMIT 1")
[ "$(query "SELECT count(*) FROM experiments WHERE experiment = '' OR experiment GLOB '*[^a-z0-9_]*'")" = 0 ] ||
    fail "$run/$about names an experiment '$odd': letters, digits and _ only; $restore"
odd=$(query "SELECT * FROM not_numbers LIMIT 1")
[ -z "$odd" ] || fail "$run/$odd, which is not a number; $rejudge"
[ -n "$(query "SELECT name FROM device")" ] || fail "$run/machine.csv names no device; $restore"
experiments=$(query "SELECT experiment FROM sections ORDER BY place")
caption=$(query "SELECT caption FROM device")

# thin FILE CONDITION...: of a file of more than some 100,000 rows, those that meet every condition
# (COLUMN=VALUE, or COLUMN!= for a cell that is not empty) are points of a cloud: some 20,000 of
# them are kept, spread over the file, and all others. How many there were goes to `points`. Rows
# with quotes are kept as they are.
thin() {
    file=$1
    shift
    n_rows=$(wc -l <"$file")
    [ "$n_rows" -gt 100000 ] && [ $# -gt 0 ] || return 1
    awk -F, -v conditions="$*" -v n_rows="$n_rows" -v points="$work/points" '
        NR == 1 {
            n = split(conditions, condition, " ")
            for (i = 1; i <= n; i++) {
                split(condition[i], part, "!?=")
                for (k = 1; k <= NF; k++) if ($k == part[1]) column[i] = k
                if (!column[i]) n = 0
                value[i] = part[2]
                filled[i] = condition[i] ~ /!=/
            }
            print
            next
        }
        inside || /"/ { print; if (gsub(/"/, "") % 2) inside = !inside; next }
        {
            for (i = 1; i <= n; i++) if (filled[i] ? $column[i] == "" : $column[i] != value[i]) break
            if (n == 0 || i <= n) { print; next }
            found++
            if (NR * 2654435761 % 4294967296 * n_rows < 20000 * 4294967296) print
        }
        END { print found + 0 >points }' "$file" >"$work/samples.csv"
}

# A figure of experiment E is plots/figures/E.sql (what to draw, as blocks of a table, each with a
# header row) and E.gp (how). Blocks without a row make no figure.
draw() {
    [ -e "$plots/figures/$1.gp" ] && [ -s "samples/$1.csv" ] || return 0
    samples=samples/$1.csv points=NULL
    # shellcheck disable=SC2046 # one word a condition
    if thin "$samples" $(sed -n 's/^-- points: //p' "$plots/figures/$1.sql"); then
        samples=$work/samples.csv points=$(cat "$work/points")
    fi
    rm -f "$scratch/samples.db"
    { printf '%s\n' '.mode list' '.separator "\t"' && echo "ATTACH '$scratch/samples.db' AS drawn; PRAGMA drawn.synchronous = OFF; CREATE TEMP TABLE points AS SELECT $points AS n;" &&
        reading "$samples" drawn.samples && cat "$plots/figures/$1.sql"; } |
        sql "$db" 2>"$work/err" | save "$work/$1.dat"
    [ ! -s "$work/err" ] ||
        fail "$run/samples/$1.csv cannot be drawn: $(first_line "$work/err"); restore that file from jobs/"
    has_rows "$work/$1.dat" || return 0
    plot "$1" "$1" "$caption" "$(query "SELECT words FROM figure_claims WHERE experiment = '$1'" | fold -s -w 66)"
}

# section QUERY_FILE [@PARAMETER VALUE]: what makes sqlite3 print it.
section() {
    printf '.parameter set %s "'\''%s'\''"\n' "${2:-@none}" "${3:-}"
    cat "$plots/sql/$1"
}
# say LINE: the same for a paragraph.
say() { printf "SELECT char(10) || '%s';\n" "$1"; }

experiment_section() { # EXPERIMENT
    section experiment.sql @experiment "$1"
    if [ -e "$work/$1.svg" ]; then section figure.sql @experiment "$1"; fi
    if [ -e "$work/$1.undrawn" ]; then say 'No figure: gnuplot could not draw it.'; fi
    if [ -e "$plots/sql/after_$1.sql" ]; then section "after_$1.sql"; fi
    section experiment_details.sql @experiment "$1"
    section experiment_end.sql @experiment "$1"
}

sections() {
    section head.sql
    [ -n "$gnuplot" ] || say 'No figures: gnuplot is not installed. Install it and run `aneprobe report` again.'
    [ -n "$converter" ] || say 'No page in HTML: cmark-gfm is not installed.'
    for question in $(query "SELECT id FROM questions ORDER BY place"); do
        section question.sql @question "$question"
        for experiment in $(query "SELECT experiment FROM sections WHERE question = '$question' ORDER BY place"); do
            experiment_section "$experiment"
        done
    done
    section gaps.sql
    section method.sql
    [ ! -e "$work/plan_check.csv" ] || section plan_check.sql
}

# In one process: to start sqlite3 for each section takes longer than the sections.
report() {
    sections >"$work/report.sql"
    sql "$db" <"$work/report.sql" 2>"$work/err" || fail "cannot lay out the report: $(first_line "$work/err")"
    : >"$work/said"
}

# How far predictions of chips were off goes with simulated chips.
if [ "$(query "SELECT kind FROM device")" = sim ] && [ -s "$plots/../results/plan_check.csv" ]; then
    cp "$plots/../results/plan_check.csv" "$work/plan_check.csv" ||
        fail "cannot copy results/plan_check.csv into $run: is the disk full?"
    import "$work/plan_check.csv" plan_check chip,quantity,published_ms,predicted_ms,error_pct,host_from,published_from,left_out,low_ms,high_ms,held_pct "$restore"
fi

gnuplot=$(command -v gnuplot 2>/dev/null) || gnuplot=
if [ -n "$gnuplot" ]; then
    for experiment in $experiments; do draw "$experiment"; done
fi
report | save "$work/PROBE_RESULTS.full"
[ -e "$work/said" ] || exit 99
page PROBE_RESULTS
for experiment in $experiments; do
    if [ -e "$work/$experiment.svg" ]; then mv "$work/$experiment.svg" .; else rm -f "$experiment.svg"; fi
done
if [ -e "$work/PROBE_RESULTS.html" ]; then mv "$work/PROBE_RESULTS.html" .; else rm -f PROBE_RESULTS.html; fi
mv "$work/PROBE_RESULTS.md" .
