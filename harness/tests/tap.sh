# SPDX-License-Identifier: MIT
# TAP for tests that are shell scripts. To be sourced; TAP_SHOWS names files whose first lines are shown
# when a check fails, and $status, where there is one, as the exit code.
# Tests run side by side; each has its own machine lock.
[ -z "${work:-}" ] || {
    ANEPROBE_LOCKS=$work
    export ANEPROBE_LOCKS
}
n_checks=0
n_failed=0

# check NAME COMMAND...: one TAP line.
check() {
    n_checks=$((n_checks + 1))
    check_name=$1
    shift
    if "$@"; then
        echo "ok $n_checks - $check_name"
    else
        n_failed=$((n_failed + 1))
        echo "not ok $n_checks - $check_name"
        echo "# $*; exit code ${status:-none}"
        for file in ${TAP_SHOWS:-}; do
            [ ! -s "$file" ] || head -n 20 "$file" | cut -c1-300 | sed "s|^|# ${file##*/}: |"
        done
    fi
}

# skip NAME REASON: a check that cannot be made here.
skip() {
    n_checks=$((n_checks + 1))
    echo "ok $n_checks - $1 # SKIP $2"
}

end_checks() {
    echo "1..$n_checks"
    [ "$n_failed" -eq 0 ]
}
