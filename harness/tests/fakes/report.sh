#!/bin/sh
# SPDX-License-Identifier: MIT
# In place of plots/report.sh. FAKE_REPORT_FAILS=1: sqlite3 is not there.
if [ -n "${FAKE_REPORT_FAILS:-}" ]; then
    echo 'report: sqlite3 is needed' >&2
    exit 99
fi
cp "$1/verdicts.csv" "$1/PROBE_RESULTS.md"
