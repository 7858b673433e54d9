#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: length.sh SOURCE
# The Markdown of a run of every experiment, with a verdict on every claim, fits into one comment on GitHub, which
# takes 65,536 characters. TAP.
set -u
LC_ALL=C
export LC_ALL
source=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-length-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"
. "$here/../tap.sh"
mkdir "$work/bin"
cat >"$work/bin/gnuplot" <<'SCRIPT'
#!/bin/sh
printf '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">\n</svg>\n' >"$4"
SCRIPT
chmod +x "$work/bin/gnuplot"
PATH=$work/bin:$PATH
export PATH

# A run directory from the claims: reasons and figures of the usual length.
cp -R "$here/whole/run" "$work/run"
rm -r "$work/run/samples"
claims=$source/results/findings.csv
experiments=$(sed 1d "$claims" | cut -d, -f2 | LC_ALL=C sort -u)
{
    echo experiment,field,text
    for experiment in $experiments; do
        echo "$experiment,question,\"What does this engine do when it is asked, and what does it cost to ask it again?\""
    done
} >"$work/run/experiments.csv"
{
    echo job,experiment,arm,block,limit_s
    for experiment in $experiments; do echo "$((job = ${job:-0} + 1)),$experiment,arm,0,120"; done
} >"$work/run/schedule.csv"
{
    echo job,experiment,arm,block,status,exit,signal,wall_ms,others_pct,disturbed
    sed 1d "$work/run/schedule.csv" | sed 's/,120$/,ok,0,,100,1,no/'
} >"$work/run/jobs.csv"
echo experiment,arm,metric,unit,n,n_unit,median,ci_low,ci_high,min,max,outliers >"$work/run/summary.csv"
sed -n 1p "$here/whole/run/looks.csv" >"$work/run/looks.csv"
{
    echo finding,verdict,measured,unit,ci_low,ci_high,n,n_unit,published,source,reason
    sed 1d "$claims" | cut -d, -f1 |
        awk '{ print $1 ",reproduced,1.234,us to the other,1.123,1.345,12,processes,,,the output of " NR " was that of the old weights in each of them" }'
} >"$work/run/verdicts.csv"
status=0
(cd "$source" && sh plots/report.sh "$work/run") >"$work/out" 2>"$work/err" </dev/null || status=$?
check 'the report is made' test "$status" -eq 0
complete() { # each claim has its row
    [ "$(grep -c '^| `' "$work/run/PROBE_RESULTS.md")" -ge "$(sed 1d "$claims" | wc -l)" ]
}
check 'every claim is in it' complete
short() { [ "$(wc -m <"$work/run/PROBE_RESULTS.md")" -le 65536 ]; }
check "it has 65,536 characters at most: $(wc -m <"$work/run/PROBE_RESULTS.md")" short
end_checks
