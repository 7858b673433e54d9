#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: newest.sh RESULTS COMMAND...
# Runs COMMAND with the newest run directory of RESULTS (RESULTS/MACHINE/UTC-COMMIT) added.
set -eu
results=$1
shift
newest=
newest_utc=
for run in "$results"/*/*/; do
    [ -e "${run}schedule.csv" ] || continue
    run=${run%/}
    utc=${run##*/}
    if [ "$(printf '%s\n%s\n' "$newest_utc" "$utc" | LC_ALL=C sort | tail -n 1)" = "$utc" ]; then
        newest=$run
        newest_utc=$utc
    fi
done
if [ -z "$newest" ]; then
    echo "newest.sh: no run under $results; make one with 'aneprobe run'" >&2
    exit 99
fi
exec "$@" "$newest"
