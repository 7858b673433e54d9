#!/bin/sh
# SPDX-License-Identifier: MIT
# What commands print with --format: JSON follows docs/tables.schema.json, CSV and JSON lines have the same
# rows, every row says what it is about, and text has no colour if there is no terminal.
#     BUILD   the build directory
#     SIMS    harness/tests/sims
. "$(dirname "$0")/lib.sh"
use_real
root=$(cd "$(dirname "$0")/../../.." && pwd)
schema=$root/docs/tables.schema.json
validate=$BUILD/harness/tests/schema/schema_validate
tool=$BUILD/harness/table/aneprobe-table
escape=$(printf '\033')

"$tool" --schema >"$work/schema"
check 'the schema in docs is that of this build: make it anew with aneprobe-table --schema' same "$work/schema" "$schema"
for name in $(sed -n 's/.*"const": "aneprobe\.\(.*\)"$/\1/p' "$schema" | sort -u); do
    check "docs/formats.md says what a row of $name is" contains "$root/docs/formats.md" "^| .* | \`$name\` | "
done

# rows: of $work/csv, without its header, by what reads CSV
rows() { sqlite3 :memory: ".import --csv $work/csv c" 'SELECT count(*) FROM c'; }
count() { sqlite3 :memory: "SELECT json_array_length(CAST(readfile('$work/json') AS TEXT), '\$.rows')"; }
# every_row SQL: of all rows of $work/json
every_row() { [ "$(sqlite3 :memory: "SELECT coalesce(min($1), 0) FROM json_each(CAST(readfile('$work/json') AS TEXT), '\$.rows') r")" = 1 ]; }
# The cells of the CSV are those of the JSON, by name, "" being null.
same_cells() {
    [ "$(sqlite3 :memory: "SELECT group_concat(coalesce(f.value, ''), '') FROM json_each(CAST(readfile('$work/json') AS TEXT), '\$.rows') r, json_each(r.value) f WHERE f.type = 'text'" | cksum)" = \
        "$(sqlite3 :memory: "SELECT group_concat(coalesce(f.value, ''), '') FROM (SELECT value FROM json_each('[' || replace(rtrim(CAST(readfile('$work/jsonl') AS TEXT), char(10)), char(10), ',') || ']')) r, json_each(r.value) f WHERE f.type = 'text' AND f.key <> 'schema'" | cksum)" ]
}

# formats NAME CODE COMMAND...: all of them
formats() {
    name=$1 code=$2
    shift 2
    for format in csv json jsonl; do
        try "$ANEPROBE" "$@" --format "$format"
        check "$name: $format: exit $code" exits "$code"
        cp "$work/out" "$work/$format"
    done
    check "$name: json by the schema" "$validate" "$schema" "$work/json"
    check "$name: jsonl by the schema" "$validate" "$schema" "$work/jsonl" lines
    check "$name: there are rows" [ "$(rows)" -gt 0 ]
    check "$name: as many in json" [ "$(count)" -eq "$(rows)" ]
    check "$name: as many in jsonl" [ "$(wc -l <"$work/jsonl")" -eq "$(rows)" ]
    # the doctor's times differ from run to run, and so is when a test was done
    [ "$name" = doctor ] || [ "$name" = generate ] || check "$name: the same words in both" same_cells
    check "$name: each row says which suite" every_row "json_extract(r.value, '\$.suite_version') <> '' AND json_extract(r.value, '\$.suite_commit') <> ''"
    try "$ANEPROBE" "$@"
    check "$name: text: exit $code" exits "$code"
    check "$name: text: no colour in a pipe" [ -z "$(grep "$escape" "$work/out")" ]
    try "$ANEPROBE" "$@" --format xml
    check "$name: another format: exit 2" exits 2
    check "$name: another format: those there are" says 'text.*csv.*json.*jsonl'
}

run=$work/run
"$ANEPROBE" run ping_pong --quick --device "sim:$SIMS/plain.sim" --seed 3 --out "$run" >/dev/null 2>&1
cat >"$work/p.mil" <<'END'
program(1.5)
{
    func main<ios18>(tensor<fp16, [1, 64, 1, 64]> x) {
        tensor<fp16, [1, 64, 1, 64]> y = relu(x = x);
    } -> (y);
}
END

