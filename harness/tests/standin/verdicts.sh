#!/bin/sh
# SPDX-License-Identifier: MIT
# One probe through the runner, on a device over a stand-in with the properties of one sim file: the verdicts
# must be those that verdicts.csv has for that sim file, and the device must have done nothing that the real
# framework does not forgive. The stand-in's own VERDICTS_CSV may have what was measured.
#     verdicts.sh ANEPROBE DEVICE NAME SIM VERDICTS_CSV SIMS FINDINGS_CSV FAKES
. "$(dirname "$0")/lib.sh"
aneprobe=$1 device=$2 name=$3 sim=$4 verdicts=$5 models=$6
use_fake_report "$8" "$7"

run_on "$models/$sim.sim" "$aneprobe" run --quick --seed 1 --device "$device" --out "$work/run" "$name"
check 'nothing that the framework does not forgive' no_violations
check 'said to be the stand-in' contains "$work/run/machine.csv" "^device,\"*$device:.*stand-in"
check 'in virtual time' contains "$work/run/machine.csv" '^clock,virtual$'
check 'nothing is left in the temporary directory' no_directories_left
awk -F, -v p="$name" -v m="$sim" '$1 == p && $2 == m { print $3 "," $4 "," $5 }' "$verdicts" >"$work/rows"
check 'verdicts.csv knows it' test -s "$work/rows"
while read -r row; do
    check "$row" contains "$work/run/verdicts.csv" "^$row"
done <"$work/rows"
end_checks
