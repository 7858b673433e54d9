#!/bin/sh
# SPDX-License-Identifier: MIT
# How often does `aneprobe compare --gate` find something worse? Tried on pairs of simulated devices: equal ones
# with a margin of 0, and ones whose evals take 1, 2, 3 and 5 % longer with a margin of 1 %. Prints a row for
# each; fails if equal devices give more false alarms than a rate of 1 % allows by chance.
#     PAIRS    of equal devices (200); a tenth of that for each difference
# Run by hand: ninja -C build gate-rates
set -u
pairs=${PAIRS:-200}
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-rates.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
ANEPROBE_LOCKS=$work
export ANEPROBE_LOCKS
seed=1000
# measure NAME SIM
measure() {
    seed=$((seed + 1))
    rm -rf "${work:?}/$1"
    "$ANEPROBE" run ping_pong compile_sequence --fixed --device "sim:$2" --seed "$seed" --out "$work/$1" >/dev/null 2>&1 || exit 99
}
# rate WHAT SIM MARGIN N: n_worse in $alarms
rate() {
    alarms=0 i=0
    while [ "$i" -lt "$4" ]; do
        measure base "$SIMS/plain.sim"
        measure new "$2"
        "$ANEPROBE" compare "$work/base" "$work/new" --gate "$3" --format csv >"$work/csv" 2>/dev/null
        code=$?
        case $code in 0) ;; 1) alarms=$((alarms + 1)) ;; *) echo "gate_rates.sh: exit code $code" >&2; exit 99 ;; esac
        i=$((i + 1))
    done
    compared=$(awk -F, 'NR > 1 && !/,not compared,/' "$work/csv" | wc -l | tr -d ' ')
    echo "$1,$3,$4,$compared,$alarms"
}
echo 'devices,margin_pct,comparisons,metrics,found_worse'
rate equal "$SIMS/plain.sim" 0 "$pairs"
equal=$alarms
for longer in 1 2 3 5; do
    { cat "$SIMS/plain.sim" && awk -v by="$longer" 'BEGIN { print "dispatch_us," 150 * (1 + by / 100) }'; } >"$work/longer.sim"
    rate "evals $longer % longer" "$work/longer.sim" 1 $((pairs / 10))
done
# At 1 %, more than this many in $pairs come once in a thousand: 0.01 n + 3.1 sqrt(0.0099 n) + 1
awk -v n="$pairs" -v k="$equal" 'BEGIN { exit !(k <= 0.01 * n + 3.1 * sqrt(0.0099 * n) + 1) }' || {
    echo "gate_rates.sh: $equal false alarms in $pairs comparisons are more than 1 %" >&2
    exit 1
}