sed 's/1\.5/1.3/' "$work/p.mil" >"$work/plain.mil"
formats list 0 list
formats devices 0 devices
formats 'one device' 0 devices "sim:$SIMS/plain.sim"
check 'one device: of which device, and of which clock' every_row "json_extract(r.value, '\$.device') = 'sim:$SIMS/plain.sim' AND json_extract(r.value, '\$.clock') = 'virtual'"
# There is no engine here; the table must be right whatever the machine lacks.
"$ANEPROBE" doctor >/dev/null 2>&1
formats doctor $? doctor
formats judge 0 judge "$run"
check 'judge: each row says of which device, clock and when' every_row "json_extract(r.value, '\$.device') = 'sim:$SIMS/plain.sim' AND json_extract(r.value, '\$.clock') = 'virtual' AND json_extract(r.value, '\$.started_utc') GLOB '20*Z'"
check 'judge: numbers are numbers' every_row "json_type(r.value, '\$.ci_low') IN ('real', 'integer', 'null')"
formats audit 0 audit "$run"
formats compare 0 compare "$run" --published --out "$work/comparison"
formats plan 0 plan --chip m4
check 'plan: simulated, of that chip' every_row "json_extract(r.value, '\$.chip') = 'M4' AND json_extract(r.value, '\$.clock') = 'virtual'"
formats 'plan --program' 0 plan --program "$work/plain.mil"
formats 'plan --figures' 0 plan --chip m4 --figures
check 'plan --figures: of that chip' every_row "json_extract(r.value, '\$.chip') = 'M4'"
formats 'plan --check' 0 plan --check
check 'plan --check: a chip, or all' every_row "json_extract(r.value, '\$.on') = coalesce(json_extract(r.value, '\$.chip'), 'median')"
XDG_DATA_HOME=$work/data HOME=$work
export XDG_DATA_HOME HOME
"$ANEPROBE" baseline save first "$run"
formats 'baseline list' 0 baseline list
check 'baseline list: of which device and clock' every_row "json_extract(r.value, '\$.of') = 'sim:$SIMS/plain.sim' AND json_extract(r.value, '\$.clock') = 'virtual'"
"$ANEPROBE" run ping_pong --fixed --device "sim:$SIMS/plain.sim" --seed 3 --out "$work/full" >/dev/null 2>&1
formats 'compare --gate' 0 compare "$work/full" "$work/full" --gate 5
formats mil 0 mil "$work/p.mil"
formats 'mil --rules' 0 mil --rules
formats bench 0 bench "$work/plain.mil" --device "sim:$SIMS/plain.sim" --trials 1 --iterations 5
check 'bench: of which device and clock' every_row "json_extract(r.value, '\$.clock') = 'virtual' AND json_extract(r.value, '\$.os') <> ''"
formats generate 0 generate tiny --device "sim:$SIMS/plain.sim" --prompt 4 --gen 4
check 'generate: of which device and clock' every_row "json_extract(r.value, '\$.clock') = 'virtual' AND json_extract(r.value, '\$.os') <> ''"

: >"$work/empty.csv"
try "$tool" --format json compare "$work/empty.csv"
check 'no rows: a document without rows' prints '^{"schema":"aneprobe.compare","schema_version":1,"rows":\[$'

# The validator can fail: it finds what is wrong, and where.
"$ANEPROBE" plan --chip m4 --format json >"$work/json" 2>/dev/null
# not_valid WHAT SED MESSAGE
not_valid() {
    sed "$2" "$work/json" >"$work/changed.json"
    try "$validate" "$schema" "$work/changed.json"
    check "validator: $1: refused" exits 1
    check "validator: $1: said" says "$3"
}
not_valid 'another version' 's/"schema_version":1/"schema_version":7/' 'schema_version: is not 1'
not_valid 'a number as text' 's/"step_ms":\([0-9][0-9.]*\)/"step_ms":"\1"/' 'rows/0/step_ms: .* is not of type'
not_valid 'nothing where there must be something' 's/"model":"[^"]*"/"model":null/' 'rows/0/model'
not_valid 'a field that is not there' 's/"model":"[^"]*",//' 'model is missing'
not_valid 'a field too many' 's/"model":/"more":1,"model":/' 'more: no such property'
not_valid 'a strange word' 's/"update":"sync"/"update":"magic"/' 'magic is not one of'
not_valid 'cut off' '$d' 'is not one JSON document'
not_valid 'a name that no table has' 's/aneprobe.plan/aneprobe.fate/' 'is none of these tables'
end_checks
