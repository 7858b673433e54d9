#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: clean.sh PLOTS
# Reports, comparisons and audits have the same bytes whatever start-up files, settings and locale the user has.
# TAP. ANEPROBE_TABLE is in the environment.
set -u
plots=$1
runs=$(cd "$(dirname "$0")" && pwd)/runs
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-clean-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/err"
. "$(dirname "$0")/../tap.sh"

# A home directory whose settings would change all output.
mkdir -p "$work/home/sqlite3" "$work/home/gnuplot"
printf '.headers on\n.mode column\n.timer on\n.changes on\n.echo on\n.nullvalue NULL\n' >"$work/home/.sqliterc"
cp "$work/home/.sqliterc" "$work/home/sqlite3/sqliterc"
printf 'set terminal dumb\nset xrange [0:1]\nset title "mine"\nset decimalsign ","\n' >"$work/home/.gnuplot"
cp "$work/home/.gnuplot" "$work/home/gnuplot/gnuplotrc"

# made PLACE ENVIRONMENT...: report, comparison and audit of one run, in $work/PLACE.
made() {
    place=$work/$1
    shift
    mkdir "$place" "$place/out"
    cp -R "$runs/cpu" "$place/run"
    status=0
    (cd "$place" && env "$@" sh "$plots/report.sh" run && env "$@" sh "$plots/compare.sh" run --published --out out &&
        env "$@" sh "$plots/audit.sh" run) >"$place/audit" 2>"$work/err" </dev/null || status=$?
    [ "$status" -eq 0 ]
}
same() {
    diff -r "$work/plain" "$work/$1" >"$work/err"
}
check 'with nothing set' made plain "HOME=$work"
check 'start-up files: all is made' made files "HOME=$work/home" "XDG_CONFIG_HOME=$work/home"
check 'start-up files: the same bytes' same files
check 'settings: all is made' made settings "HOME=$work" GNUTERM=qt GNUPLOT_DRIVER_DIR=/nonexistent POSIXLY_CORRECT=1 \
    LC_ALL=tr_TR.UTF-8 LC_NUMERIC=de_DE.UTF-8 LANG=de_DE.UTF-8 CDPATH=/ GREP_OPTIONS=-v AWKPATH=/ SQLITE_HISTORY=/dev/null IFS=x
check 'settings: the same bytes' same settings
# Variables of the scripts' own, in the environment.
# shellcheck disable=SC2046 # one word each
check 'names that the scripts use: all is made' made names "HOME=$work" \
    $(cat "$plots"/*.sh | grep -oE '(^|[ ({])[a-z][a-z_]*=' | tr -d ' ({' | sort -u | sed 's/$/mine/') NO_COLOR=1 TERM=dumb
check 'names that the scripts use: the same bytes' same names
end_checks
