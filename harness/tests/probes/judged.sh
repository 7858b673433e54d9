#!/bin/sh
# SPDX-License-Identifier: MIT
# Judgement of samples that no device at hand gives: judged.csv says what each finding must come out
# as for the file of that name in judged/.
#     judged.sh PROGRAM NAME FINDINGS
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$1 name=$2 findings=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-judged.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

awk -F, -v p="$name" '$1 == p' "$here/judged.csv" >"$work/rows"
echo "1..$(wc -l <"$work/rows" | tr -d ' ')"
n=0
while IFS=, read -r _ samples finding expected; do
    n=$((n + 1))
    "$program" --judge "$here/judged/$samples.csv" --findings "$findings" \
        >"$work/verdicts" 2>"$work/err" </dev/null
    if grep -q "^$finding,$expected," "$work/verdicts"; then
        echo "ok $n - $samples: $finding is $expected"
    else
        echo "not ok $n - $samples: $finding is $expected"
        grep -h "^$finding," "$work/verdicts" | sed 's/^/# /'
        sed 's/^/# /' "$work/err"
    fi
done <"$work/rows"
