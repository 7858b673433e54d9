#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe train` as a user runs it: stopped, killed, resumed, restarted, refused. In virtual time, where runs
# with the same weights and data have exactly the same losses.
#     ANEPROBE  the command
#     SIMS    harness/tests/sims
. "$(dirname "$0")/../cli/lib.sh"
use_real
TMPDIR=$work
export TMPDIR
plain=sim:$SIMS/plain.sim
shape=layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128
small="--shape $shape --accum 4 --steps 48 --lr 0.01 --checkpoint-every 2"

# train DIR OPTION...
train() {
    directory=$work/$1
    shift
    # shellcheck disable=SC2086 # several words
    try "$ANEPROBE" train --out "$directory" --device "$plain" $small "$@"
}
# The results of a step, without its times: step, tokens, loss, versions.
losses() { cut -d, -f1-3,13-15 "$work/$1/steps.csv"; }
same_losses() {
    losses "$1" >"$work/first" && losses "$2" >"$work/second" && same "$work/first" "$work/second"
}
# Two runs end with the same model, byte for byte.
same_models() { same "$work/$1.bin" "$work/$2.bin"; }
# Every number from 1 on, once, in order, in the first column.
counts_up() { awk -F, 'NR > 1 && $1 != NR - 1 { bad = 1 } END { exit bad || NR != n + 1 }' n="$2" "$work/$1"; }
rows() { [ ! -e "$1" ] || wc -l <"$1" | tr -d ' '; }
has_rows() { [ "$(rows "$1")" -gt "$2" ] 2>/dev/null; }
# Of the last row of updates.csv, by name.
last() { awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } END { print $c }' "$work/$1/updates.csv"; }

try "$ANEPROBE" train --help
check 'help: exit code' exits 0
check 'help: usage' prints '^usage: aneprobe train --out DIR'

# ---- the ways
for way in sync double dynamic; do
    train "$way" --update "$way" --export "$work/$way.bin" --sample 1
    check "$way: exit code" exits 0
    check "$way: what came out" says '48 steps, 12 updates'
    check "$way: every step once" counts_up "$way/steps.csv" 48
    check "$way: every update once" counts_up "$way/updates.csv" 12
    check "$way: a text" test -s "$work/out"
    check "$way: a model" test -s "$work/$way.bin"
done
sync_stall_s=$(awk -F, 'NR > 1 { s += $10 } END { printf "%.2f", s / 1e9 }' "$work/sync/updates.csv")
train summary --update sync
check 'sync: the summary is what the rows say' says "stalled $sync_stall_s s"
check 'sync: its stall is measured' [ "$(awk -F, '$10 > 0' "$work/sync/updates.csv" | wc -l)" -ge 11 ]
check 'dynamic: nothing is compiled again' [ "$(last dynamic compiles)" = "$(sed -n 2p "$work/dynamic/updates.csv" | cut -d, -f22)" ]
check 'double: weights one update old' [ "$(awk -F, 'NR > 5 && $15 != 1' "$work/double/steps.csv" | wc -l)" -eq 0 ]
train falling --update sync --lr-end 0.1
check 'lr-end: the whole rate at first, a tenth at the end' awk -F, 'NR == 2 && $24 < 0.0095 { exit 1 } NR > 2 && $24 >= rate { exit 1 }
    { rate = $24 } END { exit !(NR == 13 && rate > 0.00099 && rate < 0.00101) }' "$work/falling/updates.csv"
train rising --update sync --warmup 24
check 'warmup: a sixth of the rate at first, the whole of it from the sixth update on' awk -F, 'NR > 1 { wanted = NR > 7 ? 0.01 : 0.01 * (NR - 1) / 6; if ($24 < 0.999 * wanted || $24 > 1.001 * wanted) exit bad = 1; n++ }
    END { exit bad || n != 12 }' "$work/rising/updates.csv"
