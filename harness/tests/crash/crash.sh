#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: crash.sh runner|trainer|compiler [MOMENTS [SEED]]
# Runs and trainings that are killed (kill -9) at random moments and continued end like undisturbed ones: the
# runner's samples complete and none twice, the trainer's losses and model equal bit for bit. Each round is
# killed once while it runs and once after it was continued, then left to end.
#     ANEPROBE, FAKES, SIMS, SOURCE  as for harness/tests/faults
#     ROWS                             if set: a file that gets the row of results/reliability.csv
what=$1 moments=${2:-10} seed=${3:-1}
. "$(dirname "$0")/../cli/lib.sh"
use_real
TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
run=$work/run whole=$work/whole
n_killed=0 n_lost=0

# A moment in seconds, from 0 to $span_ms: the next random one of the seed.
awk -v seed="$seed" 'BEGIN { srand(seed); for (i = 0; i < 100000; i++) print rand() }' >"$work/random"
exec 3<"$work/random"
moment() {
    read -r random <&3
    awk -v r="$random" -v ms="$span_ms" 'BEGIN { printf "%.4f", r * ms / 1000 }'
}
now_ms() { date +%s%N | cut -c1-13; }

# kill_in COMMAND...: started, and killed at a random moment unless it ends before.
kill_in() {
    delay=$(moment)
    "$@" >"$work/out" 2>"$work/err" </dev/null &
    killed=$!
    started="$started $killed"
    sleep "$delay"
    if kill -9 $killed 2>/dev/null; then n_killed=$((n_killed + 1)); fi
    wait $killed 2>/dev/null
}

lost() {
    n_lost=$((n_lost + 1))
    echo "# seed $seed, round $round, last delay $delay s: $*"
    sed 's/^/#     /' "$work/err" | head -n 5
}

# rounds: until $moments were killed, $begin, $go_on and $is_whole; at most four times as many rounds.
rounds() {
    round=0
    while [ $n_killed -lt "$moments" ] && [ $round -lt $((4 * moments)) ]; do
        round=$((round + 1))
        rm -rf "$run" "$run".*
        kill_in $begin
        if can_go_on; then kill_in $go_on; fi
        if can_go_on; then try $go_on; else rm -rf "$run"; try $begin; fi
        if [ "$status" -ne 0 ]; then lost "exit code $status"; elif ! is_whole >"$work/difference" 2>&1; then
            lost "another result: $(head -n 3 "$work/difference" | tr '\n' ' ')"
        fi
    done
    check "$what: killed at $n_killed moments (seed $seed): nothing lost, nothing twice" \
        test $n_lost -eq 0 -a $n_killed -ge "$moments"
}

undisturbed() { # COMMAND...: what is to come out, and how long it takes
    from_ms=$(now_ms)
    try "$@"
    span_ms=$(($(now_ms) - from_ms))
    check "$what: undisturbed" exits 0
}
nothing_left() {
    [ -z "$(find "$run" -name '*.tmp' -o -name '.report*')" ] || {
        echo 'scratch files are left'
        return 1
    }
}

case $what in
runner)
    note='samples complete and none twice after --resume; sim device'
    probe=chaining_loopback
    start="$ANEPROBE run --quick --seed 5 --device sim:$SIMS/chain-works.sim $probe"
    begin="$start --out $run" go_on="$ANEPROBE run --resume $run"
    can_go_on() { [ -e "$run/schedule.csv" ]; }
    is_whole() {
        for file in schedule.csv samples/$probe.csv summary.csv verdicts.csv; do
            cmp "$whole/$file" "$run/$file" || return 1
        done
        cut -d, -f1-7 "$whole/jobs.csv" >"$work/first" && cut -d, -f1-7 "$run/jobs.csv" | cmp "$work/first" - && nothing_left
    }
    undisturbed $start --out "$whole"
    rounds

    # Several at once in one directory: one runs, the others are refused and disturb nothing. With --share,
    # since otherwise the machine's lock would refuse them.
    n_wins=0 n_odd=0
    for round in 1 2 3; do
        rm -rf "$run"
        for k in 1 2 3; do
            { $begin --share >"$work/out.$k" 2>"$work/err.$k" </dev/null; echo $? >"$work/status.$k"; } &
        done
        wait
        for k in 1 2 3; do
            case $(cat "$work/status.$k") in
            0) n_wins=$((n_wins + 1)) ;;
            2) grep -q 'another aneprobe is running\|holds a run\|is not empty' "$work/err.$k" || n_odd=$((n_odd + 1)) ;;
            *) n_odd=$((n_odd + 1)) ;;
            esac
        done
        is_whole >/dev/null || n_odd=$((n_odd + 1))
    done
    check 'three at once in one directory: one runs' test $n_wins -eq 3
    check 'three at once: the others are refused, with a reason' test $n_odd -eq 0
    ;;
