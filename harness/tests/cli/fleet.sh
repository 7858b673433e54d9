#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: fleet.sh FLEET
# The suite on two hosts at once, of which one is behind an ssh that is a shell of this machine, and what
# becomes of hosts that fail. Fake programs, the real comparison.
. "$(dirname "$0")/lib.sh"
fleet=$1
parallel --version 2>/dev/null | grep -q '^GNU parallel' && command -v sqlite3 >/dev/null || {
    echo '1..0 # SKIP GNU parallel or sqlite3 is not here'
    exit 0
}
use_programs steady second
results=$ANEPROBE_SOURCE/results
for script in "$(dirname "$fleet")"/../plots/*; do
    [ -e "$ANEPROBE_SOURCE/plots/${script##*/}" ] || ln -s "$script" "$ANEPROBE_SOURCE/plots/"
done
cp "$(dirname "$fleet")"/../results/*.csv "$results"

# As ssh does it: what follows the host is joined by spaces and given to a shell, at home.
mkdir "$work/bin" "$work/home"
cat >"$work/bin/ssh" <<'SH'
#!/bin/sh
while :; do
    case $1 in -o) shift 2 ;; -*) shift ;; *) break ;; esac
done
host=$1
shift
echo "$host $*" >>"$elsewhere/ssh.log"
case $host in
dead) echo 'ssh: connect to host dead port 22: No route to host' >&2; exit 255 ;;
false) cat >/dev/null; echo 'no run at all' | gzip; exit 0 ;;
esac
cd "$elsewhere/home" || exit 99
exec sh -c "$*"
SH
chmod +x "$work/bin/ssh"
PATH=$work/bin:$PATH
elsewhere=$work
export elsewhere PATH ANEPROBE

# The suite as it lies on both hosts.
dir="$work/it's a \"dir\"; touch ran; \$(touch ran) {} {#} {.}"
mkdir -p "$dir/build/harness/runner"
ln -s "$ANEPROBE" "$dir/build/harness/runner/aneprobe"
nothing_ran() { [ -z "$(find "$work" "$dir" . -maxdepth 2 -name ran)" ]; }

try "$fleet" --dir "$dir" : "jo@mac-1.local" -- --seed 5 steady second
check 'two hosts: exit 0' exits 0
check 'two hosts: this one' prints "^:: $results/fake-chip/[0-9TZ]*-fleet-1\$"
check 'two hosts: the other' prints "^jo@mac-1.local: $results/fake-chip/[0-9TZ]*-fleet-2\$"
check 'two hosts: ssh is given a constant command' same "$work/ssh.log" "$(echo 'jo@mac-1.local sh -s -- 2' >"$work/expected.log" && echo "$work/expected.log")"
check 'two hosts: both are filed, with a report' test "$(find "$results" -name PROBE_RESULTS.md | wc -l | tr -d ' ')" = 2
check 'two hosts: the run was made with the options' contains "$results"/fake-chip/*-fleet-2/settings.csv '^seed,5$'
check 'two hosts: they are compared' prints "^$results/comparison/COMPARE.md\$"
check 'two hosts: both are in it' test "$(grep -c "^| results/fake-chip/.*-fleet-[12] |" "$results/comparison/COMPARE.md")" = 2
check 'two hosts: the runs stay where they were made' test -d "$(echo "$dir"/results/fleet/*-fleet-2)/jobs"
check 'odd words in the directory: nothing ran' nothing_ran
try "$fleet" --dir "$dir" : -- --seed 5 'steady; touch ran' '$(touch ran)' "it's {}"
check 'odd words as options: said by aneprobe, as one word' says "unknown probe or benchmark 'steady; touch ran'"
check 'odd words as options: no run, exit 99' exits 99
check 'odd words as options: nothing ran' nothing_ran

rm -rf "$results/fake-chip" "$dir/results"
try "$fleet" --dir "$dir" --published : dead false -- --seed 5 steady
check 'hosts that fail: exit 1' exits 1
check 'hosts that fail: one that cannot be reached' says 'dead came to no run: ssh: connect to host dead port 22: No route to host'
check 'hosts that fail: one that sends something else' says 'false came to no run: aneprobe: .*is no submission'
check 'hosts that fail: the other is filed' prints "^:: $results/fake-chip/"
check 'hosts that fail: and compared, beside what was published' contains "$results/comparison/COMPARE.md" '| published |'
try "$fleet" --dir "$work/none" :
check 'no suite there: exit 99' exits 99
check 'no suite there: said' says ': came to no run: .*cd: '
for odd in '-oProxyCommand=touch ran' 'a;touch ran' '$(touch ran)' 'a b' ''; do
    try "$fleet" "$odd"
    check "a host '$odd': exit 2" exits 2
    check "a host '$odd': said" says 'is no option and no host'
done
try "$fleet"
check 'no host: exit 2' exits 2
try "$fleet" --help
check '--help' prints '^usage: harness/fleet'
check 'nothing ran' nothing_ran
end_checks
