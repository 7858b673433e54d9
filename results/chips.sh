#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: chips.sh [BUILD [OUT]]
# Makes chips.csv from results/published.csv, and from that plan_check.csv: what is predicted of
# each chip's training when its own training rows are left out. BUILD is where the suite was built
# (default: build/ next to results/), OUT where the files go (default: results/).
set -eu
case ${1:-} in
-*)
    sed -n 's/^# usage: /usage: /p' "$0"
    [ "$1" = --help ] || exit 2
    exit 0
    ;;
esac
here=$(cd -- "$(dirname -- "$0")" && pwd)
build=${1:-$here/../build}
out=${2:-$here}
for tool in harness/chips/aneprobe-chips bench/train/plan/aneprobe-plan; do
    [ -x "$build/$tool" ] || {
        printf 'chips.sh: %s is missing: build the suite first, or name its build directory\n' "$build/$tool" >&2
        exit 99
    }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-chips.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/results"
cp "$here/published.csv" "$work/results/"
"$build/harness/chips/aneprobe-chips" "$here/published.csv" >"$work/results/chips.csv"
# Without the columns that say who made a row, which differ from commit to commit.
ANEPROBE_SOURCE=$work "$build/bench/train/plan/aneprobe-plan" --check --format csv >"$work/rows.csv"
cut -d, -f7- "$work/rows.csv" | sed '1s/^on,/chip,/' >"$work/results/plan_check.csv"
cp "$work/results/chips.csv" "$work/results/plan_check.csv" "$out/"