check 'without it: one rate' [ "$(cut -d, -f24 "$work/sync/updates.csv" | sort -u | wc -l)" -eq 2 ]
train wide --update sync --init-deviation 0.5
check 'init-deviation: wide first weights are sure of wrong tokens' [ "$(awk -F, 'FNR == 2 { printf "%s ", ($3 > 8 ? "sure" : "not") }' "$work/sync/steps.csv" "$work/wide/steps.csv")" = 'not sure ' ]
train reload --update reload
check 'reload where it takes no effect: exit code' exits 77
check 'reload where it takes no effect: why' says 'rewritten weights do not affect the output'
try "$ANEPROBE" train --out "$work/reloaded" --device "sim:$SIMS/reload-works.sim" --shape "$shape" \
    --accum 4 --steps 48 --lr 0.01 --update reload --export "$work/reload.bin"
check 'reload where it takes effect: exit code' exits 0
check 'reload where it takes effect: the model is that of sync' same_models reload sync
# ways to map weights that do not work: one reason, before the first step
unmapped() { # SIM WHY
    try "$ANEPROBE" train --out "$work/unmapped" --device "sim:$SIMS/$1.sim" --shape "$shape" \
        --accum 4 --steps 48 --update mapped
    check "mapped, $1: exit code" exits 77
    check "mapped, $1: why" says "$2"
    check "mapped, $1: what would" says 'double, dynamic or sync'
    check "mapped, $1: no step" absent "$work/unmapped/settings.csv"
    rm -rf "$work/unmapped"
}
unmapped plain 'layer 0 fwd_attn cannot be changed in place here: this simulated engine does not map weights'
unmapped mutable-unentitled 'in place here: mapping mutable weights needs an entitlement'
unmapped mutable-refused 'in place here: the model has no mutable weights'
unmapped mutable-inert 'do not affect the output, though every call succeeds'
try "$ANEPROBE" train --out "$work/mapped" --device "sim:$SIMS/mutable-sync.sim" --shape "$shape" \
    --accum 4 --steps 48 --lr 0.01 --update mapped --export "$work/mapped.bin"
check 'mapped where it takes effect: exit code' exits 0
check 'mapped where it takes effect: the model is that of sync' same_models mapped sync
check 'mapped: nothing is compiled again' [ "$(last mapped compiles)" = "$(sed -n 2p "$work/mapped/updates.csv" | cut -d, -f22)" ]
# on a processor, where a mapped program's constants are its memory
for way in sync mapped; do
    try "$ANEPROBE" train --out "$work/cpu-$way" --device cpu:cores=1 --shape "$shape" --cut three \
        --accum 2 --steps 6 --lr 0.01 --update $way --export "$work/cpu-$way.bin"
    check "cpu, $way: exit code" exits 0
done
check 'cpu: mapped gives the losses of sync' same_losses cpu-mapped cpu-sync
check 'cpu: mapped gives the model of sync' same_models cpu-mapped cpu-sync
# ---- energy
metered() { # NAME SIM
    try "$ANEPROBE" train --out "$work/$1" --device "sim:$2" --shape "$shape" --accum 4 --steps 200 \
        --update sync --energy --export "$work/$1.bin"
}
printf 'meter,works\nengine_idle_w,1\n' >"$work/meter.sim"
metered metered "$work/meter.sim"
check 'energy: exit code' exits 0
check 'energy: joules an update of the engine' says 'energy: engine: [0-9.e-]* J an update ([0-9.e-]* more than idle), sync, n = [0-9]'
check 'energy: and of the package' says 'energy: package: [0-9.e-]* J an update'
metered unmetered "${plain#sim:}"
check 'energy, no meter: exit code' exits 0
check 'energy, no meter: one reason' [ "$(grep -c '^energy: ' "$work/err")" -eq 1 ]
check 'energy, no meter: which' says 'energy: no energy can be read: sim: this simulated machine has no counters'
check 'energy: a meter does not change the model' same_models metered unmetered
printf 'meter,engine_absent\n' >"$work/absent.sim"
metered absent "$work/absent.sim"
check 'energy, no counter of the engine: said' says "energy: engine: no meter here has the engine's energy"
check 'energy, no counter of the engine: the package has one' says 'energy: package: [0-9.e-]* J an update'
check 'energy: the same in a file' [ "$(cut -d, -f1 "$work/metered/energy.csv" | tr '\n' ' ')" = 'quantity engine package cpu ' ]
check 'energy, no meter: the reason in a file' contains "$work/unmetered/energy.csv" '^engine,,,,,,,"*no energy can be read'
# 20 updates of this counter take longer than the training.
printf 'meter,works\nengine_idle_w,1\nmeter_period_ms,100\n' >"$work/slow.sim"
try "$ANEPROBE" train --out "$work/brief" --device "sim:$work/slow.sim" --shape "$shape" --accum 4 --steps 8 \
    --update sync --energy
