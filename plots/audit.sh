#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: audit.sh [RUN_DIR] [--format text|markdown|csv|json|jsonl]
# Prints what its --help says, as tables for people or as self-contained rows (docs/formats.md). SQL
# (plots/sql/audit*.sql) does the work. No file is written.
set -eu
LC_ALL=C
export LC_ALL
unset CDPATH
. "$(dirname -- "$0")/tables.sh"
script=audit
plots=$(cd -- "$(dirname -- "$0")" && pwd)

usage() {
    echo "usage: aneprobe audit [RUN] [--format text|markdown|csv|json|jsonl]"
}
wrong() {
    usage >&2
    echo "audit: $*" >&2
    exit 2
}
form=text run= operand=
while [ $# -gt 0 ]; do
    word=$1
    shift
    case $operand$word in
    --) operand=operand: ;; # and so are all that follow
    --format | --format=*)
        case $word in
        --format=*) form=${word#--format=} ;;
        *)
            [ $# -gt 0 ] || wrong "'--format' needs a value"
            form=$1
            shift
            ;;
        esac
        case $form in text | markdown | csv | json | jsonl) ;; *) wrong "no format '$form': text, markdown, csv, json or jsonl" ;; esac
        ;;
    --help | -h)
        usage
        echo
        cat <<'TEXT'
Prints every published claim: by whom, on which chip, how it was measured, who
contradicts it, and what RUN says about it. Then checks published numbers
against each other. RUN is a judged run directory. Needs sqlite3.
TEXT
        exit 0
        ;;
    -*) wrong "unknown option '$word'" ;;
    *)
        [ -z "$run" ] || wrong "one run, not two ('$run' and '$word')"
        run=$word
        ;;
    esac
done
need_sqlite "lay out the tables"
if [ -n "$run" ]; then
    run_there "$run"
    for file in machine.csv verdicts.csv settings.csv; do
        [ -s "$run/$file" ] || fail "$run/$file is missing or empty: judge the run first, 'aneprobe judge $run'"
    done
    samples_present "$run" "$run"
fi

make_work
db=$work/audit.db
results=$(cd -- "$plots/../results" && pwd)

# take DIRECTORY FILE TABLE COLUMNS: a copy, so that no path has to be quoted for sqlite3.
take() {
    cp -- "$1/$2" "$work/$2" || fail "cannot read $1/$2"
    run=$1 import "$work/$2" "$3" "$4" "restore that file"
    # Characters that break a table for people are replaced there; machines get the cells unchanged.
    case $form in text | markdown) clean "$3" "$4" >>"$work/prepare.sql" ;; esac
}
take "$results" findings.csv findings finding,experiment,claim,published,published_unit,chip,os,source,rivals
take "$results" methods.csv methods finding,how
take "$results" published.csv published source,chip,os,experiment,config,metric,value,unit
if [ -n "$run" ]; then
    take "$run" machine.csv machine key,value
    take "$run" settings.csv settings key,value
    take "$run" verdicts.csv verdicts finding,verdict,measured,unit,ci_low,ci_high,n,n_unit,reason
else
    echo 'CREATE TABLE machine (key, value); CREATE TABLE settings (key, value); CREATE TABLE verdicts (finding, verdict, measured, unit, ci_low, ci_high, n, n_unit, reason);' >>"$work/prepare.sql"
fi
cat "$plots/sql/one_of.sql" "$plots/sql/views.sql" "$plots/sql/audit_arithmetic.sql" "$plots/sql/audit.sql" >>"$work/prepare.sql"
sql "$db" <"$work/prepare.sql" >"$work/err" 2>&1 || fail "cannot lay out the tables: $(first_line "$work/err")"

case $form in
csv | json | jsonl) echo 'SELECT * FROM audit;' | print_table audit "$form" ;;
*)
    # Through a file, since sqlite3 says nothing of output that was not taken. A reader that left is no fault.
    sql "$db" <"$plots/sql/audit_$form.sql" >"$work/said"
    [ "$form" != text ] || {
        by_table --paint audit <"$work/said"
        exit
    }
    cat "$work/said" 2>/dev/null || {
        [ $? -lt 128 ] || exit 141
        fail "cannot write to standard output: make room for it"
    }
    ;;
esac
