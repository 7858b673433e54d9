#!/bin/sh
# SPDX-License-Identifier: MIT
# On a machine that others keep busy, and on one where that cannot be read, `aneprobe doctor` says so, with what
# to do about it, and its exit code is that of an idle machine.
#     ANEPROBE, FAKES  as for harness/tests/cli
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/stat.sh"
use_real
unset ANEPROBE_STANDIN
: >"$work/nothing"

# Two more endless loops than there are processors, which take only what nothing else wants. They end with this script, however that ends.
loops_start() {
    n=$(($(getconf _NPROCESSORS_ONLN) + 2))
    while [ $n -gt 0 ]; do
        nice -n 19 sh -c 'while kill -0 $PPID 2>/dev/null; do :; done' &
        started="$started $!"
        n=$((n - 1))
    done
}
loops_stop() {
    for pid in $started; do
        kill "$pid"
        wait "$pid" 2>/dev/null
    done
    started=
}

loops_start
try "$ANEPROBE" doctor --format csv
loops_stop
check 'busy: said, with its remedy' \
    prints ',machine,busy,busy,others kept [0-9.]* processors busy for a second,close other programs '
if [ "$(uname -s)" = Darwin ]; then
    skip 'busy: exit code' 'this is a Mac, which may have more to say'
else
    check 'busy: exit code' exits 77
fi

if apart "$work/nothing" true 2>/dev/null; then
    try apart "$work/nothing" "$ANEPROBE" doctor --format csv
    check 'not readable: said, with its remedy' \
        prints ',machine,busy,unsupported,the load from others cannot be read here,check it yourself (top)$'
    check 'not readable: exit code' exits 77
else
    skip 'not readable' '/proc/stat cannot be replaced here (unshare, mount)'
fi
end_checks