check 'energy, too few updates: exit code' exits 0
check 'energy, too few updates: said' says 'energy: the training was over before'
train again --update double --export "$work/again.bin"
check 'the same again: the same losses' same_losses again double
check 'the same again: the same model' same_models again double

# ---- stopped, killed
for way in sync double dynamic; do
    for signal in INT KILL; do
        held=$way-$signal
        # shellcheck disable=SC2086
        "$ANEPROBE" train --out "$work/$held" --device "$plain" $small --steps 100000 --update "$way" \
            >"$work/held.out" 2>"$work/held.err" </dev/null &
        pid=$!
        started="$started $pid"
        wait_for has_rows "$work/$held/steps.csv" 14
        kill "-$signal" $pid
        wait $pid
        status=$?
        if [ $signal = INT ]; then
            check "$held: exit code" exits 130
            check "$held: how to go on" grep -q "interrupted; continue with: .* --resume $work/$held\$" "$work/held.err"
            check "$held: a checkpoint" test -s "$work/$held/checkpoint"
        fi
        has_run=$(rows "$work/$held/steps.csv")
        # to where it was never stopped: a multiple of a batch that is beyond
        steps=$((has_run / 4 * 4 + 20))
        try "$ANEPROBE" train --resume "$work/$held" --steps $steps --export "$work/$held.bin"
        check "$held: goes on" exits 0
        check "$held: every step once" counts_up "$held/steps.csv" $steps
        check "$held: every update once" counts_up "$held/updates.csv" $((steps / 4))
        # shellcheck disable=SC2086
        try "$ANEPROBE" train --out "$work/$held-whole" --device "$plain" $small --steps $steps \
            --update "$way" --export "$work/$held-whole.bin"
        check "$held: the losses of a run that never stopped" same_losses "$held" "$held-whole"
        check "$held: the model of a run that never stopped" same_models "$held" "$held-whole"
    done
done
mkdir "$work/early"
cp "$work/sync/settings.csv" "$work/early/settings.csv"
try "$ANEPROBE" train --resume "$work/early" --export "$work/early.bin"
check 'killed before the first checkpoint: begins again' exits 0
check 'killed before the first checkpoint: the same model' same_models early sync

# ---- limits
limited() { # NAME LIMIT WAY
    train "$1" --update "$3" --limit "$2" --export "$work/$1.bin"
    check "$1: exit code" exits 0
    check "$1: restarted" [ "$(last "$1" restarts)" -gt 0 ]
    check "$1: said so before" says 'a restart every'
    # the last one has no weights to compile
    check "$1: as many updates a process as it said" [ "$(awk -F, 'NR > 1 && NR < 13 && ++n[$23] > most { most = n[$23] } END { print most }' "$work/$1/updates.csv")" = \
        "$(sed -n 's/.*a restart every \([0-9]*\) updates.*/\1/p' "$work/err")" ]
    check "$1: never past it" [ "$(awk -F, 'NR > 1 && $17 > most { most = $17 } END { print most + 0 }' "$work/$1/steps.csv")" -le "${2#*:}" ]
    check "$1: the losses without a limit" same_losses "$1" "$3"
    check "$1: the model without a limit" same_models "$1" "$3"
    check "$1: every update once" counts_up "$1/updates.csv" 12
    check "$1: the restarts are stall" [ "$(awk -F, 'NR > 1 { s += $14 } END { print (s > 0) }' "$work/$1/updates.csv")" = 1 ]
}
limited limited-sync compiles:20 sync
limited limited-double compiles:20 double
train refused --update double --limit compiles:9
check 'double that cannot fit: exit code' exits 77
check 'double that cannot fit: no directory is left' absent "$work/refused"
check 'double that cannot fit: why' says 'the second set would fail at its program 4'
check 'double that cannot fit: what would' says '\-\-cut three'
train refused --update double --limit compiles:9 --cut three
check 'what would, in the same directory: exit code' exits 0
train large --shape stories110m --update double --limit compiles:119
check 'Stories110M in 119 compiles: refused before anything is made' exits 77
check 'Stories110M in 119 compiles: the numbers' says '= 121 programs but the limit is 119\|= 132 programs but the limit is 119'
# a limit that was not given: the device's own is met in the middle of a set
printf 'limit_kind,compiles\nlimit_value,20\n' >"$work/twenty.sim"
try "$ANEPROBE" train --out "$work/unknown" --device "sim:$work/twenty.sim" --shape "$shape" \
    --accum 4 --steps 48 --lr 0.01 --update sync --limit none --export "$work/unknown.bin"
