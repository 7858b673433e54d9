#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: linked.sh PROGRAM...
# GSL brings a plain CBLAS of its own; programs that time the host's products must call the machine's, which is
# the one that is linked first.
command -v readelf >/dev/null 2>&1 || {
    echo '1..0 # SKIP readelf is not here'
    exit 0
}
n=0 status=0
echo "1..$#"
for program in "$@"; do
    n=$((n + 1))
    first=$(readelf -d "$program" | awk '/NEEDED/ && /blas/ { print; exit }')
    case $first in
    '' | *gslcblas*) status=1 result='not ok' ;;
    *) result=ok ;;
    esac
    echo "$result $n - ${program##*/} calls the machine's CBLAS"
done
exit "$status"
