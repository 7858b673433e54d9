#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the suite on several machines at once over ssh, adds what they submit to results/, and compares the runs.
# Text from other machines reaches a shell only in quotes.
set -eu
LC_ALL=C
export LC_ALL
unset CDPATH

usage() {
    cat <<'TEXT'
usage: aneprobe fleet [--dir DIR] [--published] MACHINE... [-- RUN_OPTION...]

Runs 'aneprobe run RUN_OPTION...' on every MACHINE at the same time, fetches a
submission of each run, adds it here ('aneprobe add') and compares all runs
('aneprobe compare'). MACHINE is a destination that ssh reaches without a
password; ':' is this machine. The suite must be built on each machine in DIR,
by default the same path as here, or installed. Ratios are given between
machines with the same commit. Each machine keeps its run. Ctrl-C ends the runs
everywhere.

Exit codes: 0 done, 1 a machine has no run or failed trials, 2 wrong usage,
99 nothing to compare, 130 interrupted.
TEXT
}

fail() {
    code=$1
    shift
    printf 'aneprobe: fleet: %s\n' "$*" >&2
    exit "$code"
}

# quoted TEXT: one word of a shell command.
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# plain FILE: its lines, without control characters.
plain() { tr -d '\000-\010\013-\037\177' <"$1" | grep -v '^[[:space:]]*$' || :; }

top=$(cd -- "$(dirname -- "$0")/.." && pwd)
aneprobe=${ANEPROBE:-aneprobe}
dir=$top published=
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-fleet.XXXXXX")
trap 'rm -rf "$work"' EXIT
: >"$work/machines"
while [ $# -gt 0 ]; do
    case $1 in
    --dir)
        [ $# -gt 1 ] || fail 2 "option '--dir' needs a value"
        dir=$2
        shift
        ;;
    --published) published=--published ;;
    -h | --help)
        usage
        exit 0
        ;;
    --)
        shift
        break
        ;;
    -*) fail 2 "unknown option '$1' ('aneprobe fleet --help')" ;;
    *[!A-Za-z0-9@._:%-]* | '') fail 2 "'$1' is not the name of a machine ('aneprobe fleet --help')" ;;
    *) printf '%s\n' "$1" >>"$work/machines" ;;
    esac
    shift
done
[ -s "$work/machines" ] || {
    usage >&2
    exit 2
}
command -v ssh >/dev/null 2>&1 || ! grep -qv '^:$' "$work/machines" || fail 99 'ssh is needed; install it (package openssh-client)'
command -v "$aneprobe" >/dev/null 2>&1 || fail 99 "$aneprobe is not there: build the suite first"

# The script that every machine runs. Its number distinguishes runs of equal machines that began in the same
# second. It reads its input to the end, which comes when this script or the connection ends, and then stops the
# run. Exit code 3: the run is complete, but some of its trials failed.
utc=$(date -u +%Y%m%dT%H%M%SZ)
{
    printf 'main() {\nset -u\nrun=results/fleet/%s-fleet-$1\nshift\n' "$utc"
    printf 'if cd -- %s 2>/dev/null && [ -x build/harness/runner/aneprobe ]; then\n' "$(quoted "$dir")"
    printf '    aneprobe=build/harness/runner/aneprobe\n'
    printf 'elif command -v aneprobe >/dev/null; then\n'
    printf '    aneprobe=aneprobe && mkdir -p "$HOME/.local/share/aneprobe" && cd -- "$HOME/.local/share/aneprobe" || exit\n'
    printf 'else\n    echo %s >&2\n    exit 99\nfi\n' \
        "$(quoted "aneprobe is neither built in $dir nor installed there: build it, or name its folder with --dir")"
    printf 'exec 3<&0\n"$aneprobe" run --out "$run"'
    for word in "$@"; do printf ' %s' "$(quoted "$word")"; done
    cat <<'SH'
 >&2 &
pid=$!
{ cat <&3 >/dev/null; kill -TERM $pid 2>/dev/null; } >/dev/null 2>&1 &
watch=$!
wait $pid
code=$?
kill $watch 2>/dev/null
[ $code -le 1 ] || exit $code
"$aneprobe" submit "$run" --out "$run.tar.gz" >&2 && cat "$run.tar.gz" && rm "$run.tar.gz" || exit
[ $code -eq 0 ] || exit 3
}
main "$@"; exit
SH
} >"$work/script"

