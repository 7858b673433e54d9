#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one fuzz target on its seeds. New inputs go to a folder that is removed afterwards.
#     target.sh PROGRAM OPTION SEEDS...
# OPTION is libFuzzer's -runs=N; without libFuzzer the seeds are read once.
# An input that makes a target fail is left as ./crash-*, ./timeout-* or similar: run PROGRAM on it alone.
set -u
program=$1 option=$2
shift 2
found=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-fuzz-found.XXXXXX") || exit 99
trap 'rm -rf "$found"' EXIT
trap 'exit 130' INT TERM
: >"$found/empty"
"$program" "$option" -seed=1 -max_len=8192 -timeout=20 -rss_limit_mb=2048 -close_fd_mask=3 "$found" "$@" \
    >"$found.log" 2>&1 </dev/null
code=$?
tail -n 40 "$found.log"
rm -f "$found.log"
exit "$code"