trainer)
    note='losses and model to the bit after --resume: sync with restarts; double; dynamic; sim device'
    shape=layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128
    losses() { cut -d, -f1-3,13-15 "$1/steps.csv"; }
    can_go_on() { [ -e "$run/settings.csv" ]; }
    is_whole() {
        losses "$whole" >"$work/first" && losses "$run" >"$work/second" && cmp "$work/first" "$work/second" &&
            cmp "$whole.bin" "$run.bin" && nothing_left
    }
    all=$moments moments=0
    for way in 'sync --limit compiles:20' double dynamic; do
        moments=$((moments + (all + 2) / 3))
        start="$ANEPROBE train --device sim:$SIMS/plain.sim --shape $shape --accum 2 --steps 96 --lr 0.01 --checkpoint-every 2 --update $way"
        begin="$start --out $run --export $run.bin" go_on="$ANEPROBE train --resume $run --export $run.bin"
        rm -rf "$whole" "$whole".*
        undisturbed $start --out "$whole" --export "$whole.bin"
        rounds
    done
    ;;
compiler)
    # Each training compiles in some 20 child processes. One of them, chosen at random, is killed at a random
    # moment, and again after the training was continued, until it is done.
    note='the trainer stops with a reason or goes on and --resume gives the same model to the bit; cpu device'
    shape=layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128
    compiler=$(command -v "${CC:-cc}")
    # without optimisation, for more rounds in the same time
    cat >"$work/cc" <<EOS
#!/bin/sh
n=\$((\$(cat "$work/compiles") + 1))
echo \$n >"$work/compiles"
if [ \$n -eq \$(cat "$work/victim") ]; then
    pid=\$\$
    { sleep "\$(cat "$work/delay")"; kill -9 \$pid 2>/dev/null && echo 1 >"$work/killed"; } >/dev/null 2>&1 &
fi
exec "$compiler" "\$@" -O0
EOS
    chmod +x "$work/cc"
    start="$ANEPROBE train --device cpu --shape $shape --accum 2 --steps 4 --lr 0.01 --checkpoint-every 1 --update sync"
    begin="$start --out $run --export $run.bin" go_on="$ANEPROBE train --resume $run --export $run.bin"
    echo 0 >"$work/compiles"; echo 0 >"$work/victim"
    ANEPROBE_CC=$work/cc
    export ANEPROBE_CC
    undisturbed $start --out "$whole" --export "$whole.bin"
    n_compiles=$(cat "$work/compiles")
    span_ms=$((span_ms / n_compiles))
    round=0 n_stopped=0
    while [ $n_killed -lt "$moments" ] && [ $round -lt $((4 * moments)) ]; do
        round=$((round + 1)) attempt=$begin status=1
        rm -rf "$run" "$run".*
        while [ "$status" -ne 0 ]; do
            delay=$(moment)
            read -r random <&3
            awk -v r="$random" -v n="$n_compiles" 'BEGIN { print 1 + int(r * n) }' >"$work/victim"
            [ $n_killed -lt "$moments" ] || echo 0 >"$work/victim"
            echo "$delay" >"$work/delay"
            echo 0 >"$work/compiles"
            rm -f "$work/killed"
            try $attempt
            # the killer may be late to say so
            if [ "$status" -ne 0 ] && ! wait_for test -e "$work/killed"; then break; fi
            if [ -e "$work/killed" ]; then n_killed=$((n_killed + 1)); fi
            if [ "$status" -ne 0 ]; then
                n_stopped=$((n_stopped + 1))
                says '^aneprobe train: .*compiler' || lost "no reason: exit code $status"
                [ ! -e "$run/settings.csv" ] || attempt=$go_on
            fi
        done
        [ "$status" -eq 0 ] || lost "exit code $status"
        cmp -s "$whole.bin" "$run.bin" || lost 'another model'
    done
    note="$note; $n_stopped stopped"
    check "compiler: $n_killed killed at random moments (seed $seed), $n_stopped trainings stopped by it: the same model" \
        test $n_lost -eq 0 -a $n_killed -ge "$moments" -a $n_stopped -gt 0
    ;;
esac
[ -z "${ROWS:-}" ] || echo "kill -9 of the $what,$n_killed,$((n_killed - n_lost)),$seed,$note" >>"$ROWS"
end_checks