check 'unknown limit: exit code' exits 0
check 'unknown limit: restarted' [ "$(last unknown restarts)" -gt 0 ]
unknown_stall_s=$(awk -F, 'NR > 1 { s += $10 } END { printf "%.2f", s / 1e9 }' "$work/unknown/updates.csv")
check 'unknown limit: the restarts are stall' [ "$(awk -F, 'NR > 1 { s += $14 } END { print (s > 0) }' "$work/unknown/updates.csv")" = 1 ]
check 'unknown limit: the summary is what the rows say' says "stalled $unknown_stall_s s"
check 'unknown limit: the model without one' same_models unknown sync
printf 'limit_kind,compiles\nlimit_value,20\nlimit_failure,silent\n' >"$work/silent.sim"
try "$ANEPROBE" train --out "$work/silent" --device "sim:$work/silent.sim" --shape "$shape" \
    --accum 4 --steps 48 --update sync --limit none
check 'silent limit: exit code' exits 1
check 'silent limit: the eval that did nothing is seen' says 'succeeded but its output is all zero'

# ---- what can go wrong around it
train sync
check 'a directory that holds a run: exit code' exits 2
check 'a directory that holds a run: what to do' says 'already holds a run; continue it with --resume'
mkdir "$work/mine"
echo precious >"$work/mine/steps.csv"
train mine
check 'a directory with files of the user: exit code' exits 2
check 'a directory with files of the user: said' says "mine is not empty: it contains 'steps.csv'"
check 'a directory with files of the user: untouched' [ "$(cat "$work/mine/steps.csv")" = precious ]
# What the command line names is checked before anything is compiled: this compiler leaves a mark.
printf '#!/bin/sh\n[ "$1" = --version ] || : >"%s"\nexit 1\n' "$work/compiled" >"$work/cc"
chmod +x "$work/cc"
early() { # WORDS MESSAGE
    # shellcheck disable=SC2086
    try env ANEPROBE_CC="$work/cc" "$ANEPROBE" train --out "$work/early2" --device cpu $1
    check "train $1: before anything is compiled" absent "$work/compiled"
    check "train $1: exit code" [ "$status" = "$3" ]
    check "train $1: said" says "$2"
    check "train $1: nothing is made" absent "$work/early2"
}
echo rubbish >"$work/rubbish.bin"
early "--tokenizer $work/none.bin" 'none.bin: No such file' 2
early "--tokenizer $work/rubbish.bin" 'rubbish.bin' 99
early "--data $work/none.tokens" 'none.tokens: No such file' 2
early "--init-from $work/none.bin" 'none.bin: No such file' 2
early "--export $work/none/model.bin" 'none: No such file.*--export' 2
early "--export $work" 'is not a regular file' 2
try env ANEPROBE_CC="$work/cc" "$ANEPROBE" train --out "$work/early2" --device cpu --shape tiny,layers=1
check 'with all in order the compiler is started' test -e "$work/compiled"
# shellcheck disable=SC2086
"$ANEPROBE" train --out "$work/busy" --device "$plain" $small --steps 100000 >/dev/null 2>&1 </dev/null &
pid=$!
started="$started $pid"
wait_for has_rows "$work/busy/steps.csv" 2
try "$ANEPROBE" train --resume "$work/busy"
check 'a directory in use: exit code' exits 99
check 'a directory in use: said' says 'another run'
kill -9 $pid
wait $pid 2>/dev/null
(
    ulimit -f 40
    # shellcheck disable=SC2086
    exec "$ANEPROBE" train --out "$work/full" --device "$plain" $small --update sync
) >"$work/out" 2>"$work/err" </dev/null
status=$?
check 'no room for a checkpoint: exit code' exits 99
check 'no room for a checkpoint: said' says 'room\|space\|too large'
try "$ANEPROBE" train --resume "$work/full" --export "$work/full.bin"
check 'no room for a checkpoint: goes on once there is' exits 0
check 'no room for a checkpoint: nothing lost' same_models full sync
printf 'abc' >"$work/odd.tokens"
train odd --data "$work/odd.tokens"
check 'half a token: exit code' exits 99
printf 'abcd' >"$work/short.tokens"
train short --data "$work/short.tokens"
check 'data shorter than a window: exit code' exits 99
check 'data shorter than a window: said' says 'short.tokens'
train missing --data "$work/none.tokens"
check 'no data: exit code' exits 2
check 'no data: named' says 'none.tokens'
# A text as a token file, with one token per character.
tokens() { printf '%s' "$1" | sed 's/./&\\000/g' | xargs -0 printf; }
tokens 'the owl and the fox sat by the pond in the snow' >"$work/tale.tokens"
train tale --data "$work/tale.tokens" --export "$work/tale.bin"
check 'a token file: exit code' exits 0
check 'a token file: no tokenizer of bytes beside the model' absent "$work/tale.bin.tokenizer"
check 'stories: a tokenizer beside the model' test -s "$work/sync.bin.tokenizer"
tokens 'the cat and the fox sat by the pond in the snow' >"$work/tale.tokens"
try "$ANEPROBE" train --resume "$work/tale" --steps 60
check 'other data after a checkpoint: exit code' exits 99
check 'other data after a checkpoint: said' says 'not what the run was trained on'
try "$ANEPROBE" train --resume "$work/none"
check 'no run to resume: exit code' exits 2
check 'no run to resume: said' says 'settings.csv'

