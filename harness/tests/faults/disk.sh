#!/bin/sh
# SPDX-License-Identifier: MIT
# Real disks that are full, read-only disks, places without write permission. Each time there is a reason, and
# what was stopped continues, as the message says, to the same result.

# Disks are in memory, mounted where only this process sees them.
if [ -z "${SEES_ALONE:-}" ]; then
    for how in -m -rm; do
        if unshare $how mount -t tmpfs disk "${TMPDIR:-/tmp}" 2>/dev/null; then
            SEES_ALONE=1 exec unshare $how sh "$0"
        fi
    done
    echo '1..0 # SKIP nothing can be mounted here'
    exit
fi
. "$(dirname "$0")/lib.sh"
disk=$work/disk whole=$work/whole
mkdir "$disk"
disk_make() { mount -t tmpfs -o size="$1" disk "$disk"; }
disk_change() { mount -o "remount,$1" "$disk"; }
disk_drop() { umount "$disk"; }

# each_full NAME KB COMMAND...: COMMAND on disks from one page to KB, $most or LONG of them, then $meet
# with room again. The largest is to be large enough. One TAP line, one row.
each_full() {
    each_name=$1 n_pages=$(($2 / 4)) n_met=0 n_stopped=0 step=0
    shift 2
    n_steps=${LONG:-$most}
    [ "$n_steps" -le "$n_pages" ] || n_steps=$n_pages
    : >"$work/not-met"
    while [ "$step" -lt "$n_steps" ]; do
        kb=4
        [ "$n_steps" -lt 2 ] || kb=$((4 * (1 + step * (n_pages - 1) / (n_steps - 1))))
        step=$((step + 1))
        : >"$work/wrong"
        disk_make ${kb}k
        rm -rf "$run" "$run".*
        try "$@"
        full_status=$status
        disk_change size=64m
        if [ "$status" -ne 0 ]; then
            n_stopped=$((n_stopped + 1))
            # a program that could not judge prints its own message besides the runner's
            grep -v "^$probe: " "$work/err" >"$work/runner" && mv "$work/runner" "$work/err"
            fault_on=1 has_said "$each_program"
            says 'No space left on device' || wrong "no word of the disk: $(head -n 1 "$work/err")"
            # if a message says that it can be continued, it must be possible
            if says 'continue with' || [ -e "$run/$each_begun" ]; then try $go_on; else try "$@"; fi
            [ "$status" -eq 0 ] || wrong "with room again: exit code $status: $(head -n 1 "$work/err")"
        fi
        $is_whole
        clean "$disk"
        disk_drop
        if [ -s "$work/wrong" ]; then
            { echo "$kb KB, exit code $full_status, then $status:" && sed 's/^/    /' "$work/wrong"; } >>"$work/not-met"
        else
            n_met=$((n_met + 1))
        fi
    done
    [ -z "$LONG" ] || [ -z "${ROWS:-}" ] ||
        echo "$each_name: a disk is full,$n_steps,$n_met,,of 4 to $((4 * n_pages)) KB; $n_stopped were too small" >>"$ROWS"
    check "$each_name: $n_steps disks of 4 to $((4 * n_pages)) KB, $n_stopped too small: each is met" \
        test "$n_met" -eq "$n_steps" -a "$n_stopped" -gt 0 -a \( "$n_steps" -lt 2 -o "$n_stopped" -lt "$n_steps" \)
    sed 's/^/# /' "$work/not-met"
}

# ---- the runner
probe=chaining_loopback run=$disk/run
begin="$ANEPROBE run --quick --seed 3 --device sim:$SIMS/chain-works.sim $probe --out"
go_on="$ANEPROBE run --resume $run"
use_fake_report
try $begin "$whole"
check 'a run with room' exits 0
is_whole_run() {
    for file in schedule.csv samples/$probe.csv summary.csv verdicts.csv PROBE_RESULTS.md; do
        cmp -s "$whole/$file" "$run/$file" || wrong "another $file"
    done
}
most=4 each_program=aneprobe each_begun=schedule.csv is_whole=is_whole_run
each_full run 480 $begin "$run"

# ---- the trainer
train="$ANEPROBE train --shape layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128 --accum 2 --lr 0.01 --checkpoint-every 2 --update double"
on_sim="$train --device sim:$SIMS/plain.sim --steps 8"
go_on="$ANEPROBE train --resume $run --export $run.bin"
try $on_sim --out "$whole.train" --export "$whole.bin"
check 'a training with room' exits 0
is_whole_model() { cmp -s "$whole.bin" "$run.bin" || wrong 'another model'; }
each_program='aneprobe train' each_begun=settings.csv is_whole=is_whole_model
each_full train 440 $on_sim --out "$run" --export "$run.bin"

# ---- TMPDIR, where weights are compiled; the run is elsewhere
run=$work/run
go_on="$ANEPROBE train --resume $run --export $run.bin"
rm "$whole.bin" "$whole.bin.tokenizer"
try $train --device cpu --steps 2 --out "$whole.cpu" --export "$whole.bin"
check 'a training on cpu with room' exits 0
most=3
[ -z "$LONG" ] || LONG=$(((LONG + 9) / 10))
TMPDIR=$disk
each_full 'train on cpu' 480 $train --device cpu --steps 2 --out "$run" --export "$run.bin"
TMPDIR=$work/tmp

# ---- a disk that can only be read; files and directories that may not be written
files() { (cd "$disk" && find . | LC_ALL=C sort && find . -type f -exec cksum {} + | LC_ALL=C sort); }
refused() { # WHAT COMMAND...
    what=$1
    shift
    # shellcheck disable=SC2086 # several words
    try $as "$@"
    check "$where: $what: refused with the reason" says "$reason"
    check "$where: $what: exit code" exits 99
}
all_refused() { # WHERE REASON [AS...]: by that command
    where=$1 reason=$2
    shift 2
    as=$*
    files >"$work/before"
    # shellcheck disable=SC2086 # several words
    refused run $begin "$disk/new"
    refused judge "$ANEPROBE" judge "$disk/judged"
    refused report "$ANEPROBE" report "$disk/judged"
    refused 'run --resume' "$ANEPROBE" run --resume "$disk/judged"
    # shellcheck disable=SC2086
    refused train $on_sim --out "$disk/new"
    refused 'train --resume' "$ANEPROBE" train --resume "$disk/trained" --steps 12
    files >"$work/after"
    check "$where: nothing is changed" same "$work/before" "$work/after"
}
disk_make 64m
cp -R "$whole" "$disk/judged"
cp -R "$whole.train" "$disk/trained"
disk_change ro
all_refused 'a disk that can only be read' 'Read-only file system'
disk_change rw
chmod -R a-w "$disk"
# The superuser may write nevertheless, unless it gives up that capability.
[ -w "$disk" ] && give_up='setpriv --bounding-set=-dac_override' || give_up=
# shellcheck disable=SC2086
all_refused 'a place that may not be written' 'Permission denied' $give_up
disk_drop
end_checks
