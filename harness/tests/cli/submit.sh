#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs packed by 'submit' and filed by 'add'; and files that are damaged, forged or name somebody.
. "$(dirname "$0")/lib.sh"
use_programs steady second
results=$ANEPROBE_SOURCE/results
stamp=20260102T030405Z-0123456789ab
run=$work/$stamp
cd "$work" || exit 99
try "$ANEPROBE" run --out "$run" --seed 5
check 'there is a run' exits 0

# pack DIR OUT: packs a run like 'submit', without its checks, with the system's tools: files and their
# SHA256SUMS in a folder. `as` names the folder, `odd` an additional file, `sums` a command that changes the
# digests.
sha256() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
files='machine.csv settings.csv experiments.csv schedule.csv jobs.csv summary.csv verdicts.csv samples/second.csv samples/steady.csv'
as=$stamp odd='' sums=cat
unpacked() {
    rm -rf folder && mkdir -p "folder/$as/samples" || return 1
    for file in $files; do cp "$1/$file" "folder/$as/$file"; done
    # shellcheck disable=SC2086 # several words
    (cd "folder/$as" && sha256 $files) | $sums >"folder/$as/SHA256SUMS"
    [ -z "$odd" ] || { mkdir -p "folder/$as/$(dirname -- "$odd")" && cp "$1/schedule.csv" "folder/$as/$odd"; }
}
pack() { unpacked "$1" && tar -cf "$2.tar" -C folder "$as" && gzip -9nc "$2.tar" >"$2"; }
# Changes line ends like a transfer in text mode.
translated() { sed "s/\$/$(printf '\r')/" "$1"; }
copy() { rm -rf copy && cp -R "$run" copy; }
# refuses WHAT WORDS: the file bad.gz is refused with one message, and nothing of it is left.
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
check 'submit: the file is named' prints "^fake-chip-$stamp.tar.gz\$"
made=fake-chip-$stamp.tar.gz
check 'submit: nothing but the file is made' eval '[ -z "$(ls -A | grep -v "^\(out\|err\|source\|aneprobe-run.*\|experiments.csv\|steady\|second\|$stamp\|$made\)$")" ]'
try "$ANEPROBE" submit "$run" --out again.tar.gz
check 'submit: the same bytes again' same again.tar.gz "$made"
mkdir theirs && gunzip -c "$made" | tar -xf - -C theirs
pack "$run" ours.tar.gz
check 'submit: tar and gzip read it, and it is as documented' diff -r theirs folder
check 'submit: sha256sum checks it' eval '(cd "theirs/$stamp" && sha256 -c SHA256SUMS >/dev/null)'