# usage WORDS MESSAGE
usage() {
    # shellcheck disable=SC2086
    try "$ANEPROBE" train $1
    check "train $1: exit code" exits 2
    check "train $1: $2" says "$2"
}
usage '' 'give --out DIR'
usage '--out' 'needs a value'
usage '--fast 1' 'unknown option'
usage "--out $work/x --shape layers=999999999,dim=999999999" '.'
usage "--out $work/x --shape heads=3" '.'
usage "--out $work/x --update fast" 'takes sync, double'
usage "--out $work/x --max-stale -1" 'from 0 to 1000, or inf'
usage "--out $work/x --cut five" 'takes six or three'
usage "--out $work/x --limit 0" 'compiles:N or loaded:N'
for number in 0 -1 1.5 x 99999999999999999999; do
    usage "--out $work/x --accum $number" 'from 1 to'
done
usage "--out $work/x --lr nan" 'from 0 to 10'
usage "--out $work/x --lr 1e400" 'from 0 to 10'
usage "--resume $work/sync --lr 1" 'fixed when the run started'
usage "--out $work/x --device quantum" 'quantum'

# ---- faults of the public double-buffered trainer: for each, a test would fail here
faults=$(dirname "$0")/faults.csv
check 'faults: eleven' [ "$(tail -n +2 "$faults" | cut -d, -f1 | sort -un | wc -l)" -eq 11 ]
tail -n +2 "$faults" | while IFS=, read -r number file name _; do
    grep -q -F "$name" "$(dirname "$0")/$file" || echo "$number: $file has no $name"
done >"$work/out"
check 'faults: their tests are there' test ! -s "$work/out"
end_checks
