#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: chips.sh [BUILD]
# Makes results/chips.csv from results/published.csv with the suite built in BUILD (default: build/
# next to results/).
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
build=${1:-$here/../build}
[ -x "$build/harness/chips/aneprobe-chips" ] || {
    printf 'chips.sh: %s/harness/chips/aneprobe-chips is missing: build the suite first, or name its build directory\n' "$build" >&2
    exit 99
}
trap 'rm -f "$here/.chips.csv"' EXIT
"$build/harness/chips/aneprobe-chips" "$here/published.csv" >"$here/.chips.csv"
mv "$here/.chips.csv" "$here/chips.csv"
