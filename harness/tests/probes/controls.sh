#!/bin/sh
# SPDX-License-Identifier: MIT
# The controls of qos_sweep and overlap can fail: if one control is changed in a good device's samples, the
# verdicts that rest on it change, and no others.
#     controls.sh QOS_SWEEP OVERLAP FINDINGS SIM
set -u
qos_sweep=$1 overlap=$2 findings=$3 sim=$4
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-controls.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

"$qos_sweep" --device "sim:$sim" --quick --filter sweep --findings "$findings" \
    --csv "$work/qos_sweep.csv" >/dev/null
"$overlap" --device "sim:$sim" --findings "$findings" --csv "$work/overlap.csv" >/dev/null

n=0
# expect PROGRAM COLUMN VALUE SCALED FACTOR FINDING VERDICT: where COLUMN is VALUE, column SCALED is
# multiplied by FACTOR.
expect() {
    n=$((n + 1))
    program=$1 finding=$6 verdict=$7
    awk -F, -v OFS=, -v column="$2" -v value="$3" -v scaled="$4" -v factor="$5" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        NR > 1 && $at[column] == value && $at[scaled] != "" { $at[scaled] *= factor }
        { print }' "$work/${program##*/}.csv" >"$work/edited.csv"
    found=$("$program" --judge "$work/edited.csv" --findings "$findings" 2>"$work/err" |
        awk -F, -v f="$finding" '$1 == f { print $2 }')
    what="$3 of $2 times $5: $finding is $verdict"
    if [ "$found" = "$verdict" ]; then
        echo "ok $n - $what"
    else
        echo "not ok $n - $what, not '$found'"
        sed 's/^/# /' "$work/err"
    fi
}
expect "$qos_sweep" treatment aa-1 ratio 1 qos.no-latency-effect reproduced
expect "$qos_sweep" treatment aa-1 ratio 1.06 qos.no-latency-effect untrusted
expect "$qos_sweep" treatment aa-2 ratio 1.06 qos.no-latency-effect untrusted
expect "$qos_sweep" treatment plus-3 ratio 0.97 qos.no-latency-effect inconclusive
expect "$qos_sweep" qos 40 ratio 1.05 qos.no-latency-effect contradicted
expect "$qos_sweep" qos 40 ratio 0.95 qos.no-latency-effect contradicted
expect "$qos_sweep" qos 40 ratio 1.031 qos.no-latency-effect inconclusive
expect "$overlap" arm eval rate 1.1 overlap.concurrent untrusted
expect "$overlap" arm eval rate 0.9 overlap.free untrusted
expect "$overlap" arm compile compile_ratio 1.2 overlap.concurrent untrusted
expect "$overlap" arm compile compile_ratio 1.2 overlap.free reproduced
expect "$overlap" arm both rate 0.96 overlap.free reproduced
expect "$overlap" arm both rate 0.94 overlap.free contradicted
expect "$overlap" arm both concurrency 0.5 overlap.concurrent contradicted
echo "1..$n"
