#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe audit`: every claim is there, what a run says is beside it, and the arithmetic uses the published
# file: it gives the numbers worked out by hand here, and others when the file is changed.
#     BUILD   the build directory
. "$(dirname "$0")/lib.sh"
use_real
source=$(cd "$(dirname "$0")/../../.." && pwd)
run=$source/harness/tests/report/runs/sim
terminal=$BUILD/harness/tests/cli/on_terminal
escape=$(printf '\033')

# cell ID COLUMN: of the row with that id in $work/out, as sqlite reads it.
cell() {
    sqlite3 :memory: ".import --csv $work/out audit" "SELECT $2 FROM audit WHERE id = '$1' LIMIT 1"
}
is() { [ "$(cell "$1" "$2")" = "$3" ]; }
rows() { sqlite3 :memory: ".import --csv $work/out audit" "SELECT count(*) FROM audit WHERE $1"; }

try "$ANEPROBE" audit --help
check 'help: exit 0' exits 0
check 'help: usage' prints '^usage: aneprobe audit'
try "$ANEPROBE" audit --cvs
check 'unknown option: exit 2' exits 2
check 'unknown option: named' says '--cvs'
try "$ANEPROBE" audit --format yaml
check 'unknown format: exit 2' exits 2
check 'unknown format: those there are' says 'text, markdown, csv, json or jsonl'
try "$ANEPROBE" audit --format
check 'no format: exit 2' exits 2
try "$ANEPROBE" audit a b
check 'two runs: exit 2' exits 2
cp -R "$run" "$work/--published"
(cd "$work" && "$ANEPROBE" audit -- --published >out 2>err && "$ANEPROBE" compare --out=compared -- --published >>out 2>>err)
check "what follows '--' is a run, whatever its name" test -s "$work/compared/COMPARE.md"
rm -r "$work/--published" "$work/compared"
try "$ANEPROBE" audit "$work/none"
check 'no such run: exit 2' exits 2
check 'no such run: named' says "$work/none"
mkdir "$work/unjudged"
try "$ANEPROBE" audit "$work/unjudged"
check 'no run in a directory: exit 2' exits 2
check 'no run in a directory: said' says 'unjudged is not a run directory'
echo key,value >"$work/unjudged/machine.csv"
try "$ANEPROBE" audit "$work/unjudged"
check 'a run not judged: exit 99' exits 99
check 'a run not judged: what to do' says 'verdicts.csv is missing.*aneprobe judge'

if [ -w /dev/full ]; then
    "$ANEPROBE" audit >/dev/full 2>"$work/err"
    status=$?
    check 'a full disk: exit 99' exits 99
    check 'a full disk: said' says '^audit: cannot write to standard output'
    "$ANEPROBE" audit --format csv >/dev/full 2>"$work/err"
    status=$?
    check 'a full disk, rows: exit 99' exits 99
    check 'a full disk, rows: said' says '^audit: cannot write to standard output'
fi
try "$ANEPROBE" audit --format csv
check 'no run: exit 0' exits 0
check 'no run: nothing on stderr' is_silent
findings=$(sqlite3 :memory: ".import --csv $source/results/findings.csv f" 'SELECT count(*) FROM f')
check 'every claim is there once' [ "$(rows "kind = 'claim'")" = "$findings" ]
check 'and no verdict' [ "$(rows "kind = 'claim' AND verdict <> ''")" = 0 ]
check 'methods are of claims that there are' [ "$(sqlite3 :memory: ".import --csv $source/results/methods.csv m" \
    ".import --csv $source/results/findings.csv f" 'SELECT count(*) FROM m WHERE finding NOT IN (SELECT finding FROM f)')" = 0 ]
check 'and named once each' [ "$(sqlite3 :memory: ".import --csv $source/results/methods.csv m" \
    'SELECT count(*) - count(DISTINCT finding) FROM m')" = 0 ]
check 'who says otherwise' is compile-limit.value rivals "$(sqlite3 :memory: \
    ".import --csv $source/results/findings.csv f" "SELECT rivals FROM f WHERE finding = 'compile-limit.value'")"

# By hand: 26.8 / 119; 100 x 55 / 55.54; 2 x 12 x (8 x 768 x 768 x 256 + 6 x 768 x 2048 x 256) + 12 x 2 x 12
# x 5 x 256 x 256 x 64 is 93.0 x 10^9, and that in 106.7 ms; 72 + 60; 100 x 7.5 / 38; 100 x (1 - 0.365 / 0.413).
check 'evals in a compile' is pr23-overlap-free here '0.2252 ms'
check 'evals in a compile are slower' is pr23-overlap-free verdict 'does not add up'
check 'share of compiling' is pr23-share-step here '99.03 %'
check 'TFLOPS sustained' is pr23-sustained here '0.8717 TFLOPS'
check 'TFLOPS sustained do not follow' is pr23-sustained verdict 'does not add up'
check 'the limit is its own counter' is pr23-limit here '132 programs'
check 'which adds up' is pr23-limit verdict 'adds up'
check 'utilisation of its own rating' is pr23-rating here '19.74 %'
check 'utilisation before' is pr23-before here '5.063 %'
check 'time saved' is path-reduction here '11.62 %'
check 'time saved was stated' is path-reduction published '13 %'
check 'one eval alone adds up' is pr23-eval verdict 'adds up'
check 'the sample log' is step-throughput here '1.628 TFLOPS'
check 'throughputs follow from latencies' [ "$(rows "id = 'throughput-latency' AND verdict = 'adds up'")" -ge 14 ]
check 'no check lacks its numbers' [ "$(rows "verdict = 'cannot be checked'")" = 0 ]