# start NUMBER MACHINE: the script, then nothing until the pipe is closed.
start() {
    mkfifo "$work/$1.in"
    : >"$work/$1.err"
    {
        code=0
        if [ "$2" = : ]; then
            sh -s -- "$1"
        else
            ssh -T -o BatchMode=yes "$2" sh -s -- "$1"
        fi <"$work/$1.in" >"$work/$1.tar.gz" 2>"$work/$1.err" || code=$?
        echo $code >"$work/$1.code"
    } &
    { cat "$work/script" && exec sleep 1000000; } >"$work/$1.in" 2>/dev/null &
    feeds="$feeds $!"
}
feeds='' n=0 interrupted=
# Closing their inputs ends the runs; each is waited for.
stop() {
    interrupted=1
    echo 'aneprobe: fleet: ending the runs on all machines' >&2
    # shellcheck disable=SC2086 # several words
    kill $feeds 2>/dev/null || :
}
trap stop INT TERM HUP
while IFS= read -r machine <&4; do
    n=$((n + 1))
    start "$n" "$machine" 4<&-
done 4<"$work/machines"
echo "aneprobe: fleet: $n $([ "$n" -eq 1 ] && echo machine begins || echo machines begin)" >&2

# running: whether any is left. Prints what is new from each.
running() {
    number=0 any=1
    while IFS= read -r machine <&4; do
        number=$((number + 1))
        [ -e "$work/$number.code" ] || any=0
        last=$(tail -n 1 "$work/$number.err" | tr '\r' '\n' | tail -n 1 | tr -d '\000-\037\177')
        [ "$last" = "$(cat "$work/$number.said" 2>/dev/null)" ] || printf '%s: %s\n' "$machine" "$last" >&2
        printf '%s\n' "$last" >"$work/$number.said"
    done 4<"$work/machines"
    return $any
}
while running; do sleep "${FLEET_PAUSE_S:-5}" || :; done # Ctrl-C ends the sleep too

# hint FILE: what to do about what ssh says.
hint() {
    if grep -q 'Host key verification failed' "$1"; then
        echo "    run 'ssh $machine' once and accept its key"
    elif grep -q 'Permission denied' "$1"; then
        echo "    it must let you in without a password: 'ssh-copy-id $machine'"
    fi
}

bad=0 number=0
set --
: >"$work/names"
while IFS= read -r machine <&4; do
    number=$((number + 1))
    code=$(cat "$work/$number.code")
    if { [ $code -eq 0 ] || [ $code -eq 3 ]; } &&
        "$aneprobe" add "$work/$number.tar.gz" >"$work/added" 2>"$work/$number.err" </dev/null; then
        run=$(sed -n 's/^run: //p' "$work/added")
        printf '%s: %s\n' "$machine" "$run"
        # Paths begin at results/, so that a comparison can be shown to others and names no home directory.
        base=${run%/*/*/*}
        set -- "$@" "${run#"$base"/}"
        printf '%s is %s\n' "${run#"$base"/}" "$machine" >>"$work/names"
        [ $code -eq 0 ] && continue
        echo "aneprobe: fleet: $machine: some trials failed; see $run/jobs.csv" >&2
    else
        echo "aneprobe: fleet: $machine has no run:" >&2
        { plain "$work/$number.err" | tail -n 20 | sed 's/^/    /' && hint "$work/$number.err"; } >&2
    fi
    bad=$((bad + 1))
done 4<"$work/machines"
# shellcheck disable=SC2086
kill $feeds 2>/dev/null || :
[ -z "$interrupted" ] || fail 130 'interrupted; the runs can be resumed on their machines'
[ $# -gt 0 ] || fail 99 'no machine has a run'
cd -- "$base"
"$aneprobe" compare ${published:+"$published"} "$@" || fail 99 'the runs could not be compared'
echo 'In the comparison:'
sed 's/^/    /' "$work/names"
[ "$bad" -eq 0 ]
