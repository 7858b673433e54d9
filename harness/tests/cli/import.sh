#!/bin/sh
# SPDX-License-Identifier: MIT
# `aneprobe import`: files in other projects' formats, right and wrong ones; and `compare --also`.
. "$(dirname "$0")/lib.sh"
use_real
data=$(cd "$(dirname "$0")/../import" && pwd)
json=$data/aneforge.json csv=$data/llama_bench.csv

# cell CONFIG METRIC COLUMN: of $work/out
cell() { sqlite3 :memory: ".import --csv $work/out r" "SELECT $3 FROM r WHERE config = '$1' AND metric = '$2'"; }
is() { [ "$(cell "$1" "$2" "$3")" = "$4" ]; }

try "$ANEPROBE" import "$json"
check 'ANEForge: exit 0' exits 0
check 'ANEForge: the columns of published.csv' [ "$(head -n 1 "$work/out")" = "$(head -n 1 "$data/../../../results/published.csv")" ]
check 'ANEForge: the engine, not the GPU' is 'GEMM N=512 fp16' eval_latency value 0.25
check 'ANEForge: GFLOPS become TFLOPS' is 'GEMM N=512 fp16' throughput "value || ' ' || unit" '1.2875 TFLOPS'
check 'ANEForge: who, when, on what' is 'GEMM N=512 fp16' throughput "source || ', ' || date || ', ' || chip || ', ' || os" 'ANEForge roofline 6779bad2 by someone, 2026-08-06, M4, macOS 26.2'
check 'ANEForge: how' is 'GEMM N=512 fp16' throughput note 'Mac99,9; aneforge 0.3.1; power ac; thermal nominal'
check 'ANEForge: power' is 'GEMM N=512 fp16' ane_power value 1488.5
check 'ANEForge: what was not measured is no row' [ -z "$(cell 'GEMM N=1024 fp16' eval_latency value)" ]
check 'ANEForge: a convolution' is '3x3 conv 64ch 64x64 batch 16 fp16' eval_latency value 2.5
check 'ANEForge: streaming' is 'relu, best size' bandwidth value 7.5
check 'ANEForge: tokens a second' is 'batch 1' decode_rate value 123.5
cp "$work/out" "$work/theirs.csv"
sed 's/"ane_active_mW": 1488.5/"ane_active_mW": NaN/' "$json" >"$work/m6.json"
try "$ANEPROBE" import "$work/m6.json"
check 'ANEForge: power without a reading, as on M6: the rest is taken' is 'GEMM N=512 fp16' eval_latency value 0.25
check 'ANEForge: and it is no row' [ -z "$(cell 'GEMM N=512 fp16' ane_power value)" ]
try "$ANEPROBE" import "$csv" --source 'me, here'
check 'llama-bench: exit 0' exits 0
check 'llama-bench: a row a test' [ "$(wc -l <"$work/out")" -eq 4 ]
check 'llama-bench: generation' is 'llama.cpp, MTL,BLAS, qwen2 0.5B Q4_0, tg128' decode_rate value 119.915244
check 'llama-bench: at a depth' is 'llama.cpp, MTL,BLAS, qwen2 0.5B Q4_0, tg128 at depth 512' decode_rate value 110.5
check 'llama-bench: prompt' is 'llama.cpp, MTL,BLAS, qwen2 0.5B Q4_0, pp512' prefill_rate value 7285.676949
check 'llama-bench: not the engine, and whose' is 'llama.cpp, MTL,BLAS, qwen2 0.5B Q4_0, tg128' decode_rate \
    "source || '; ' || chip || '; ' || note" 'me, here; M4; not the engine: Apple M4; standard deviation 0.4306; build 0a1b2c3d'
sed 1d "$work/out" >>"$work/theirs.csv"
sed 's/"Apple M4","Apple M4"/"Accelerate, Apple M4","Apple M4"/' "$csv" >"$work/newer.csv"
try "$ANEPROBE" import "$work/newer.csv" --source 'me, here'
check 'llama-bench: the chip, where libraries are named before it' is 'llama.cpp, MTL,BLAS, qwen2 0.5B Q4_0, tg128' decode_rate chip M4
try "$ANEPROBE" import "$json" "$csv" --source x
check 'both at once' exits 0

