#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs handed on as one file and taken in; and what is damaged, forged or names somebody.
. "$(dirname "$0")/lib.sh"
use_programs steady second
results=$ANEPROBE_SOURCE/results
stamp=20260102T030405Z-0123456789ab
run=$work/$stamp
cd "$work" || exit 99
try "$ANEPROBE" run --out "$run" --seed 5
check 'there is a run' exits 0

# pack DIR OUT [VARIABLE=VALUE]: what 'submit' makes of a run, without its checks. Variables change what is written.
sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }
files='machine.csv settings.csv programs.csv plan.csv jobs.csv summary.csv verdicts.csv samples/second.csv samples/steady.csv'
pack() (
    version=1 as_run=$stamp as='' bytes='' more=''
    [ $# -lt 3 ] || eval "${3%%=*}=\${3#*=}"
    {
        printf 'aneprobe submission %s\nrun %s\nfile,bytes,sha256\n' "$version" "$as_run"
        for file in $files; do
            printf '%s,%s,%s\n' "${as:-$file}" "${bytes:-$(wc -c <"$1/$file" | tr -d ' ')}" "$(sha256 "$1/$file")"
        done
        echo
        for file in $files; do cat "$1/$file"; done
        printf %s "$more"
    } >"$2.text"
    gzip -9nc "$2.text" >"$2"
)
copy() { rm -rf copy && cp -R "$run" copy; }
# refuses WHAT WORDS: the file bad.gz, with one message, and nothing of it is left.
refuses() {
    try "$ANEPROBE" add bad.gz
    check "$1: exit 99" exits 99
    check "$1: why" says "$2"
    check "$1: one message" eval '[ "$(wc -l <err)" -eq 1 ]'
    check "$1: nothing is filed" eval '[ "$(ls -A "$results")" = findings.csv ]'
}

echo '# there and back'
try "$ANEPROBE" submit "$run"
check 'submit: exit 0' exits 0
check 'submit: the file is named' prints "^fake-chip-$stamp.aneprobe.gz\$"
made=fake-chip-$stamp.aneprobe.gz
check 'submit: nothing but the file is made' eval '[ -z "$(ls -A | grep -v "^\(out\|err\|source\|programs.csv\|steady\|second\|$stamp\|$made\)$")" ]'
try "$ANEPROBE" submit "$run" --out again.gz
check 'submit: the same bytes again' same again.gz "$made"
gunzip -c "$made" >made.text
pack "$run" packed.gz
check 'submit: the text is as documented' same made.text packed.gz.text

echo '# what is refused'
cp "$run/plan.csv" bad.gz
refuses 'no gzip' 'bad.gz is no submission; .aneprobe submit RUN. makes one'
gzip -9nc "$run/plan.csv" >bad.gz
refuses 'gzip of something else' 'is no submission'
head -c 700 "$made" >bad.gz
refuses 'cut off' 'bad.gz: gzip failed: unexpected end of file; have it sent again'
{ head -c 400 "$made" && printf 'XXXX' && tail -c +405 "$made"; } >bad.gz
refuses 'damaged' 'bad.gz: gzip failed'
head -c 300000000 /dev/zero | gzip -1 >bad.gz
refuses 'a bomb' 'unpacks to more than 268435456 bytes'
pack "$run" bad.gz version=2
refuses 'another version' 'of another version'
pack "$run" bad.gz as_run=../../run
refuses 'a run of another place' "line 2 is not 'run' and a directory's name"
pack "$run" bad.gz as=../machine.csv
refuses 'a file ../machine.csv' 'bad.gz (list of files):2: .*file.: machine.csv belongs here'
for odd in ../plan.csv /etc/passwd samples/../../x.csv samples/a/b.csv link samples/.csv; do
    sed "s|^samples/steady.csv,|$odd,|" packed.gz.text | gzip -9nc >bad.gz
    refuses "a file $odd in place of samples" 'bad.gz (list of files):10: .* is no file of a run'
done
sed 's|^samples/steady.csv,|samples/second.csv,|' packed.gz.text | gzip -9nc >bad.gz
refuses 'a file twice' "'samples/second.csv' is there twice or out of order"
pack "$run" bad.gz bytes=9999999999
refuses 'a size beyond all bounds' 'must be a whole number up to'
pack "$run" bad.gz bytes=1e5
refuses 'a size beyond the end' 'of its 100000 bytes are there: it was cut off'
pack "$run" bad.gz more=x
refuses 'bytes after the end' '1 bytes follow the last file'
sed 's/^key,value$/key,valve/' packed.gz.text | gzip -9nc >bad.gz
refuses 'a changed byte' 'machine.csv has another SHA-256: it was damaged or changed'
files="$files samples/third.csv"
cp "$run/samples/steady.csv" "$run/samples/third.csv"
pack "$run" bad.gz
rm "$run/samples/third.csv"
refuses 'samples that no trial made' 'bad.gz: samples/third.csv:2: .*is one of s'
files=${files% *}

echo '# what is forged: whole, with the right digests'
copy
sed '2s/reproduced/contradicted/2' "$run/verdicts.csv" >copy/verdicts.csv
pack copy bad.gz
refuses 'a verdict' "bad.gz: verdicts.csv:2: column 'verdict': 'contradicted'; its samples give 'reproduced'"
copy
sed '$d' "$run/verdicts.csv" >copy/verdicts.csv
pack copy bad.gz
refuses 'a verdict left out' 'verdicts.csv:1: .* rows of 11 columns; its samples give'
copy
awk -F, 'BEGIN { OFS = "," } NR == 2 { $5 = $5 + 1 } { print }' "$run/summary.csv" >copy/summary.csv
pack copy bad.gz
refuses 'a median' "summary.csv:2: column 'n'"
copy
sed 's/^device,.*/device,ane/' "$run/machine.csv" >copy/machine.csv
pack copy bad.gz
refuses 'another device' "samples/second.csv:2: column 'device': 'cpu:cores=1', and machine.csv has 'ane'"
copy
sed 3d "$run/samples/steady.csv" >copy/samples/steady.csv
pack copy bad.gz
refuses 'a sample left out' 'samples/steady.csv:3: .*ends here after 1 rows: some were lost or added'
copy
sed '$d' "$run/jobs.csv" >copy/jobs.csv
pack copy bad.gz
refuses 'a trial left out' 'bad.gz is not complete: 23 of 24 trials'
copy
sed 's|^chip,.*|chip,/Users/jo/chip|' "$run/machine.csv" >copy/machine.csv
pack copy bad.gz
refuses 'a path into a home' "bad.gz: machine.csv:2: '/Users/' is a path into somebody's home"
use_programs steady
cp packed.gz bad.gz
refuses 'a program that this build lacks' 'second: this build has no such program to judge it'
use_programs steady second

echo '# what is not handed on'
# keeps WHAT WORDS: the run `copy`.
keeps() {
    try "$ANEPROBE" submit copy --out kept.gz
    check "$1: exit 99" exits 99
    check "$1: why" says "$2"
    check "$1: no file" absent kept.gz
}
copy
sed '$d' "$run/jobs.csv" >copy/jobs.csv
keeps 'a run that was stopped' 'has rows of no trial\|is not complete'
copy
sed '2s/,ok,/,failed,/' "$run/samples/steady.csv" >copy/samples/steady.csv
keeps 'changed samples' 'steady.csv is not what copy/jobs/0.*holds: one of them was changed'
copy
echo '1,0,cpu:cores=1,measured,one,0,1,ok,' >>copy/samples/steady.csv
keeps 'added samples' 'steady.csv has rows of no trial'
copy
rm -r copy/jobs
keeps 'a run without its trials' 'copy/jobs is not there: a run is submitted where it was made'
copy
sed '2s/reproduced/contradicted/2' "$run/verdicts.csv" >copy/verdicts.csv
keeps 'a changed verdict' "copy: verdicts.csv:2: .*its samples give 'reproduced'"
copy
rm copy/summary.csv
keeps 'a run that was not judged' 'copy/summary.csv is not there'
copy
host=$(uname -n | sed 's/[.].*//')
echo "note,on $host here" >>copy/machine.csv
if [ "$host" != localhost ] && [ "${#host}" -gt 2 ]; then keeps 'the name of this host' 'copy: machine.csv:[0-9]*: .* is the name of this host'; fi
copy
echo "note,$work/somewhere" >>copy/machine.csv
HOME=$work
export HOME
keeps 'the path of a home' 'copy: machine.csv:[0-9]*: .* is the path of your home; take it out there'
try "$ANEPROBE" submit
check 'submit without a run: exit 2' exits 2
try "$ANEPROBE" add none.gz
check 'no such file: exit 2' exits 2
check 'no such file: said' says 'none.gz: no such file'
check 'no such file: nothing is left' eval '[ "$(ls -A "$results")" = findings.csv ]'

echo '# filed'
try "$ANEPROBE" add "$made"
filed=$results/fake-chip/$stamp
check 'add: exit 0' exits 0
check 'add: where' prints "^run: $filed\$"
for file in $files; do check "add: $file as it was" same "$filed/$file" "$run/$file"; done
check 'add: a report' test -s "$filed/PROBE_RESULTS.md"
check 'add: nothing else is left' eval '[ "$(ls -A "$results" | tr "\n" " ")" = "fake-chip findings.csv " ]'
try "$ANEPROBE" add "$made"
check 'twice: exit 2' exits 2
check 'twice: said' says 'is there already'
check 'twice: the first stays' same "$filed/verdicts.csv" "$run/verdicts.csv"
# Judged on another processor: the last digits differ.
copy
awk -F, 'BEGIN { OFS = "," } NR > 1 && $6 != "" { $6 = sprintf("%.9f", $6 + 1e-8) } { print }' "$run/verdicts.csv" >copy/verdicts.csv
pack copy rounded.gz as_run=20270102T030405Z-0123456789ab
check 'other last digits: they are other' eval '! cmp -s copy/verdicts.csv "$run/verdicts.csv"'
try "$ANEPROBE" add rounded.gz
check 'other last digits: exit 0' exits 0
check 'other last digits: what is filed follows from the samples here' same "$results/fake-chip/20270102T030405Z-0123456789ab/verdicts.csv" "$run/verdicts.csv"
mv "$run" elsewhere
try "$ANEPROBE" submit elsewhere
check 'a run by another name: it has one of what it holds' prints '^fake-chip-run-[0-9a-f]\{12\}.aneprobe.gz$'
end_checks
