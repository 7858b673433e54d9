#!/bin/sh
# SPDX-License-Identifier: MIT
# Scripts read only columns that a run's files have: checks every list of columns in plots/, and the recorded
# runs, against harness/record/heads.h.
#     SOURCE  the source tree
set -u
. "$SOURCE/harness/tests/tap.sh"

head_of() { sed -n "s/^#define HEAD_$1 \"\(.*\)\"\$/\1/p" "$SOURCE/harness/record/heads.h"; }
# has TABLE COLUMNS: all of them are columns of the table's file.
has() {
    case $1 in
    jobs | schedule | summary | verdicts) known=$(head_of "$(echo "$1" | tr '[:lower:]' '[:upper:]')") ;;
    *) return 1 ;;
    esac
    [ -n "$known" ] || return 1
    for column in $(echo "$2" | tr , ' '); do
        case ,$known, in *",$column,"*) ;; *) echo "# no column $column in: $known"; return 1 ;; esac
    done
}
n_lists=0
for script in report compare audit; do
    grep -oE '(jobs|schedule|summary|verdicts)[: ]\(?[a-z_]+(, ?[a-z_]+)+' "$SOURCE/plots/$script.sh" | tr -d '(' |
        sed 's/:/ /; s/, /,/g' >"${TMPDIR:-/tmp}/aneprobe-heads.$$"
    while read -r table columns; do
        n_lists=$((n_lists + 1))
        check "$script.sh: $table has $columns" has "$table" "$columns"
    done <"${TMPDIR:-/tmp}/aneprobe-heads.$$"
    rm -f "${TMPDIR:-/tmp}/aneprobe-heads.$$"
done
check 'the lists of all three scripts were found' test "$n_lists" -ge 8

for file in $(cd "$SOURCE" && ls results/*/*/schedule.csv results/*/*/jobs.csv); do
    table=${file##*/}
    check "$file" has "${table%.csv}" "$(head -n 1 "$SOURCE/$file")"
done
end_checks
