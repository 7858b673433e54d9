#!/bin/sh
# SPDX-License-Identifier: MIT
# Help, and messages about commands, options, programs and devices that do not exist.
. "$(dirname "$0")/lib.sh"
use_programs steady second

try "$ANEPROBE"
check 'without a command: usage on stderr' says '^usage: aneprobe'
check 'without a command: exit 2' exits 2
try "$ANEPROBE" help
check 'help: on stdout' prints '^usage: aneprobe'
check 'help: exit 0' exits 0
check 'help: nothing on stderr' is_silent
try "$ANEPROBE" --version
check 'version' prints '^aneprobe [0-9]'
for command in list run judge report submit add; do
    try "$ANEPROBE" help "$command"
    check "help $command" prints "^usage: aneprobe $command"
done
# The help of a command that is its own program comes from that program.
for command in devices doctor audit compare fleet plan train bench mil; do
    try env ANEPROBE_TOOLS= ANEPROBE_SOURCE= "$ANEPROBE" help "$command"
    check "help $command" prints "^usage: aneprobe[ -]$command"
    cp "$work/out" "$work/help"
    try env ANEPROBE_TOOLS= ANEPROBE_SOURCE= "$ANEPROBE" "$command" --help
    check "$command --help says the same" same "$work/out" "$work/help"
done
# All of it fits a terminal of 80 columns.
for command in '' $("$ANEPROBE" help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
    # shellcheck disable=SC2086 # none, or one word
    try env ANEPROBE_TOOLS= ANEPROBE_SOURCE= "$ANEPROBE" help $command
    check "help $command: 80 columns at most" [ "$status" -eq 0 -a -z "$(awk 'length > 80' "$work/out")" ]
done
try "$ANEPROBE" run --help
check 'run --help' prints '^usage: aneprobe run'
try "$ANEPROBE" help rnu
check 'help of an unknown command: suggestion' says "did you mean 'run'"
check 'help of an unknown command: exit 2' exits 2

try "$ANEPROBE" jugde x
check 'unknown command: suggestion' says "unknown command 'jugde'; did you mean 'judge'"
check 'unknown command: exit 2' exits 2
try "$ANEPROBE" run --sede 1
check 'unknown option: suggestion' says "unknown option '--sede'; did you mean '--seed'"
check 'unknown option: exit 2' exits 2
try "$ANEPROBE" run --quick=yes
check 'a switch takes no value' says "takes no value"
try "$ANEPROBE" run --seed
check 'an option without its value' says "'--seed' needs a value"
try "$ANEPROBE" run --seed -1
check 'a seed that is no number' says "whole number, not '-1'"
check 'a seed that is no number: exit 2' exits 2
try "$ANEPROBE" run --out "$work/none" steedy
check 'unknown program: suggestion' says "unknown probe or benchmark 'steedy'; did you mean 'steady'"
check 'unknown program: exit 2' exits 2
try "$ANEPROBE" run --out "$work/none" --device gpu
check 'unknown device: named' says "unknown device 'gpu'"
check 'unknown device: what to do' says "aneprobe devices"
check 'unknown device: exit 2' exits 2
try "$ANEPROBE" run --out "$work/none" --device ane
check 'a device that is not here: exit 77' exits 77
check 'nothing was made by any of these' absent "$work/none"
try "$ANEPROBE" judge
check 'judge without a run' exits 2
try "$ANEPROBE" judge "$work/none"
check 'judge of no run directory' says 'not a run directory'
try "$ANEPROBE" report "$work/none"
check 'report of no run directory: exit 2' exits 2
try "$ANEPROBE" run --resume "$work/none"
check 'resume of no run directory' says 'not a run directory'
try "$ANEPROBE" run --resume "$work/none" --seed 3
check 'resume takes no settings' says 'only .--tap.'

try "$ANEPROBE" list
check 'list: names and questions' prints '^second  *probe  *Does the runner do its work?'
check 'list: exit 0' exits 0
try "$ANEPROBE" devices
check 'devices becomes its own program' prints '^cpu$'
try env ANEPROBE_TOOLS="$work" "$ANEPROBE" mil x
check 'a tool that is not built' says 'cannot start .*aneprobe-mil.*build the suite first'
check 'a tool that is not built: exit 99' exits 99
try env ANEPROBE_EXPERIMENTS="$work/nowhere.csv" "$ANEPROBE" list
check 'a list of programs that is not there' says 'nowhere.csv'
check 'a list of programs that is not there: exit 99' exits 99
for name in a-b A ../x; do
    printf 'experiment,kind,path\n%s,probe,x\n' "$name" >"$work/odd.csv"
    try env ANEPROBE_EXPERIMENTS="$work/odd.csv" "$ANEPROBE" list
    check "a program called $name: exit 99" exits 99
    check "a program called $name: where" says "odd.csv:2: '$name' is listed twice or is not an experiment's name"
done
if [ -e /dev/full ]; then
    "$ANEPROBE" help >/dev/full 2>"$work/err"
    status=$?
    check 'stdout that is full' says 'cannot write to standard output'
    check 'stdout that is full: exit 99' exits 99
else
    skip 'stdout that is full' 'no /dev/full'
fi
end_checks
