#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe doctor` on a machine without an engine and without many of the tools. For a stand-in of the engine,
# see harness/tests/standin/.
. "$(dirname "$0")/lib.sh"
use_real
unset ANEPROBE_STANDIN

if [ "$(uname -s)" = Darwin ]; then
    skip 'no engine' 'this is a Mac'
else
    try "$ANEPROBE" doctor
    check 'no engine: exit code' exits 77
    check 'no engine: why' prints 'this is not a Mac'
    check 'no engine: what works instead' prints 'everything else works. Next: aneprobe run --quick --device cpu$'
    check 'no engine: cpu and a simulated device were tried' \
        sh -c '[ "$(grep -c "^    \(cpu:cores=1\|sim:m4\)  *right; largest difference" "$1")" -eq 2 ]' sh "$work/out"
    try "$ANEPROBE" doctor --format csv
    check 'no engine, csv: exit code' exits 77
    check 'no engine, csv: header' prints ',check,item,status,detail,remedy$'
    check 'no engine, csv: row' prints ',open,libraries,unsupported,'

    ANEPROBE_STANDIN=$work/absent.so
    export ANEPROBE_STANDIN
    try "$ANEPROBE" doctor
    check 'absent stand-in: exit code' exits 1
    check 'absent stand-in: said first' prints '^STAND-IN'
    check 'absent stand-in: which file' prints "absent.so"
    check 'absent stand-in: what to send' prints 'aneprobe doctor --format csv > doctor.csv'
fi

# Each tool missing, one that hangs, one that lacks a feature, no compiler: each is reported with its remedy,
# and the rest is still checked. $tools is all of PATH except sh's own folder.
tools=$work/tools
mkdir "$tools"
doctor=$BUILD/harness/doctor/aneprobe-doctor
try env PATH="$tools" "$doctor" --format csv
check 'no tools: exit code' exits 1
for tool in sqlite3 gnuplot cmark-gfm; do
    check "no tools: $tool and its remedy" prints ",tool,$tool,absent,not on PATH,.*apt-get install"
done
check 'no compiler: said, with its remedy' prints ',device,cpu,failed,"open: there is no C compiler.*apt-get install gcc'
check 'no tools: the rest is asked' prints ',device,sim:m4,ok,'
grep -o 'apt-get install [a-z0-9-]*' "$work/out" | cut -d' ' -f3 | sort -u >"$work/packages"
while read -r package; do
    check "the package $package is as bootstrap.sh has it" \
        grep -q "|\(.* \)*$package\( .*\)*|" "$(dirname "$0")/../../bootstrap.sh"
done <"$work/packages"
printf '#!/bin/sh\nexec /bin/sleep 30\n' >"$tools/gnuplot"
printf '#!/bin/sh\n[ "$1" != --version ] || { echo 3.7.17; exit 0; }\necho "no such function: ln" >&2\nexit 1\n' >"$tools/sqlite3"
chmod +x "$tools/gnuplot" "$tools/sqlite3"
from=$(date +%s)
try env PATH="$tools" TMPDIR="$work" "$doctor" --format csv
check 'all is told by its deadline, and a while for a busy machine' test $(($(date +%s) - from)) -le 20
check 'a tool that hangs: timeout' prints ',tool,gnuplot,timeout,not finished after 2.0 s,.'
check 'an sqlite3 that lacks a function' \
    prints ',tool,sqlite3,failed,exit code 1; it said: no such function: ln,"*install sqlite 3.38 or newer'
rm "$tools/gnuplot"
try env PATH="$tools" "$doctor"
check 'in words: a remedy below what is off' \
    sh -c 'grep -A 1 "cmark-gfm .*absent: not on PATH" "$1" | grep -q -e "-> no page in HTML"' sh "$work/out"

# Linux's counters in a tree of files: each state with what to do about it. harness/tests/unit/doctor_meters.c has
# those of macOS.
if [ "$(uname -s)" = Linux ]; then
    zone=$work/sys/class/powercap/intel-rapl:0
    mkdir -p "$zone"
    echo package-0 >"$zone/name"
    echo 262143328850 >"$zone/max_energy_range_uj"
    echo 1000 >"$zone/energy_uj"
    try env ANEPROBE_SYSFS="$work/sys" "$ANEPROBE" doctor --format csv
    check 'meters: one that stands still' prints ',energy,powercap package,frozen,package-0: stood still for .* while a core was busy,'
    check 'meters: one that is not there' prints ',energy,perf,absent,.*no PMU power, as in virtual machines'
    if [ "$(id -u)" -eq 0 ]; then
        skip 'meters: one for root only' 'this is root'
    else
        chmod 0 "$zone/energy_uj"
        try env ANEPROBE_SYSFS="$work/sys" "$ANEPROBE" doctor --format csv
        check 'meters: one for root only, and its remedy' prints ',energy,powercap package,forbidden,.*is for root only.*udev rule'
    fi
    rm -r "$zone"
    try env ANEPROBE_SYSFS="$work/sys" "$ANEPROBE" doctor --format csv
    check 'meters: none' prints ',energy,powercap,absent,.*no intel-rapl in class/powercap'
fi

try "$ANEPROBE" doctor --selectors=yes
check 'unknown option: exit code' exits 2
check 'a switch takes no value' says "^aneprobe doctor: option '--selectors' takes no value"

try "$ANEPROBE" doctor --selectors
check 'selectors: exit code' exits 0
check 'selectors: the stored table is the one in use' \
    same "$work/out" "$(dirname "$0")/../../device/apple/SELECTORS.md"

try "$ANEPROBE" doctor --help
check 'help: exit code' exits 0
check 'help: what it does' prints 'convolution'

end_checks