echo '# what is refused'
cp "$run/schedule.csv" bad.gz
refuses 'no archive' 'bad.gz: not a submission, or damaged (.*; .aneprobe submit RUN. makes one'
gzip -9nc "$run/schedule.csv" >bad.gz
refuses 'gzip of something else' 'bad.gz: not a submission'
: >bad.gz
refuses 'an empty file' 'bad.gz: not a submission'
head -c 700 "$made" >bad.gz
refuses 'cut off' 'bad.gz: \(cut off\|not a submission, or\) .*damaged'
{ head -c 400 "$made" && printf 'XXXX' && tail -c +405 "$made"; } >bad.gz
refuses 'damaged' 'bad.gz: .*damaged'
head -c 300000000 /dev/zero >big && tar -cf - "$stamp/jobs" big 2>/dev/null | gzip -1 >bad.gz && rm big
refuses 'a run directory with a bomb beside it' "not a file of a submission\|not in one folder"
mkdir bomb && head -c 300000000 /dev/zero >bomb/schedule.csv && tar -cf - bomb | gzip -1 >bad.gz && rm -r bomb
refuses 'a bomb' 'more than the 268435456 bytes of a submission'
as=../run unpacked "$run" && tar -P -cf - -C folder ../run 2>/dev/null | gzip >bad.gz
refuses 'a run of another place' "'../run.*' is not in one folder with a run's name"
rm -rf run
as=-x unpacked "$run" && tar -cf - -C folder -- -x | gzip >bad.gz
refuses 'a name that is an option to others' "'-x.*' is not in one folder with a run's name"
(cd "theirs/$stamp" && tar -cf - ./*) | gzip >bad.gz
refuses 'files without a folder' "is not in one folder with a run's name"
for odd in extra.csv samples/a/b.csv samples/.x/y.csv samples/UP.csv; do
    pack "$run" bad.gz
    refuses "a file $odd" "bad.gz: '$odd' is not a file of a submission"
done
odd=
unpacked "$run" && rm "folder/$stamp/schedule.csv" && ln -s /etc/passwd "folder/$stamp/schedule.csv" && tar -cf - -C folder "$stamp" | gzip >bad.gz
refuses 'a link in place of a file' "'schedule.csv' is not a regular file"
unpacked "$run" && tar -cf - -C folder "$stamp" "$stamp/schedule.csv" --hard-dereference 2>/dev/null | gzip >bad.gz
[ -s bad.gz ] && refuses 'a file twice' "'schedule.csv' \(occurs twice\|is not a regular file\)"
unpacked "$run" && mkdir "folder/other" && cp "$run/schedule.csv" folder/other && tar -cf - -C folder "$stamp" other | gzip >bad.gz
refuses 'two folders' "'other/schedule.csv' is not in one folder"
unpacked "$run" && rm "folder/$stamp/jobs.csv" && tar -cf - -C folder "$stamp" | gzip >bad.gz
refuses 'a file is left out' 'bad.gz: jobs.csv is not in it'
unpacked "$run" && rm "folder/$stamp/SHA256SUMS" && tar -cf - -C folder "$stamp" | gzip >bad.gz
refuses 'no digests' 'bad.gz: SHA256SUMS is not in it: not a submission'
sums='sed s/^./x/'
pack "$run" bad.gz
refuses 'other digests' 'machine.csv does not have the SHA-256 it was submitted with: it was damaged'
sums='sed p'
pack "$run" bad.gz
refuses 'more digests than files' 'SHA256SUMS lists missing files'
sums=cat
unpacked "$run" && sed 's/^key,value$/key,valve/' "$run/machine.csv" >"folder/$stamp/machine.csv" && tar -cf - -C folder "$stamp" | gzip >bad.gz
refuses 'a changed byte' 'machine.csv does not have the SHA-256'
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
awk -F, 'BEGIN { OFS = "," } NR > 1 && $6 != "" { $6 = $6 * 1.001 } { print }' "$run/verdicts.csv" >copy/verdicts.csv
pack copy bad.gz
refuses 'an interval that is off by a thousandth' "verdicts.csv:[0-9]*: column 'ci_high': .*its samples give"
copy
sed '$d' "$run/samples/steady.csv" >copy/samples/steady.csv
pack copy bad.gz
refuses 'the last row of a trial left out' 'job [0-9]* of steady succeeded, but its samples are missing'
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
cp ours.tar.gz bad.gz
refuses 'a program that this build lacks' 'second: this build has no such experiment to judge it'
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
keeps 'a run that was stopped' 'has rows that belong to no trial\|is not complete'
copy
sed '2s/,ok,/,failed,/' "$run/samples/steady.csv" >copy/samples/steady.csv
keeps 'changed samples' 'steady.csv differs from what copy/jobs/0.*holds: one of them was changed'
copy
echo '1,0,cpu:cores=1,measured,one,0,1,ok,' >>copy/samples/steady.csv
keeps 'added samples' 'steady.csv has rows that belong to no trial'
copy
rm -r copy/jobs
keeps 'a run without its trials' 'copy/jobs is missing: submit the run where it was made'
copy
sed '2s/reproduced/contradicted/2' "$run/verdicts.csv" >copy/verdicts.csv
keeps 'a changed verdict' "copy: verdicts.csv:2: .*its samples give 'reproduced'"
copy
rm copy/summary.csv
keeps 'a run that was not judged' 'copy/summary.csv is missing'
# A machine with its own host name, if one can be set.
on_host() { "$@"; }
host=$(uname -n | sed 's/[.].*//')
if unshare --uts hostname somebodys 2>/dev/null; then
    host=somebodys
    on_host() { unshare --uts sh -c 'hostname somebodys && exec "$@"' sh "$@"; }
fi
# named WORD: the run `copy` with that word in it is submitted.
named() {
    copy
    echo "note,on $1 here" >>copy/machine.csv
    try on_host "$ANEPROBE" submit copy --out kept.gz
}
if [ "$host" != localhost ] && [ "${#host}" -gt 2 ]; then
    named "$host"
    check 'the name of this host: exit 99' exits 99
    check 'the name of this host: why' says "copy: machine.csv:[0-9]*: '$host' is the name of this host"
    check 'the name of this host: no file' absent kept.gz
    for word in "x$host" "${host}x"; do
        named "$word"
        check "within another word, $word: exit 0" exits 0
        rm -f kept.gz
    done
else
    skip 'the name of this host' "$host is nobody's"
fi
copy
echo "note,$work/somewhere" >>copy/machine.csv
HOME=$work
export HOME
keeps 'the path of a home' 'copy: machine.csv:[0-9]*: .* is the path of your home; remove it there'
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
check 'twice: said' says 'already exists'
check 'twice: the first stays' same "$filed/verdicts.csv" "$run/verdicts.csv"

echo '# what browsers, mail and people make of it'
# takes WHAT PATH: it is filed unchanged.
takes() {
    rm -rf "$filed"
    try "$ANEPROBE" add "$2"
    check "$1: exit 0" exits 0
    for file in $files; do same "$filed/$file" "$run/$file" || break; done
    check "$1: files as they were" same "$filed/$file" "$run/$file"
}
gunzip -c "$made" >browser.tar
takes 'the .tar' browser.tar
cp browser.tar browser.tar.gz
takes 'the .tar by the name of a .tar.gz' browser.tar.gz
takes 'the unpacked folder' "theirs/$stamp"
takes 'the unpacked folder, with a slash' "theirs/$stamp/"
mkdir -p "theirs/$stamp/samples" && echo x >"theirs/$stamp/.DS_Store" && echo x >"theirs/$stamp/samples/._steady.csv"
takes 'with what the Finder adds' "theirs/$stamp"
(cd theirs && tar -cf - "./$stamp") | gzip >packed-again.tgz
takes 'packed again' packed-again.tgz
{ cat "$made" && echo; } >newline.tar.gz
takes 'with a newline more' newline.tar.gz
{ cat browser.tar && echo; } >newline.tar
takes 'the .tar with a newline more' newline.tar
for file in $files SHA256SUMS; do translated "theirs/$stamp/$file" >"theirs/$stamp/$file.new" && mv "theirs/$stamp/$file.new" "theirs/$stamp/$file"; done
takes 'the folder with CR LF' "theirs/$stamp"
cp -R "$filed" "theirs/copy of run" 2>/dev/null
try "$ANEPROBE" add "theirs/copy of run"
check 'a run directory: exit 99' exits 99
check 'a run directory: what it is' says 'theirs/copy of run: .*it has no SHA256SUMS; .aneprobe submit RUN. packs a run'
mv "theirs/$stamp" "theirs/a copy"
try "$ANEPROBE" add "theirs/a copy"
check 'a folder of another name: exit 99' exits 99
check 'a folder of another name: said' says "is not in one folder with a run's name (letters, digits"
rm -rf theirs
# Bytes are not text: changing a .tar needs a sed that accepts NUL.
if translated browser.tar 2>/dev/null >crlf.tar && [ "$(wc -c <crlf.tar)" -gt "$(wc -c <browser.tar)" ]; then
    takes 'the .tar with CR LF' crlf.tar
    # with fewer LFs than that in its bytes, CR LF may be chance
    if [ "$(tr -cd '\n' <"$made" | wc -c)" -ge 4 ]; then
        translated "$made" >crlf.tar.gz
        takes 'the .tar.gz with CR LF' crlf.tar.gz
    else
        skip 'the .tar.gz with CR LF' 'its bytes hold fewer than 4 LFs'
    fi
else
    skip 'the .tar with CR LF' 'no sed that takes NUL'
fi
rm -rf "$filed" && try "$ANEPROBE" add "$made"

# Judged on another processor: the last digits differ.
copy
awk -F, 'BEGIN { OFS = "," } NR > 1 && $6 != "" { $6 = sprintf("%.9f", $6 + 1e-8) } { print }' "$run/verdicts.csv" >copy/verdicts.csv
as=20270102T030405Z-0123456789ab
pack copy rounded.gz
as=$stamp
check 'other last digits: they are other' eval '! cmp -s copy/verdicts.csv "$run/verdicts.csv"'
try "$ANEPROBE" add rounded.gz
check 'other last digits: exit 0' exits 0
check 'other last digits: what is filed follows from the samples here' same "$results/fake-chip/20270102T030405Z-0123456789ab/verdicts.csv" "$run/verdicts.csv"
copy
make_older copy
try "$ANEPROBE" submit copy --out older.tar.gz
check 'an older run: exit 0' exits 0
try "$ANEPROBE" add older.tar.gz
check 'an older run: it is filed' prints '^run: '
older=$(sed -n 's/^run: //p' out)
check 'an older run: its file stays' same "$older/programs.csv" copy/programs.csv
check 'an older run: no file of the new name' absent "$older/experiments.csv"
check 'an older run: the verdicts' same "$older/verdicts.csv" "$run/verdicts.csv"
check 'an older run: the summary of this version' same "$older/summary.csv" "$run/summary.csv"
cp "$run/experiments.csv" copy/experiments.csv
files="$files programs.csv"
pack copy bad.gz
files=${files% *}
try "$ANEPROBE" add bad.gz
check 'both names: refused' says "'\(programs\|experiments\).csv' is not a file of a submission"
mv "$run" elsewhere
try "$ANEPROBE" submit elsewhere
check 'a run by another name: it has one of what it holds' prints '^fake-chip-run-[0-9a-f]\{12\}.tar.gz$'
end_checks
