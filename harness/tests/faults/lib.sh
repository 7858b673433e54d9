# SPDX-License-Identifier: MIT
# What the tests with failing calls share. To be sourced with
#     ANEPROBE, FAKES, SIMS          as for harness/tests/cli
#     SOURCE                           the root of the source
#     FAULT                            fault.c, to be preloaded
#     LONG                             if set: that many calls of a class fail, each in turn, or
#                                      all; otherwise a few
#     ROWS                             in the long form: a file that gets the rows of
#                                      results/reliability.csv
# in the environment. A script sets
#     program                          in whose processes calls fail; is_ours= if not of this suite
#     prepare                          a command: makes what there is before
#     meet                             a command: was that call met as it must be? It says what is
#                                      wrong if not; $status, $work/out and $work/err are there
# and calls fail_each.
. "$(dirname "$0")/../cli/lib.sh"
use_real
use_fake_report() {
    mkdir -p "$work/source/plots" "$work/source/results"
    cp "$SOURCE"/results/*.csv "$work/source/results/"
    cp "$FAKES/report.sh" "$work/source/plots/report.sh"
    ANEPROBE_SOURCE=$work/source
    export ANEPROBE_SOURCE
}
TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
: "${LONG:=}"

# fault CLASS CALL COMMAND...: with that call of the class failing; +CALL = and all after it.
fault() {
    fault_class=$1 fault_at=${2#+} fault_on=
    [ "$fault_at" = "$2" ] || fault_on=FAULT_ONWARDS=1
    shift 2
    head -c 24 /dev/zero >"$work/counts"
    # shellcheck disable=SC2086 # a word or none
    try env LD_PRELOAD="$FAULT" FAULT_PROGRAM="$program" FAULT_CLASS="$fault_class" \
        FAULT_AT="$fault_at" $fault_on FAULT_COUNTS="$work/counts" "$@"
}

# count N: number N of those in $work/counts: 0 calls, 1 blocks not freed at exit, 2 exits.
count() { od -An -td8 -j$((8 * $1)) -N8 "$work/counts" | tr -d ' '; }

wrong() { echo "$*" >>"$work/wrong"; }

# has_said PROGRAM: there is one line on stderr, by that program, with the reason. There may also be lines about
# jobs, about what a run is about to do and about the result of a training; and a second message if nothing can
# be written, not even to stdout.
has_said() {
    grep -v -e '^job [0-9]' -e '^aneprobe: [0-9]* trials\{0,1\} of ' -e '^  ' -e '^[0-9]* steps, ' -e '^no model can' "$work/err" >"$work/said"
    if [ -n "$fault_on" ] && [ "$(wc -l <"$work/said")" -eq 2 ]; then
        grep -v 'cannot write to standard output' "$work/said" >"$work/first" && mv "$work/first" "$work/said"
    fi
    [ "$(wc -l <"$work/said")" -eq 1 ] && grep -q "^$1: .*[a-z].*" "$work/said" ||
        wrong "no single message of $1: $(head -n 3 "$work/said" | tr '\n' '|')"
}

# clean DIR: no temporary file is left in it, nor in the temporary directory.
clean() {
    left=$(find "$1" "$TMPDIR" -name '*.tmp' -o -name '.report*' -o -name '*.so' 2>/dev/null | head -n 3)
    [ -z "$left" ] || wrong "left behind: $left"
}

fault_words() {
    case $1 in
    alloc) echo 'an allocation fails' ;;
    write) echo 'a write fails' ;;
    sync) echo 'an fsync fails' ;;
    rename) echo 'a rename fails' ;;
    open) echo 'no handle is left once' ;;
    create) echo 'a file or directory cannot be made or removed' ;;
    spawn) echo 'a fork or exec fails' ;;
    dlopen) echo 'a dlopen fails' ;;
    thread) echo 'a thread cannot be started' ;;
    +alloc) echo 'out of memory from then on' ;;
    +write) echo 'the disk is full from then on' ;;
    +create) echo 'the file system is read-only from then on' ;;
    +open) echo 'handles are exhausted from then on' ;;
    +clock) echo 'the clocks are an hour back from then on' ;;
    +ahead) echo 'the clocks are an hour ahead from then on' ;;
    esac
}
# fail_each NAME CLASS COMMAND...: runs COMMAND with each call of CLASS failing in turn, at most $most of them:
# the first, the last, and some in between. +CLASS = each together with all later ones. One TAP line, one row.
most=4
is_ours=1
fail_each() {
    each_name=$1 each_class=${2#+} each_on=
    [ "$each_class" = "$2" ] || each_on=+
    shift 2
    $prepare
    fault "$each_class" 0 "$@"
    n=$(count 0) whole_live=$(count 1) n_tried=0 n_met=0
    if [ "$status" -ne 0 ]; then
        status=$status check "$each_name: without a fault" false
        return
    fi
    n_steps=${LONG:-$most}
    [ "$n_steps" -le "$n" ] || n_steps=$n
    : >"$work/not-met"
    step=0
    while [ "$step" -lt "$n_steps" ]; do
        at=1
        [ "$n_steps" -lt 2 ] || at=$((1 + step * (n - 1) / (n_steps - 1)))
        step=$((step + 1)) n_tried=$((n_tried + 1))
        : >"$work/wrong"
        $prepare
        fault "$each_class" "$each_on$at" "$@"
        failed_status=$status
        case $status in
        0 | 1 | 2 | 77 | 99) ;;
        *) wrong "exit code $status" ;;
        esac
        # programs of others may leave freeing to the system
        [ -z "$is_ours" ] || [ "$(count 2)" -ne 1 ] || [ "$(count 1)" -le "$whole_live" ] ||
            wrong "$(($(count 1) - whole_live)) blocks not freed"
        $meet "$@"
        if [ -s "$work/wrong" ]; then
            { echo "$each_class $at of $n, exit code $failed_status:" && sed 's/^/    /' "$work/wrong"; } >>"$work/not-met"
        else
            n_met=$((n_met + 1))
        fi
    done
    [ -z "$LONG" ] || [ -z "${ROWS:-}" ] ||
        echo "$each_name: $(fault_words "$each_on$each_class"),$n_tried,$n_met,,of $n calls" >>"$ROWS"
    n_checks=$((n_checks + 1))
    if [ "$n" -gt 0 ] && [ "$n_met" -eq "$n_tried" ]; then
        echo "ok $n_checks - $each_name: $each_on$each_class: $n_tried of $n calls fail, each is met"
    else
        n_failed=$((n_failed + 1))
        echo "not ok $n_checks - $each_name: $each_on$each_class: $n_met of $n_tried failing calls (of $n) are met"
        sed 's/^/# /' "$work/not-met"
    fi
}
