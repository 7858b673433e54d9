#!/bin/sh
# SPDX-License-Identifier: MIT
# The long form of the suite may be stopped and continued: each run is made once, and what was made stays. With a
# fake program and a fake load.
. "$(dirname "$0")/../cli/lib.sh"
noise=$(dirname "$0")/noise.sh
mkdir "$work/tools" "$work/tmp"
TMPDIR=$work/tmp
printf '#!/bin/sh\nexec sleep 60\n' >"$work/tools/stress-ng"
# Run N of them is killed before it ends; the load turns `a.held` round in the last one.
cat >"$work/tools/aneprobe" <<'END'
#!/bin/sh
while [ "$1" != --seed ]; do shift; done
seed=$2 out=$6
echo "$seed" >>"$SEEN"
[ "$seed" != "${STOPS:-}" ] || exit 130
mkdir "$out"
echo "commit,${COMMIT:-abc}" >"$out/machine.csv"
case $seed in 6) verdict=contradicted ;; *) verdict=reproduced ;; esac
printf 'finding,verdict,measured\na.held,%s,1\nb.same,contradicted,\nc.idle,%s,\n' "$verdict" \
    "$([ $((seed % 2)) -eq 1 ] && echo untrusted || echo inconclusive)" >"$out/verdicts.csv"
END
chmod +x "$work/tools/stress-ng" "$work/tools/aneprobe"
printf 'finding,program,rests_on\na.held,a,time\nb.same,b,outputs\nc.idle,c,time\n' >"$work/findings.csv"
make_noise() { # VARIABLE=VALUE...
    env PATH="$work/tools:$PATH" TMPDIR="$work/tmp" ANEPROBE="$work/tools/aneprobe" FINDINGS="$work/findings.csv" SEEN="$work/seen" "$@" \
        sh "$noise" 3 "$work/noise.csv" cores
}

try make_noise STOPS=4
check 'stopped: exit 99' exits 99
check 'stopped: what was made is kept' test "$(cut -d, -f2,3 "$work/noise_runs.csv" | sed 1d | uniq | tr '\n' ' ')" = 'idle,1 cores,1 '
check 'stopped: no table of a part' absent "$work/noise.csv"
try make_noise COMMIT=def
check 'another commit: refused' exits 2
check 'another commit: why' says 'holds runs of commit abc, and this is def; move it away, or build that commit'
: >"$work/seen"
try make_noise
check 'continued: a verdict turned round: exit 1' exits 1
check 'continued: which' says 'beside cores, a.held came out against the idle machine in 1 of 3 runs'
check 'continued: an idle machine that was not' says 'c.idle is untrusted in every idle run'
check 'continued: only what was missing is made' test "$(tr '\n' ' ' <"$work/seen")" = '4 6 '
check 'the table: idle, one run of four' contains "$work/noise.csv" '^idle,a.held,1,reproduced,1,0,0,0,0$'
check 'the table: beside load' contains "$work/noise.csv" '^cores,a.held,3,reproduced,2,1,0,0,1$'
check 'the table: only claims on time' sh -c '! grep -q b.same "$1"' sh "$work/noise.csv"
: >"$work/seen"
try make_noise
check 'done: nothing is made again' test ! -s "$work/seen"
check 'done: the same table' contains "$work/noise.csv" '^cores,c.idle,3,inconclusive,0,0,3,0,0$'
check 'nothing is left behind' test -z "$(ls "$work/tmp")"
echo 'something else' >"$work/noise_runs.csv"
try make_noise
check 'a file of another form: refused' exits 2
end_checks
