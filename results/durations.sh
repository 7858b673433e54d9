#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: durations.sh RUN... >durations.csv
# Makes durations.csv: how long the trials of each experiment took in these runs, by kind of device and preset. A
# run on a machine that has had none says from it how long it will take. The runs are of all experiments, without
# --fixed, on an idle machine; of two of one kind and preset the first counts.
set -eu
case ${1:-} in
-* | '')
    sed -n 's/^# usage: /usage: /p' "$0"
    [ "${1:-}" = --help ] || exit 2
    exit 0
    ;;
esac
value() { sed -n "s/^$2,//p" "$run/$1"; }
for run in "$@"; do
    [ "$(value settings.csv trials)" = until-decided ] || {
        echo "durations.sh: $run ran all trials; make one without --fixed" >&2
        exit 2
    }
done
echo kind,preset,experiment,planned,done,wall_ms,chip
for run in "$@"; do
    awk -F, -v OFS=, -v kind="$(value machine.csv kind)" -v preset="$(value settings.csv preset)" -v chip="$(value machine.csv chip)" '
        FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; file++; next }
        file == 1 { trial = $at["experiment"] "," $at["arm"] "," $at["block"]; if (!(trial in planned)) n_planned[$at["experiment"]]++; planned[trial]; next }
        { trial = $at["experiment"] "," $at["arm"] "," $at["block"] }
        $at["status"] != "dropped" && !(trial in counted) { counted[trial]; n[$at["experiment"]]++; ms[$at["experiment"]] += $at["wall_ms"] }
        END { for (p in n) print kind, preset, p, n_planned[p], n[p], ms[p], chip }' "$run/schedule.csv" "$run/jobs.csv"
done | sort -t, -s -k1,3 | awk -F, '!seen[$1, $2, $3]++'
