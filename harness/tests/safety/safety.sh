#!/bin/sh
# SPDX-License-Identifier: MIT
# An attacker gains nothing by links where files are to be written, names that a shell would act on, programs in
# PATH, or a run directory of their own. And what a run says about its machine.
#     ANEPROBE, FAKES, SIMS, SOURCE  as for harness/tests/faults
#     BUILD                            the build folder
. "$(dirname "$0")/../cli/lib.sh"
use_real
TMPDIR=$work/tmp HOME=$work/home/zaphod USER=zaphod LOGNAME=zaphod
export TMPDIR HOME USER LOGNAME
mkdir -p "$TMPDIR" "$HOME" "$work/runs" "$work/here"
cd "$work/here" || exit 99
probe=chaining_loopback
sim=sim:$SIMS/chain-works.sim
shape=layers=1,dim=32,hidden=48,heads=2,kv_heads=1,seq=16,vocab=128
marker=$work/marker
unmarked() { [ ! -e "$marker" ]; }
run() { try "$ANEPROBE" run --quick --seed 3 "$@" $probe; }
train() { try "$ANEPROBE" train --shape $shape --accum 2 --steps 4 "$@"; }
places() { find "$HOME" "$TMPDIR" "$work/here" "$work/runs" -mindepth 1 | LC_ALL=C sort; }

# ---- nothing outside the run directory and the suite's own directory in TMPDIR
places >"$work/before"
run --out "$work/runs/sim" --device "$sim"
check 'a run on a simulated engine: exit code' exits 0
try "$ANEPROBE" run --out "$work/runs/cpu" --quick --seed 3 --device cpu ping_pong
check 'a run on cpu: exit code' exits 0
train --out "$work/runs/train" --device cpu --export "$work/runs/train/model.bin"
check 'a training on cpu: exit code' exits 0
try "$ANEPROBE" judge "$work/runs/sim"
try "$ANEPROBE" report "$work/runs/sim"
places | grep -v -e "^$work/runs/sim" -e "^$work/runs/cpu" -e "^$work/runs/train" \
    -e "^$TMPDIR/aneprobe-[0-9]*\$" -e "^$TMPDIR/aneprobe-[0-9]*/lock\$" >"$work/after"
check 'nothing is written elsewhere' same "$work/before" "$work/after"

