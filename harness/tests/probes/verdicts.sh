#!/bin/sh
# SPDX-License-Identifier: MIT
# One probe on devices with known properties: verdicts.csv has the expected verdict on each finding.
#     verdicts.sh PROGRAM NAME FINDINGS
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$1 name=$2 findings=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-verdicts.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

awk -F, -v p="$name" '$1 == p' "$here/verdicts.csv" >"$work/rows"
echo "1..$(wc -l <"$work/rows" | tr -d ' ')"
n=0
while IFS=, read -r _ sim finding expected arguments; do
    n=$((n + 1))
    if [ ! -e "$work/$sim.tap" ]; then
        # shellcheck disable=SC2086 # several words
        "$program" --device "sim:$here/../sims/$sim.sim" --findings "$findings" --quick \
            --tap $arguments >"$work/$sim.tap" 2>"$work/$sim.err" </dev/null
    fi
    case $expected in
    reproduced) line="ok [0-9]* - $finding: reproduced: " ;;
    contradicted) line="not ok [0-9]* - $finding # TODO contradicted: " ;;
    untrusted) line="not ok [0-9]* - $finding - untrusted: " ;;
    *) line="ok [0-9]* - $finding # SKIP $expected: " ;;
    esac
    if grep -q "^$line" "$work/$sim.tap"; then
        echo "ok $n - $sim: $finding is $expected"
    else
        echo "not ok $n - $sim: $finding is $expected"
        sed 's/^/# /' "$work/$sim.tap" "$work/$sim.err"
    fi
done <"$work/rows"
