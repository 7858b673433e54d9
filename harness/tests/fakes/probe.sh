#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that obeys the runner's protocol without measuring anything. The name it is called by
# says which arms it has, the arm how it ends; its values follow from arm, block and seed alone.
#
# FAKE_HOLD_JOB=J    job J leaves a mark in its samples' directory and then never ends
# FAKE_LOOKS=FILE    appends the looks that each judgement is asked for
# FAKE_ABOUT=TEXT    changes what --about says, as a new version of a program would
# FAKE_LIST=ROWS     are the arms that --list gives
# FAKE_OTHERS=WHO    trials say what others did meanwhile: that they used half of the processors beside `all` trials,
#                    beside ARM.BLOCK, or beside first:ARM.BLOCK when it is done for the first time; else nothing
set -eu
name=$(basename "$0")

# head_of FILE: its columns, as harness/record/heads.h has them.
heads=$(cd "$(dirname "$(readlink "$0" || echo "$0")")/../../record" && pwd)/heads.h
head_of() { sed -n "s/^#define HEAD_$1 \"\(.*\)\"\$/\1/p" "$heads"; }

arms() { # arm blocks limit_s
    case $name in
    steady) printf '%s 6 60\n' one two three ;;
    decided) printf '%s 6 60\n' first other ;;
    fragile) printf '%s 2 60\n' limit ;;
    second) printf '%s 4 60\nrare 2 60\n' four ;;
    faulty) printf '%s 1 60\n' crash failed broken unsupported loud too-loud silent no-end torn \
        short-row wrong-count wrong-job other-columns good
        printf '%s 1 1\n' hang stubborn ;;
    still) printf '%s 1 1\n' stopped ;;
    nan | cut) printf '%s 2 60\n' good ;;
    esac
}

header=$(head_of SAMPLES_FIRST),value_ns,$(head_of SAMPLES_LAST)
row() { # VALUE STATUS REASON [OTHERS]
    others=
    [ -z "${FAKE_OTHERS:-}" ] || others=,${4:-,,,,,,}
    echo "$job,$device,measured,$arm,$block,$1,$2,$3$others" >>"$csv"
}
end() {
    case $asked:${FAKE_OTHERS:-} in
    "$asked":all | "$asked:$arm.$block" | "0:first:$arm.$block") row '' end "rows=$1" 50,0.1,0,0,0,, ;;
    *) row '' end "rows=$1" 0,0.1,0,0,0,, ;;
    esac
}

trial() {
    [ -z "${FAKE_OTHERS:-}" ] || header=$header,$(head_of SAMPLES_DISTURBANCE)
    echo "$header" >"$csv"
    value=$(printf '%s %s %s' "$arm" "$block" "$seed" | cksum | cut -d ' ' -f 1)
    if [ "${FAKE_HOLD_JOB:-}" = "$job" ]; then
        row "$value" ok ''
        echo "$$" >"$(dirname "$csv")/held"
        while :; do sleep 1; done
    fi
    if [ "$name" = nan ]; then value=nan; fi
    row "$value" ok ''
    row "$((${#arm} + block))" ok '"a reason, with a ""quote"""'
    case $arm in
    crash) kill -SEGV $$ ;;
    failed) echo 'the claim fell' >&2; exit 1 ;;
    broken) echo 'no compiler' >&2; exit 99 ;;
    unsupported) echo 'not on this machine' >&2; end 2; exit 77 ;;
    hang) while :; do sleep 1; done ;;
    stopped) kill -STOP $$ ;;
    stubborn) trap '' TERM; while :; do sleep 1; done ;;
    loud) head -c 10000000 /dev/zero | tr '\0' x; end 2 ;;
    too-loud) head -c 20000000 /dev/zero | tr '\0' x >&2; end 2 ;;
    silent) rm "$csv" ;;
    no-end) ;;
    torn) printf '%s,cpu,meas' "$job" >>"$csv" ;;
    short-row) echo "$job,cpu" >>"$csv"; end 3 ;;
    wrong-count) end 5 ;;
    wrong-job) echo "999,cpu,measured,$arm,0,1,ok," >>"$csv"; end 3 ;;
    other-columns) printf '%s\n' "extra,$header" >"$csv"
        echo "1,$job,$device,measured,$arm,$block,,end,rows=0" >>"$csv" ;;
    *) end 2 ;;
    esac
}

judge() {
    if grep -n ',nan,' "$samples" /dev/null >&2; then
        echo "$name: $samples: nan is no number; remove that trial's rows" >&2
        exit 99
    fi
    head_of SUMMARY
    if [ "$name" = cut ]; then
        printf 'cut,good,va'
        return
    fi
    for arm in $(arms | cut -d ' ' -f 1); do
        n=$(grep -c ",$arm,[0-9]*,,end," "$samples" || true)
        echo "$name,$arm,value,ns,$n,trial,,,,,,,,"
    done
    head_of VERDICTS
    n=$(grep -c ',end,rows=' "$samples" || true)
    for verdict in reproduced contradicted inconclusive unsupported untrusted; do
        echo "$name.$verdict,$verdict,$n,trials,1,9,$n,trial,,,rule # 1 decided"
    done
    [ -n "$looks" ] || return 0
    [ -z "${FAKE_LOOKS:-}" ] || echo "$name $looks" >>"$FAKE_LOOKS"
    head_of LOOK
    case $name in decided) echo 5,4,1,0.98 ;; *) echo 5,3,0,0.98 ;; esac
}

mode=trial looks='' csv='' arm='' block='' job='' seed='' device='' asked=0
while [ $# -gt 0 ]; do
    case $1 in
    --list | --about) mode=${1#--} ;;
    --quick) ;;
    --judge) mode=judge samples=$2; shift ;;
    --findings) shift ;;
    --looks) looks=$2; shift ;;
    --csv) csv=$2; shift ;;
    --filter) arm=$2; shift ;;
    --block) block=$2; shift ;;
    --job) job=$2; shift ;;
    --seed) seed=$2; shift ;;
    --asked-before) asked=$2; shift ;;
    --device) device=$2; shift ;;
    *) echo "$name: unknown option $1" >&2; exit 2 ;;
    esac
    shift
done
case $mode in
list) head_of LIST
    if [ -n "${FAKE_LIST:-}" ]; then printf '%s\n' "$FAKE_LIST" && exit; fi
    arms | while read -r arm blocks limit_s; do echo "$name,$arm,$blocks,$limit_s,an arm"; done ;;
about) head_of ABOUT
    echo "question,${FAKE_ABOUT:-Does the runner do its work?}"
    if [ "$name" = fragile ]; then echo 'disturbs,other programs'; fi ;;
judge) judge ;;
trial) trial ;;
esac
