#!/bin/sh
# SPDX-License-Identifier: MIT
# Whole training runs on the cpu device with host threads, for the thread sanitizer: its report ends
# the program with exit code 66.
#     TRAINER  aneprobe-train
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-threads.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
n=0 failed=0
for options in '--update double' '--update double --max-stale inf --cut three' '--update sync'; do
    n=$((n + 1))
    # shellcheck disable=SC2086 # several words on purpose
    if "$TRAINER" --out "$work/$n" --device cpu:cores=1 --threads 3 --steps 12 --accum 3 $options \
        --shape layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128 2>"$work/err"; then
        echo "ok $n - $options"
    else
        echo "not ok $n - $options: exit code $?"
        head -n 60 "$work/err" | sed 's/^/# /'
        failed=1
    fi
done
echo "1..$n"
exit "$failed"
