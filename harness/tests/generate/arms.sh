#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: arms.sh GENERATE SIMS
# What the arms that the quick preset leaves out write on engines whose properties are known. TAP.
set -u
generate=$1 sims=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-arms-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/err $work/rows"
. "$(dirname "$0")/../tap.sh"

# arm SIM ARM: the first row of a trial, as lines of KEY VALUE.
arm() {
    rm -f "$work/$2.csv"
    "$generate" --device "sim:$sims/$1.sim" --filter "$2" --block 0 --seed 3 --csv "$work/$2.csv" \
        >/dev/null 2>"$work/err" </dev/null
    # a cell with a comma is the model
    sed 's/"[^"]*"/model/g' "$work/$2.csv" | awk -F, 'NR == 1 { n = NF; for (i = 1; i <= n; i++) name[i] = $i; next }
        NR == 2 { for (i = 1; i <= n; i++) print name[i], $i }' >"$work/rows"
}
# value KEY
value() {
    awk -v key="$1" '$1 == key { print $2 }' "$work/rows"
}
# between LOW VALUE HIGH
between() {
    awk -v low="$1" -v x="$2" -v high="$3" 'BEGIN { exit !(x != "" && x + 0 >= low + 0 && x + 0 <= high + 0) }'
}

arm plain step-all
check 'one program' [ "$(value status)" = ok ]
mb=$(value weight_mb) ns=$(value eval_ns)
arm plain step-palette
check 'a palette: right logits' [ "$(value status)" = ok ]
check 'a palette: its format' [ "$(value type)" = palette-4 ]
check 'a palette: a quarter of the bytes' between "$(echo "$mb" | awk '{ print 0.25 * $1 }')" "$(value weight_mb)" \
    "$(echo "$mb" | awk '{ print 0.3 * $1 }')"
arm plain step-busy
check 'in virtual time a busy processor has no effect' between "$(echo "$ns" | awk '{ print 0.9 * $1 }')" \
    "$(value eval_ns)" "$(echo "$ns" | awk '{ print 1.1 * $1 }')"
arm plain step-gpu-busy
check 'nor has a busy GPU, which is another process with a clock of its own' between "$(echo "$ns" | awk '{ print 0.9 * $1 }')" \
    "$(value eval_ns)" "$(echo "$ns" | awk '{ print 1.1 * $1 }')"
check 'but it evaluates meanwhile, in 0.2 ms each' between "$(echo "$ns" | awk '{ print 0.9 * 4 * $1 / 0.21e6 }')" \
    "$(value gpu_evals)" "$(echo "$ns" | awk '{ print 1.1 * 4 * $1 / 0.2e6 }')"
"$generate" --device cpu --filter step-gpu-busy --block 0 --csv "$work/cpu.csv" >/dev/null 2>"$work/err" </dev/null
check 'where there is no GPU, the reason' grep -q ',unsupported,.*the device cpu has no other way' "$work/cpu.csv"
arm plain stream
check 'streaming: as many bytes' between "$(echo "$mb" | awk '{ print 0.9 * $1 }')" "$(value weight_mb)" "$mb"
check 'streaming: the time of the dispatch and of the bytes' between \
    "$(value weight_mb | awk '{ print 0.95 * (150e3 + $1 * 1048576 / 100) }')" "$(value eval_ns)" \
    "$(value weight_mb | awk '{ print 1.1 * (150e3 + $1 * 1048576 / 100) }')"
arm plain step-state
check 'a state: right logits' [ "$(value status),$(value cache)" = ok,state ]
arm plain prompt-128
ns=$(value eval_ns)
check 'as many tokens as the small model has positions' [ "$(value status),$(value n_prompt)" = ok,128 ]
arm plain prompt-512
check 'more tokens than it has: right logits' [ "$(value status),$(value n_prompt)" = ok,512 ]
check 'more tokens than it has: they take longer' [ "$(value eval_ns)" -gt "$ns" ]
end_checks