# A model of one's own beside llama-bench's.
own=$work/own.csv
"$ANEPROBE" generate tiny --device cpu --prompt 4 --gen 4 --reps 2 --format csv >"$own"
try "$ANEPROBE" import "$own" "$csv" --source me
check 'generate: exit 0' exits 0
check 'generate: beside llama-bench' [ "$(wc -l <"$work/out")" -eq 6 ]
rate=$(sqlite3 :memory: ".import --csv $own r" "SELECT avg_ts FROM r WHERE test = 'tg4'")
check 'generate: the rate' is 'aneprobe, cpu:cores=1, tiny fp16 in 1 programs, tg4' decode_rate "value + 0 = $rate" 1
check 'generate: the prompt' is 'aneprobe, cpu:cores=1, tiny fp16 in 1 programs, pp4' prefill_rate 'value > 0' 1
check 'generate: not the engine' is 'aneprobe, cpu:cores=1, tiny fp16 in 1 programs, tg4' decode_rate "note LIKE 'not the engine: cpu:cores=1; standard deviation %'" 1
sed 's/,cpu:cores=1,/,ane,/' "$own" >"$work/ane.csv"
try "$ANEPROBE" import "$work/ane.csv" --source me
check 'generate: the engine' is 'aneprobe, ane, tiny fp16 in 1 programs, tg4' decode_rate "note LIKE 'ane; standard deviation %'" 1
sed 's/,right,/,wrong,/' "$own" >"$work/wrong.csv"
try "$ANEPROBE" import "$work/wrong.csv" --source me
check 'generate: what is wrong is no row' [ "$(wc -l <"$work/out")" -eq 1 ]

