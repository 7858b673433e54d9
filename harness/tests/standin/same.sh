#!/bin/sh
# SPDX-License-Identifier: MIT
# The same simulated engine serves both: a trial on the stand-in has the samples of the same trial on the device
# sim, to the nanosecond, background compiles included; and the same again when repeated.
#     same.sh SIM PROGRAM ARM [PROGRAM ARM]...
. "$(dirname "$0")/lib.sh"
sim=$1
shift

# sample DEVICE FILE: all columns but the device's name and what others did meanwhile, which only a simulated
# machine knows.
sample() {
    run_on "$sim" "$program" --device "$1" --filter "$arm" --block 0 --job 1 --seed 7 \
        --quick --csv -
    cut -d, -f1,3- "$work/out" | sed 's/\(,end,rows=[^,]*\),.*/\1/' >"$work/$2"
}
while [ $# -gt 0 ]; do
    program=$1 arm=$2
    shift 2
    sample "sim:$sim" model.csv
    sample ane first.csv
    check "${program##*/} $arm: the trial ended" contains "$work/first.csv" ',end,rows=[1-9]'
    check "${program##*/} $arm: nothing that the framework does not forgive" no_violations
    sample ane second.csv
    check "${program##*/} $arm: the same again" cmp -s "$work/first.csv" "$work/second.csv"
    diff "$work/model.csv" "$work/first.csv" >"$work/out" || true
    check "${program##*/} $arm: the same as on the model" cmp -s "$work/first.csv" "$work/model.csv"
done
end_checks
