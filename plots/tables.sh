# SPDX-License-Identifier: MIT
# Tables from CSV files, for the scripts here. To be sourced before any variable is set, since the user's are
# forgotten here. Then `script` must be the script's name in messages and `plots` this folder; import and sql want
# $db (a scratch database), $work (its directory) and $run (for messages).

# Programs come from PATH's absolute places: what '.' or an empty one means in it changes with the run
# directory, which may be somebody else's.
set -f
old_ifs=$IFS IFS=: places=
for place in $PATH; do
    case $place in /*) places=${places:+$places:}$place ;; esac
done
IFS=$old_ifs PATH=$places
set +f

# Nor do helper programs (sqlite3, gnuplot, cmark-gfm) see anything of the user's: no start-up files, no
# settings, no locale. Kept is what says where things are, and what tests put in front of programs.
for place in $(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print name }'); do
    case $place in
    PATH | TMPDIR | PWD | IFS | NO_COLOR | TERM | ANEPROBE* | LD_* | DYLD_* | FAULT_* | *SAN_OPTIONS) ;;
    *) unset "$place" ;;
    esac
done
no_colour=${NO_COLOR:-} terminal=${TERM:-} LC_ALL=C HOME=/nonexistent
unset NO_COLOR TERM
export LC_ALL HOME

fail() {
    printf '%s: %s\n' "$script" "$*" >&2
    exit 99
}

# gone MESSAGE: what the command line names is not there.
gone() {
    printf '%s: %s\n' "$script" "$*" >&2
    exit 2
}

# run_there RUN: it is a run's directory.
run_there() {
    [ -d "$1" ] || gone "$1: no such run directory"
    [ -e "$1/machine.csv" ] || gone "$1 is not a run directory: it has no machine.csv"
}

# need_sqlite PURPOSE: it is there, and has what the tables ask of it ($plots is this folder).
need_sqlite() {
    command -v sqlite3 >/dev/null 2>&1 || fail "sqlite3 is needed to $1; install it (package sqlite3) and run this again"
    sqlite3 -bail :memory: "$(cat "$plots/sql/needs.sql")" >/dev/null 2>&1 ||
        fail "$(command -v sqlite3) is too old or lacks functions that are needed to $1; put sqlite 3.38 or newer, with its mathematical functions, first on PATH and run this again"
}

# The database is scratch: nothing of it need outlive a power cut.
# From 3.53 on -bail before -cmd ends it without a word, and '.mode tabs' quotes cells.
sql() { sqlite3 -cmd 'PRAGMA synchronous=OFF' -cmd '.bail on' "$@"; }

# make_work: $work, a directory that is removed at the end.
make_work() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-$script.XXXXXX" 2>/dev/null) ||
        fail "cannot write in ${TMPDIR:-/tmp}: set TMPDIR to a writable directory"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
}

# save FILE: what comes down the pipe. sqlite3 says nothing of output that a full disk did not take.
save() { cat >"$1" || fail "cannot write ${1##*/}: is the disk full?"; }

# first_line FILE: what a program complained of, in one line.
first_line() { head -n 1 "$1" | tr -d '\000-\037'; }

# reading FILE TABLE: what makes sqlite3 read FILE into a new table. Its columns are text: those that .import makes
# by itself have no type from 3.53 on, and a text is then never equal to a number.
reading() {
    header=
    IFS= read -r header <"$1" || true
    names='' old_ifs=$IFS IFS=,
    set -f
    for name in ${header%"$carriage_return"}; do
        name=${name#\"} name=${name%\"}
        case $name:$2 in
        *\"*) name='?' ;;
        program:*samples) ;;
        program:*) name=experiment ;; # as older runs call it
        esac
        names="${names:+$names, }\"$name\" TEXT"
    done
    set +f
    IFS=$old_ifs
    [ -z "$names" ] || printf 'CREATE TABLE %s (%s);\n' "$2" "$names"
    # Inside double quotes the importer knows escapes, inside single ones it does not.
    case $1 in *[\"\\]*) quote="'" ;; *) quote='"' ;; esac
    schema=
    case $2 in *.*) schema="--schema ${2%%.*} " ;; esac
    printf '.import --csv --skip 1 %s%s%s%s %s\n' "$schema" "$quote" "$1" "$quote" "${2#*.}"
}
carriage_return=$(printf '\r')

# import FILE TABLE COLUMNS REMEDY [NAME]: the importer complains of a short row or a stray quote on stderr
# and exits with 0. NAME is the file's in messages.
import() {
    { reading "$1" "$2" && echo "SELECT $3 FROM $2 LIMIT 0;"; } | sql "$db" >"$work/imported" 2>"$work/err" || true
    [ ! -s "$work/err" ] || {
        complaint=$(first_line "$work/err")
        complaint=${complaint#"$1:"}
        fail "${5:-$run/${1#"$work/"}} does not read: ${complaint# }; $4"
    }
}

# samples_present FOLDER RUN: each experiment of RUN (its name in messages) with a finished trial still has its samples.
samples_present() {
    [ -d "$1/samples" ] && [ -s "$1/jobs.csv" ] || return 0
    awk -F, '$5 == "ok" && !seen[$2]++ { print $2 }' "$1/jobs.csv" | while read -r experiment; do
        [ -e "$1/samples/$experiment.csv" ] ||
            fail "$2/samples/$experiment.csv is missing, but jobs.csv has finished trials of $experiment: restore it, or jobs/, and judge the run again"
    done
}

# by_table ARGUMENT...: aneprobe-table with these; what it complains of is this script's complaint. It sees the
# user's terminal, whose colours are its concern.
by_table() {
    tool=${ANEPROBE_TABLE:-$plots/../build/harness/table/aneprobe-table} code=0
    [ -x "$tool" ] || fail "$tool is missing: build the suite first"
    NO_COLOR=$no_colour TERM=$terminal "$tool" "$@" 2>"$work/err" || code=$?
    [ "$code" -lt 128 ] || exit "$code"
    [ "$code" -eq 0 ] || fail "$(first_line "$work/err" | sed 's/^aneprobe-table: //')"
}

# print_table FORM FORMAT <QUERY: the rows as `aneprobe` prints tables, with the columns of FORM
# (harness/table/forms.c).
print_table() {
    sql -csv -header "$db" >"$work/rows.csv" || fail "the rows of table $1 cannot be written to $work: is the disk full?"
    by_table --format "$2" "$1" "$work/rows.csv"
}

# clean TABLE COLUMNS: SQL that takes out of cells what would break a Markdown table, or turn into
# something else in it: a tag, code, a link, an image from elsewhere. In the shell itself: a program a column
# would be a third of a report's time.
clean() {
    old_ifs=$IFS
    IFS=,
    for column in $2; do
        echo "UPDATE $1 SET $column = replace(replace(replace(replace(replace(replace(replace($column,"
        echo "    char(13), ''), char(10), ' '), char(9), ' '), '|', char(92) || '|'), '<', '&lt;'), '[', '&#91;'), char(96), '''')"
        echo "WHERE $column GLOB '*[' || char(13) || char(10) || char(9) || '|<[' || char(96) || ']*';"
    done
    IFS=$old_ifs
}