# refused WHAT CODE MESSAGE FILE...
refused() {
    what=$1 code=$2 message=$3
    shift 3
    try "$ANEPROBE" import "$@"
    check "$what: exit $code" exits "$code"
    check "$what: said" says "$message"
    check "$what: nothing printed" [ ! -s "$work/out" ]
}
bad=$work/bad.json
sed 's/"returncode": 0/"returncode": 1/' "$json" >"$bad"
try "$ANEPROBE" import "$bad"
check 'what did not end well is no row' eval '! exits 0 || [ "$(wc -l <"$work/out")" -le 1 ]'
sqlite3 :memory: ".import --csv $csv r" "UPDATE r SET gpu_info = ''" ".mode csv" ".headers on" "SELECT * FROM r" >"$work/nogpu.csv"
try "$ANEPROBE" import "$work/nogpu.csv" --source x
check 'llama-bench: on the processor' is 'llama.cpp, MTL,BLAS, qwen2 0.5B Q4_0, tg128' decode_rate note 'not the engine: processor; standard deviation 0.4306; build 0a1b2c3d'
head -c 900 "$json" >"$bad"
refused 'cut off' 99 'bad.json: cut off' "$bad"
sed 's/"schema_version": 2/"schema_version": 3/' "$json" >"$bad"
refused 'another schema version' 99 'bad.json: schema_version 3; this build reads version 2' "$bad"
sed '/schema_version/d' "$json" >"$bad"
refused 'no schema version' 99 'schema_version is missing' "$bad"
sed 's/"lat_ms": 0.25/"lat_ms": NaN/' "$json" >"$bad"
refused 'nan' 99 'GEMM N=512 fp16, lat_ms: not a finite number' "$bad"
sed 's/"lat_ms": 0.25/"lat_ms": "fast"/' "$json" >"$bad"
refused 'words in place of a number' 99 'GEMM N=512 fp16, lat_ms: not a finite number' "$bad"
sed 's/"roofline",/"other",/' "$json" >"$bad"
refused 'another suite' 99 "not a result of ANEForge's roofline suite" "$bad"
sed 's/_sweep.py/_gone.py/; s/_roofline.py/_gone.py/; s/decode_measurement.py/gone.py/' "$json" >"$bad"
refused 'no figure of the engine' 99 'holds no figure of the engine' "$bad"
echo '{"suite" "roofline"}' >"$bad"
refused 'no JSON' 99 'bad.json: not JSON, at byte' "$bad"
refused 'the same file twice' 99 'is there already: give each result once' "$json" "$json"
refused 'no source' 2 'give --source' "$csv"
: >"$work/empty.csv"
refused 'an empty file, and no source' 99 'empty.csv:1: the file is empty' "$work/empty.csv"
refused 'no such file' 2 'none.csv' "$work/none.csv"
bad=$work/bad.csv
sed 's/"119.915244"/"nan"/' "$csv" >"$bad"
refused 'llama-bench: nan' 99 "bad.csv:3: column 'avg_ts'" "$bad" --source x
sed 's/"119.915244"/""/' "$csv" >"$bad"
refused 'llama-bench: empty' 99 "bad.csv:3: column 'avg_ts'.*there must be a number" "$bad" --source x
head -c 600 "$csv" >"$bad"
refused 'llama-bench: cut off' 99 'bad.csv:[0-9]*: .*cut off' "$bad" --source x
sed 's/,avg_ts,/,average,/' "$csv" >"$bad"
refused 'llama-bench: a column missing' 99 "no column 'avg_ts'" "$bad" --source x
{ cat "$csv" && sed -n 3p "$csv"; } >"$bad"
refused 'llama-bench: a row twice' 99 'is there already' "$bad" --source x
sed 's/2026-08-24T/24 August /' "$csv" >"$bad"
refused 'llama-bench: no date' 99 "bad.csv: .*its time begins with '24 August '" "$bad" --source x
head -n 1 "$csv" >"$bad"
refused 'llama-bench: no rows' 99 'has no rows' "$bad" --source x
sed 's/,measured,/,virtual,/' "$own" >"$bad"
refused 'generate: simulated time' 99 "bad.csv:2: column 'clock'.*only measured rates" "$bad" --source x

# In a comparison.
try "$ANEPROBE" compare --also "$work/theirs.csv" --out "$work/made"
check 'compare: exit 0' exits 0
check 'compare: the source' grep -q 'ANEForge roofline 6779bad2 by someone' "$work/made/COMPARE.md"
check 'compare: a source with a comma in it' grep -q '119.9.*| me, here |' "$work/made/COMPARE.md"
check 'compare: the shortest eval' sh -c 'sed -n "/^## Shortest eval/,/^## /p" "$1" | grep -q "^| M4 | published | 1 | 0.25"' sh "$work/made/COMPARE.md"
check 'compare: llama-bench is apart from the engine' sh -c 'sed -n "/^## Tokens per second beside the engine/,/^## /p" "$1" | grep -q "^| M4 | published | 1 | 119.9"' sh "$work/made/COMPARE.md"
try "$ANEPROBE" compare --also "$work/theirs.csv" --format csv
check 'compare: rows: the engine has 123.5 tok/s' sh -c 'grep -q ",decode,.*,tok/s,.*,published,.*,123.5," "$1"' sh "$work/out"
check 'compare: rows: and llama-bench not its' sh -c '! grep ",decode," "$1" | grep -q "119.9"' sh "$work/out"
sed 's/,123.5,/,many,/' "$work/theirs.csv" >"$work/odd.csv"
try "$ANEPROBE" compare --also "$work/odd.csv" --out "$work/odd"
check 'compare: no number: exit 99' exits 99
check 'compare: no number: which' says 'odd.csv: decode_rate of ANEForge .* is many, which is not a number'
try "$ANEPROBE" compare --also "$csv" --out "$work/odd"
check 'compare: a file of another kind: exit 99' exits 99
try "$ANEPROBE" compare --also "$work/none.csv" --out "$work/odd"
check 'compare: no such file: exit 2' exits 2
end_checks
