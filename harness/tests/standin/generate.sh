#!/bin/sh
# SPDX-License-Identifier: MIT
# The benchmark generate while another process keeps the GPU busy, by Core ML's way to it.
#     generate.sh GENERATE SIM
. "$(dirname "$0")/lib.sh"
generate=$1 sim=$2
# cell COLUMN: of the first row
cell() {
    sed 's/"[^"]*"/text/g' "$work/rows" | awk -F, -v column="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
        NR == 2 { print $c }'
}
for device in coreml:ne ane; do
    rm -f "$work/rows"
    run_on "$sim" "$generate" --device "$device" --filter step-gpu-busy --block 0 --quick --csv "$work/rows"
    check "$device: exit code" exits 0
    check "$device: its tokens are timed, and right" [ "$(cell status)" = ok ]
    # a read of 0.16 ms, four times; 0.2 ms a call of the GPU
    check "$device: the GPU evaluates meanwhile" awk "BEGIN { exit !($(cell gpu_evals) > 2 && $(cell gpu_evals) < 6) }"
    check "$device: nothing that the framework does not forgive" no_violations
done
rm -f "$work/rows"
ANEPROBE_STANDIN_TROUBLE='absent=MLModelConfiguration' run_on "$sim" "$generate" --device ane --filter step-gpu-busy \
    --block 0 --quick --csv "$work/rows"
check 'no Core ML: the reason' [ "$(cell status)" = unsupported ]
check 'no Core ML: which' contains "$work/rows" 'MLModelConfiguration is absent'
end_checks
