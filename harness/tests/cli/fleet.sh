#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: fleet.sh FLEET
# The suite on two machines at once, one of them behind a fake ssh that is a shell of this machine, and machines
# that fail. Fake programs, the real comparison. Then the same over a real sshd on loopback.
. "$(dirname "$0")/lib.sh"
fleet=$1
command -v sqlite3 >/dev/null || {
    echo '1..0 # SKIP sqlite3 is not here'
    exit 0
}
use_programs steady second
results=$ANEPROBE_SOURCE/results
for script in "$(dirname "$fleet")"/../plots/*; do
    [ -e "$ANEPROBE_SOURCE/plots/${script##*/}" ] || ln -s "$script" "$ANEPROBE_SOURCE/plots/"
done
cp "$(dirname "$fleet")"/../results/*.csv "$results"

# Like ssh: the words after the host are joined by spaces and given to a shell in the home directory.
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
strange) printf 'No ED25519 host key is known.\nHost key verification failed.\n' >&2; exit 255 ;;
false) echo 'no run at all' | gzip; exit 0 ;;
esac
cd "$elsewhere/home" || exit 99
exec env "ANEPROBE_LOCKS=$elsewhere/home" sh -c "$*"
SH
chmod +x "$work/bin/ssh"
PATH=$work/bin:$PATH
elsewhere=$work
FLEET_PAUSE_S=0.2
export elsewhere PATH ANEPROBE FLEET_PAUSE_S

# The suite as it lies on both machines.
dir="$work/it's a \"dir\"; touch ran; \$(touch ran) {} {#} {.}"
mkdir -p "$dir/build/harness/runner"
ln -s "$ANEPROBE" "$dir/build/harness/runner/aneprobe"
nothing_ran() { [ -z "$(find "$work" "$dir" . -maxdepth 2 -name ran)" ]; }

try "$fleet" --dir "$dir" : "jo@mac-1.local" -- --seed 5 steady second
check 'two machines: exit 0' exits 0
check 'two machines: this one' prints "^:: $results/fake-chip/[0-9TZ]*-fleet-1\$"
check 'two machines: the other' prints "^jo@mac-1.local: $results/fake-chip/[0-9TZ]*-fleet-2\$"
check 'two machines: ssh is given a constant command' same "$work/ssh.log" "$(echo 'jo@mac-1.local sh -s -- 2' >"$work/expected.log" && echo "$work/expected.log")"
check 'two machines: both are filed, with a report' test "$(find "$results" -name PROBE_RESULTS.md | wc -l | tr -d ' ')" = 2
check 'two machines: the run was made with the options' contains "$results"/fake-chip/*-fleet-2/settings.csv '^seed,5$'
check 'two machines: they are compared' prints "^$results/comparison/COMPARE.md\$"
check 'two machines: the comparison says which is which' prints "results/fake-chip/[0-9TZ]*-fleet-2 is jo@mac-1.local\$"
check 'two machines: progress by machine' says '^jo@mac-1.local: .'
check 'two machines: both are in it' test "$(grep -o "^| results/fake-chip/[^ |]*-fleet-[12] |" "$results/comparison/COMPARE.md" | sort -u | wc -l | tr -d ' ')" = 2
check 'two machines: the runs stay where they were made' test -d "$(echo "$dir"/results/fleet/*-fleet-2)/jobs"
check 'odd words in the directory: nothing ran' nothing_ran
try "$fleet" --dir "$dir" : -- --seed 5 'steady; touch ran' '$(touch ran)' "it's {}"
check 'odd words as options: said by aneprobe, as one word' says "unknown probe or benchmark 'steady; touch ran'"
check 'odd words as options: no run, exit 99' exits 99
check 'odd words as options: nothing ran' nothing_ran

rm -rf "$results/fake-chip" "$dir/results"
try "$fleet" --dir "$dir" --published : dead strange false -- --seed 5 steady
check 'machines that fail: exit 1' exits 1
check 'machines that fail: one that cannot be reached' says '^aneprobe: fleet: dead has no run:'
check 'machines that fail: why' says '^    ssh: connect to host dead port 22: No route to host'
check 'machines that fail: one whose key is not known: the whole reason' says '^    No ED25519 host key is known'
check 'machines that fail: what to do about it' says "^    run 'ssh strange' once and accept its key"
check 'machines that fail: one that sends something else' says '^    aneprobe: .*not a submission'
check 'machines that fail: the other is filed' prints "^:: $results/fake-chip/"
check 'machines that fail: and compared, beside what was published' contains "$results/comparison/COMPARE.md" '| published |'
rm -rf "$results/fake-chip" "$dir/results"
use_programs faulty
try "$fleet" --dir "$dir" : -- --seed 5
check 'trials that fail: exit 1' exits 1
check 'trials that fail: said' says '^aneprobe: fleet: :: some trials failed; see '
check 'trials that fail: the run is filed' prints "^:: $results/fake-chip/"
use_programs steady second
rm -rf "$results/fake-chip" "$dir/results"

# interrupts MACHINE: Ctrl-C while a trial is held there.
interrupts() {
    FAKE_HOLD_JOB=2 "$fleet" --dir "$dir" "$1" -- --seed 5 steady >"$work/out" 2>"$work/err" </dev/null &
    fleet_pid=$!
    started="$started $fleet_pid"
    held() { set -- "$dir"/results/fleet/*/jobs/0002/held && [ -s "$1" ]; }
    wait_for held || return 1
    trial=$(cat "$dir"/results/fleet/*/jobs/0002/held)
    started="$started $trial"
    kill -TERM "$fleet_pid"
    status=0
    wait "$fleet_pid" || status=$?
    gone() { ! kill -0 "$trial" 2>/dev/null; }
    wait_for gone
}
# A terminal sends Ctrl-C to the sleep between two looks as well.
mkdir "$work/broken"
printf '#!/bin/sh\n[ "$1" = 1000000 ] && exec "%s" "$1"\n"%s" "$1"\nexit 130\n' "$(command -v sleep)" "$(command -v sleep)" >"$work/broken/sleep"
chmod +x "$work/broken/sleep"
try env "PATH=$work/broken:$PATH" "$fleet" --dir "$dir" : -- --seed 5 steady
check 'Ctrl-C, of the sleep: the runs are waited for' exits 0
rm -rf "$results/fake-chip" "$dir/results"
for machine in : there; do
    check "Ctrl-C, $machine: the trial there ends" interrupts "$machine"
    check "Ctrl-C, $machine: exit 130" exits 130
    check "Ctrl-C, $machine: said" says 'ending the runs on all machines'
    rm -rf "$dir/results"
done

try "$fleet" --dir "$work/none" :
check 'no suite there: exit 99' exits 99
check 'no suite there: said' says 'aneprobe is neither built in .*none nor installed there'
for odd in '-oProxyCommand=touch ran' 'a;touch ran' '$(touch ran)' 'a b' ''; do
    try "$fleet" "$odd"
    check "a machine '$odd': exit 2" exits 2
    check "a machine '$odd': said" says 'unknown option\|is not the name of a machine'
done
try "$fleet"
check 'no machine: exit 2' exits 2
try "$fleet" --help
check '--help' prints '^usage: aneprobe fleet'
check 'nothing ran' nothing_ran

echo '# a real sshd'
sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
PATH=${PATH#"$work/bin:"}
if [ -z "$sshd" ] || ! command -v ssh-keygen >/dev/null; then
    skip 'over real ssh' 'no sshd here (package openssh-server)'
else
    mkdir -m 700 "$work/ssh"
    for key in host user; do ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/$key"; done
    cp "$work/ssh/user.pub" "$work/ssh/authorized_keys"
    port=$((20000 + $$ % 20000))
    # The test's programs come from its environment, as a machine's own would.
    cat >"$work/ssh/sshd_config" <<CONFIG
Port $port
ListenAddress 127.0.0.1
HostKey $work/ssh/host
AuthorizedKeysFile $work/ssh/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AcceptEnv FAKE_HOLD_JOB
SetEnv ANEPROBE_LOCKS=$work/ssh ANEPROBE_SOURCE=$ANEPROBE_SOURCE ANEPROBE_TOOLS=$ANEPROBE_TOOLS ANEPROBE_EXPERIMENTS=$ANEPROBE_EXPERIMENTS
CONFIG
    # ssh would read the user's configuration from the home directory in the password file, so it is given another.
    cat >"$work/bin/ssh" <<SH
#!/bin/sh
exec "$(command -v ssh)" -F "$work/ssh/config" "\$@"
SH
    cat >"$work/ssh/config" <<CONFIG
Host loop
HostName 127.0.0.1
Port $port
User $(id -un)
IdentityFile $work/ssh/user
IdentitiesOnly yes
UserKnownHostsFile $work/ssh/known_hosts
Host *
StrictHostKeyChecking yes
CONFIG
    PATH=$work/bin:$PATH
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    "$sshd" -D -f "$work/ssh/sshd_config" -E "$work/ssh/log" &
    started="$started $!"
    listening() { ssh-keyscan -p "$port" 127.0.0.1 2>/dev/null | grep -q ed25519; }
    if wait_for listening; then
        try "$fleet" --dir "$dir" loop -- --seed 5 steady
        check 'real ssh, a key that is not known: no run' exits 99
        check 'real ssh, a key that is not known: what to do' says "run 'ssh loop' once and accept its key"
        ssh-keyscan -p "$port" 127.0.0.1 >"$work/ssh/known_hosts" 2>/dev/null
        try "$fleet" --dir "$dir" loop : -- --seed 5 steady
        check 'real ssh: exit 0' exits 0
        check 'real ssh: filed' prints "^loop: $results/fake-chip/[0-9TZ]*-fleet-1\$"
        check 'real ssh: named in the comparison' prints '-fleet-1 is loop$'
        rm -rf "$dir/results"
        echo 'SetEnv FAKE_HOLD_JOB=2' >>"$work/ssh/config"
        check 'real ssh, Ctrl-C: the trial there ends' interrupts loop
        check 'real ssh, Ctrl-C: exit 130' exits 130
    else
        skip 'over real ssh' "sshd does not start: $(head -n 1 "$work/ssh/log" 2>/dev/null)"
    fi
fi
end_checks