# ---- what a run says of where it ran
says_not() { # WHAT TEXT
    [ -n "$2" ] && [ "${#2}" -ge 4 ] || return 0
    ! grep -r -l -F -i -e "$2" "$work/runs" >"$work/out"
}
check 'no home' says_not home "$HOME"
check 'no user' says_not user zaphod
check 'no host' says_not host "$(uname -n)"
for file in /etc/machine-id /sys/class/dmi/id/product_serial /sys/class/dmi/id/product_uuid /sys/class/net/*/address; do
    case $file in */lo/*) continue ;; esac
    if [ -r "$file" ]; then check "not what $file holds" says_not "$file" "$(head -n 1 "$file" 2>/dev/null)"; fi
done

# ---- links in the way
echo precious >"$work/precious"
is_precious() { [ "$(cat "$work/precious")" = precious ]; }
linked() { # FILE: a link to what is precious, in a copy of the run
    rm -rf "$work/runs/linked"
    cp -R "$work/runs/sim" "$work/runs/linked"
    rm -rf "${work:?}/runs/linked/$1"
    ln -s "$2" "$work/runs/linked/$1"
}
for file in summary.csv verdicts.csv summary.csv.tmp verdicts.csv.tmp lock PROBE_RESULTS.md PROBE_RESULTS.html $probe.svg; do
    linked "$file" "$work/precious"
    try "$ANEPROBE" judge "$work/runs/linked"
    try "$ANEPROBE" report "$work/runs/linked"
    check "judge and report: not through a link at $file" is_precious
done
for file in jobs.csv jobs.csv.tmp machine.csv.tmp samples/$probe.csv samples/$probe.csv.tmp; do
    linked "$file" "$work/precious"
    # a job that is to run again
    [ "$file" = jobs.csv ] || sed '$d' "$work/runs/sim/jobs.csv" >"$work/runs/linked/jobs.csv"
    try "$ANEPROBE" run --resume "$work/runs/linked"
    check "resume: not through a link at $file" is_precious
done
mkdir "$work/elsewhere"
for file in jobs samples; do
    linked $file "$work/elsewhere"
    sed '$d' "$work/runs/sim/jobs.csv" >"$work/runs/linked/jobs.csv"
    try "$ANEPROBE" run --resume "$work/runs/linked"
    try "$ANEPROBE" judge "$work/runs/linked"
    check "not into a linked $file" test -z "$(ls -A "$work/elsewhere")"
done
for file in steps.csv updates.csv settings.csv.tmp checkpoint.tmp lock; do
    rm -rf "$work/runs/linked"
    mkdir "$work/runs/linked"
    ln -s "$work/precious" "$work/runs/linked/$file"
    train --out "$work/runs/linked" --device "$sim" --checkpoint-every 1
    check "train: not through a link at $file" is_precious
done
uid=$(id -u)
rm -rf "$TMPDIR/aneprobe-$uid"
ln -s "$work/elsewhere" "$TMPDIR/aneprobe-$uid"
try "$ANEPROBE" run --out "$work/runs/hijacked" --quick --device cpu ping_pong
check 'a link in TMPDIR: refused' test "$status" -ne 0
check 'a link in TMPDIR: said' says "aneprobe-$uid is not a trusted directory"
check 'a link in TMPDIR: nothing goes there' test -z "$(ls -A "$work/elsewhere")"
rm "$TMPDIR/aneprobe-$uid"

# ---- names that a shell would act on
n=0
# shellcheck disable=SC2016 # as they are
for name in "two words, a'quote and a\"nother" '$(touch marker)`touch marker`' '-rf;touch marker|*\'; do
    n=$((n + 1))
    out="$work/runs/$name"
    cp "$SIMS/chain-works.sim" "./$name.sim"
    run --out "$out" --device "sim:./$name.sim"
    check "--out and --device $name: exit code" exits 0
    check "$name: a report" test -s "$out/PROBE_RESULTS.md"
    check "$name: nothing is run" test ! -e marker -a ! -e "$out/marker" -a ! -e "$marker"
    cp "$SOURCE/results/findings.csv" "./$name.csv"
    try "$BUILD/probes/$probe" --judge "$out/samples/$probe.csv" --findings "./$name.csv"
    sed -n '/^finding,verdict,/,$p' "$work/out" >"./$name.verdicts"
    check "--findings $name: the same verdicts" same "./$name.verdicts" "$work/runs/sim/verdicts.csv"
done

# ---- a run directory from somebody else
quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/"/""/g')"; }
for text in '$(touch '"$marker"')`touch '"$marker"'`' "'; .shell touch $marker; --" "'); ATTACH '$marker' AS x; --" \
    '"; system(\"touch '"$marker"'\"); "' '<script>alert(1)</script>'; do
    rm -rf "$work/runs/hostile"
    cp -R "$work/runs/sim" "$work/runs/hostile"
    export TEXT="$(quoted "$text")"
    # values that are read as text, then names of programs
    awk -F, '$1 == "chip" { print $1 "," ENVIRON["TEXT"]; next } { print }' "$work/runs/sim/machine.csv" >"$work/runs/hostile/machine.csv"
    awk -F, '$2 == "question" { print $1 "," $2 "," ENVIRON["TEXT"]; next } { print }' "$work/runs/sim/experiments.csv" >"$work/runs/hostile/experiments.csv"
    try "$ANEPROBE" report "$work/runs/hostile"
    check "a chip and a question of $text: nothing is run" unmarked
    check "a chip and a question of $text: no script in the page" sh -c '! cat "$1"/PROBE_RESULTS.* | grep "<script>alert"' sh "$work/runs/hostile"
    awk -F, -v OFS=, 'NR > 1 { $1 = ENVIRON["TEXT"] } { print }' "$work/runs/sim/experiments.csv" >"$work/runs/hostile/experiments.csv"
    awk -F, -v OFS=, 'NR > 1 { $2 = ENVIRON["TEXT"] } { print }' "$work/runs/sim/schedule.csv" >"$work/runs/hostile/schedule.csv"
    for command in judge report; do try "$ANEPROBE" $command "$work/runs/hostile"; done
    check "a program named $text: nothing is run" unmarked
done

# ---- programs in PATH: the compiler, sqlite3 and gnuplot are those of the user's PATH, by design; the
# suite's own programs and the shell are not looked up there, and '.' in it means nothing.
mkdir "$work/bin"
for name in aneprobe aneprobe-devices aneprobe-train aneprobe-mil $probe sh report.sh; do
    printf '#!/bin/sh\ntouch "%s"\nexit 1\n' "$marker" >"$work/bin/$name"
    chmod +x "$work/bin/$name"
done
path=$PATH
PATH=$work/bin:$path
run --out "$work/runs/path" --device "$sim"
check "programs of the suite's names in PATH: exit code" exits 0
check "programs of the suite's names in PATH: not run" unmarked
PATH=$path
rm -rf "$work/runs/dot"
cp -R "$work/runs/sim" "$work/runs/dot"
for name in sqlite3 gnuplot awk cp mv cat rm mktemp cc; do
    printf '#!/bin/sh\n/usr/bin/touch "%s"\nexit 1\n' "$marker" >"$work/runs/dot/$name"
    chmod +x "$work/runs/dot/$name"
done
for path_of in ".:$path" ":$path" "$path:."; do
    PATH=$path_of
    try "$ANEPROBE" report "$work/runs/dot"
    PATH=$path
    check "a run directory with programs, PATH $(echo "$path_of" | sed "s|$path|...|"): exit code" exits 0
    check 'a run directory with programs: not run' unmarked
done

# ---- a MIL file from somebody else
for text in 'program(1.0)' 'program(1.3) { func main<ios18>(tensor<fp16, [1, 2147483647, 65535, 65535]> x) { } -> (x); }' \
    "$(printf 'program(1.3)\n[buildInfo = dict<string, string>({{\"a\", \"%s\"}})]\n{ func main<ios18>(tensor<fp16, [1, 1, 1, 1]> x) { tensor<fp16, [1, 1, 1, 1]> w = const()[name = string(\"w\"), val = tensor<fp16, [1, 1, 1, 1]>(BLOBFILE(path = string(\"@model_path/../../../../../../etc/passwd\"), offset = uint64(64)))]; } -> (x); }' '$(touch marker)')"; do
    n=$((n + 1))
    printf '%s\n' "$text" >"hostile-$n.mil"
    try "$ANEPROBE" mil "hostile-$n.mil"
    check "a hostile MIL file: no crash ($n)" test "$status" -lt 126
    check "a hostile MIL file: nothing of other files is shown ($n)" sh -c '! grep -q root: "$1" "$2"' sh "$work/out" "$work/err"
done
check 'nothing was run by any of these' unmarked
end_checks
