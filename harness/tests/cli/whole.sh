#!/bin/sh
# SPDX-License-Identifier: MIT
# All that commands print on simulated devices, compared with whole/NAME; ../near.awk says how nearly numbers agree.
# Left out are versions, paths, the date and what the host takes or rounds. To change it on purpose, WRITE=1 writes it; read it
# before you keep it.
#     SIMS  harness/tests/sims
. "$(dirname "$0")/lib.sh"
use_real
TMPDIR=$work
export TMPDIR
here=$(cd "$(dirname "$0")" && pwd)
cp "$SIMS/rough.sim" "$SIMS/train-slow-compile.sim" "$work"
cp "$here/whole.mil" "$work/p.mil"
{
    cat "$SIMS/rough.sim"
    printf '%s\n' meter,works engine_dispatch_w,2 engine_idle_w,1 cpu_idle_w,0.5 cpu_busy_w,4 package_rest_w,1
} >"$work/metered.sim"
cd "$work" || exit 99

# kept: without what differs from build to build or from machine to machine. Columns are left out by name.
kept() {
    awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) left_out[i] = $i ~ /^(suite_version|suite_commit|os|logits_off|compiler_ns|wall_ms|others_pct|others_error_pct|stolen_pct|waited_pct|switches|frequency_mhz|thermal_pressure|power_source|power_mode)$/ }
        /,memory,MB,/ || /^  memory / || /^--(out|device),/ { next }
        { line = ""; for (i = 1; i <= NF; i++) if (!left_out[i]) line = line (line == "" ? "" : ",") $i; print line }' |
        sed 's/20[0-9-]*T[0-9:]*Z/DATE/'
}
is_as_expected() { awk -v made="$work/made" -f "$here/../near.awk" "$here/whole/$1" >"$work/out"; }
whole() { # NAME: what is in $work/out
    check "$1: exit code" exits 0
    kept <"$work/out" >"$work/made"
    [ -z "${WRITE:-}" ] || cp "$work/made" "$here/whole/$1"
    check "$1: all of it" is_as_expected "$1"
}

try "$ANEPROBE" bench p.mil --device sim:metered.sim,sim:rough.sim --iterations 300 --energy --in-flight 2 --format csv
whole bench
try "$ANEPROBE" bench p.mil --device sim:rough.sim --trials 6 --iterations 300 --rate 4000 --format csv
whole bench-rate
try "$ANEPROBE" bench p.mil --device sim:rough.sim --trials 2 --iterations 20 --by-operator
whole bench-operators
try "$ANEPROBE" generate tiny --device sim:rough.sim --prompt 16 --gen 8 --depth 4 --reps 6 --format csv
whole generate
for update in sync double; do
    try "$ANEPROBE" train --device sim:train-slow-compile.sim --steps 14 --accum 4 --seed 3 --threads 1 --update $update --out $update
    cat "$update/settings.csv" >"$work/out"
    whole train-$update-settings
    cat "$update/steps.csv" >"$work/out"
    whole train-$update-steps
    cat "$update/updates.csv" >"$work/out"
    whole train-$update-updates
done

# The defaults that the help tells are those of a run.
try "$ANEPROBE" train --help
default_is() { # OPTION VALUE: the value may have more digits than are told
    awk -v option="$1" -v value="$2" '
        /^  --/ { found = $1 == option }
        found { text = text " " $0 }
        END {
            gsub(/ +/, " ", text)
            if (!match(text, /default [^ ,;]*/)) exit 1
            told = substr(text, RSTART + 8, RLENGTH - 8)
            exit !(told == value || (value ~ /^[0-9.]+$/ && sprintf("%.6g", value) == told))
        }' "$work/out"
}
while IFS=, read -r option value; do
    case $option in --update | --accum | --steps | --seed | --threads) continue ;; esac # given above
    check "train $option: its default is $value" default_is "$option" "$value"
done <<SETTINGS
$(sed 1d "$here/whole/train-sync-settings")
SETTINGS
end_checks