try "$ANEPROBE" audit "$run" --format csv
check 'a run: exit 0' exits 0
expected=$(sqlite3 :memory: ".import --csv $run/verdicts.csv v" "SELECT verdict FROM v WHERE finding = 'compile-limit.kind'")
check 'a run: its verdict' is compile-limit.kind verdict "$expected"
check 'a run: simulated, and says so' is compile-limit.kind way simulated
try "$ANEPROBE" audit "$run"
check 'text: says what it is about' prints 'It says nothing about any real Neural Engine'
check 'text: a table' prints '^│ compile-limit.kind:'
check 'text: no colour in a pipe' [ "$(grep -c "$escape" "$work/out")" -eq 0 ]
cp "$work/out" "$work/plain.txt"
# The same with colours, where people read it. A terminal ends lines with a carriage return as well.
colourless() { sed "s/$escape\[[0-9]*m//g" "$work/out" | tr -d '\r' | cmp -s - "$work/plain.txt"; }
try env -u NO_COLOR TERM=xterm "$terminal" 120 "$ANEPROBE" audit "$run"
check 'text on a terminal: exit 0' exits 0
check 'text on a terminal: a verdict in its colour' prints "│ $escape\[3[1-3]m$expected$escape\[0m"
check 'text on a terminal: arithmetic too' prints "│ $escape\[31mdoes not add up$escape\[0m: "
check 'text on a terminal: otherwise the same' colourless
try env NO_COLOR=1 TERM=xterm "$terminal" 120 "$ANEPROBE" audit "$run"
check 'text with NO_COLOR: none' [ "$(grep -c "$escape" "$work/out")" -eq 0 ]
try env -u NO_COLOR TERM=dumb "$terminal" 120 "$ANEPROBE" audit "$run"
check 'text with TERM=dumb: none' [ "$(grep -c "$escape" "$work/out")" -eq 0 ]
try "$ANEPROBE" audit "$run" --format markdown
check 'markdown: a row' prints "^| .compile-limit.kind. | .* | $expected"
check 'markdown: rows are whole' awk '{ line = $0; gsub(/\\\|/, "", line) }
    line ~ /^\|/ { cells = gsub(/\|/, "|", line); if (!width) width = cells; if (cells != width) exit 1; next } { width = 0 }' "$work/out"

# JSON: the same cells as the CSV.
try "$ANEPROBE" audit "$run" --format csv
n_rows=$(rows 1=1)
cp "$work/out" "$work/rows.csv"
try "$ANEPROBE" audit "$run" --format json
check 'json: exit 0' exits 0
check 'json: the cells of the CSV' [ "$(sqlite3 :memory: ".import --csv $work/rows.csv c" "SELECT count(*) FROM c JOIN json_each(CAST(readfile('$work/out') AS TEXT), '$.rows') r
    ON json_extract(r.value, '$.id') = c.id AND json_extract(r.value, '$.what') = c.what AND coalesce(json_extract(r.value, '$.reason'), '') = c.reason AND coalesce(json_extract(r.value, '$.published'), '') = c.published
    AND coalesce(json_extract(r.value, '$.source'), '') = c.source AND coalesce(json_extract(r.value, '$.here'), '') = c.here AND coalesce(json_extract(r.value, '$.how'), '') = c.how")" -ge "$n_rows" ]
try "$ANEPROBE" audit "$run" --format jsonl
check 'jsonl: each says its schema, device and commit' [ "$(grep -c '^{"schema":"aneprobe.audit","schema_version":2,.*"suite_commit":"[0-9a-f][^}]*"device":"sim:m4.sim"' "$work/out")" -ge "$findings" ]

# The answers follow the file: another number gives another answer; a missing number cannot be checked.
mkdir "$work/copy"
cp -R "$source/plots" "$source/results/findings.csv" "$source/results/methods.csv" "$work/copy"
mkdir "$work/copy/results"
mv "$work/copy/findings.csv" "$work/copy/methods.csv" "$work/copy/results"
copy() { sed "$1" "$source/results/published.csv" >"$work/copy/results/published.csv"; }
copy 's/,foreground_evals_during_compile,119,/,foreground_evals_during_compile,142,/'
try env ANEPROBE_SOURCE="$work/copy" "$ANEPROBE" audit --format csv
check 'another number: another answer' is pr23-overlap-free verdict 'adds up'
copy '/,foreground_evals_during_compile,119,/d'
try env ANEPROBE_SOURCE="$work/copy" "$ANEPROBE" audit --format csv
check 'a number that is gone: said' is pr23-overlap-free verdict 'cannot be checked'
copy 's/^maderix\/ANE#23,2026-03-03,M4,macOS 26.3,inmem_peak,96x conv 512ch sp64,throughput,7.5,/maderix\/ANE#23,2026-03-03,M4,macOS 26.3,inmem_peak,96x conv 512ch sp64,throughput,9.5,/'
try env ANEPROBE_SOURCE="$work/copy" "$ANEPROBE" audit --format csv
check 'a throughput that is off: found' [ "$(rows "id = 'throughput-latency' AND source = 'maderix/ANE#23' AND verdict = 'does not add up' AND how LIKE '%96x conv%'")" = 1 ]
copy '3s/,[^,]*,[^,]*,[^,]*$//'
try env ANEPROBE_SOURCE="$work/copy" "$ANEPROBE" audit --format csv
check 'a short row: exit 99' exits 99
check 'a short row: which file' says 'published.csv does not read'
end_checks
