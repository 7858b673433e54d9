#!/bin/sh
# SPDX-License-Identifier: MIT
# aneprobe generate: models by name and by file, the ways to divide them, and what is wrong.
#     SIMS    harness/tests/sims
. "$(dirname "$0")/lib.sh"
use_real
TMPDIR=$work
export TMPDIR
sim=sim:$SIMS/plain.sim

# cell TEST COLUMN: of the CSV in $work/out
cell() { sqlite3 :memory: ".import --csv $work/out r" "SELECT $2 FROM r WHERE test = '$1'"; }
is() { [ "$(cell "$1" "$2")" = "$3" ]; }

try "$ANEPROBE" generate tiny --device "$sim" --prompt 8 --gen 4 --depth 3 --reps 3 --format csv
check 'both tests: exit 0' exits 0
check 'a prompt' is pp8 "outcome || ' ' || n_prompt || ' ' || n_gen || ' ' || n_depth || ' ' || n || ' ' || (avg_ts > 0)" 'right 8 0 0 3 1'
check 'tokens at a depth' is 'tg4 @ d3' "outcome || ' ' || n_prompt || ' ' || n_gen || ' ' || n_depth || ' ' || n || ' ' || (avg_ts > 0)" 'right 0 4 3 3 1'
check 'the model' is pp8 "model_type || ' ' || type || ' ' || programs" 'tiny fp16 1'
try "$ANEPROBE" generate tiny --device cpu --prompt 0 --gen 4 --type int8 --layers 1 --classifier 4 --format csv
check 'int8, a program a layer: exit 0' exits 0
check 'int8, a program a layer' is tg4 "outcome || ' ' || type || ' ' || programs || ' ' || classifier" 'right int8 3 4'
try "$ANEPROBE" generate tiny --device "$sim" --prompt 0 --gen 4 --cache host --format csv
check 'a cache on the host' is tg4 "outcome || ' ' || cache || ' ' || programs" 'right host 4'
try "$ANEPROBE" generate tiny --device "$sim" --prompt 4 --gen 0
check 'text' prints '^tiny .*fp16 .*1 .*pp4 .*right'

# A model in a file, from a training.
model=$work/model.bin
"$ANEPROBE" train --out "$work/training" --device "$sim" --shape layers=1,dim=16,hidden=16,heads=2,kv_heads=1,seq=16,vocab=256 \
    --steps 1 --export "$model" >/dev/null 2>&1
try "$ANEPROBE" generate "$model" --device "$sim" --prompt 4 --gen 4 --format csv
check 'a file: exit 0' exits 0
check 'a file' is tg4 "outcome || ' ' || (model_n_params > 4096)" 'right 1'
try "$ANEPROBE" generate "$model" --device "$sim" --gen 17
check 'a file with too few positions: exit 99' exits 99
check 'a file with too few positions' says 'has 16 positions, and 128 are needed: ask for a shorter text'
try "$ANEPROBE" generate "$work/none" --device "$sim"
check 'a file that is not there: exit 2' exits 2
check 'a file that is not there' says "$work/none: No such file or directory; check the path"
try "$ANEPROBE" generate tinyllama-1.1b --device "$sim" --prompt 0 --gen 4 --depth 4000
check 'a drawn one with too few positions: at once' says 'tinyllama-1.1b has 2048 positions, and 4004 are needed'
head -c 1000 "$model" >"$work/cut.bin"
try "$ANEPROBE" generate "$work/cut.bin" --device "$sim"
check 'a file that is cut off: exit 99' exits 99
check 'a file that is cut off' says 'cut.bin has 1000 bytes .*it was cut off'

# What the device refuses is a row, and the other test is done.
try "$ANEPROBE" generate layers=70,dim=16,hidden=16,heads=2,kv_heads=2 --device "sim:$SIMS/limit-compiles-low.sim" --prompt 4 --gen 4 --layers 1 --format csv
check 'refused: exit 1' exits 1
check 'refused: why' is tg4 "outcome || ' ' || (reason <> '') || ' ' || avg_ts" 'failed 1 '

# A text, by a tokenizer that knows bytes alone: those that do not show are the characters from U+0100 on.
awk 'function put(c) { if (c < 128) printf "%c", c; else printf "%c%c", 192 + int(c / 64), 128 + c % 64 }
    BEGIN {
        printf "{\"model\":{\"type\":\"BPE\",\"merges\":[],\"vocab\":{"
        for (next_one = 256; byte < 256; byte++) {
            shows = byte > 32 && byte < 127 || byte > 160 && byte != 173
            printf byte ? ",\"" : "\""
            if (byte == 34 || byte == 92) printf "%c", 92
            put(shows ? byte : next_one)
            next_one += !shows
            printf "\":%d", byte
        }
        printf "}},\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false}}"
    }' >"$work/bytes.json"
try env LC_ALL=C "$ANEPROBE" generate tiny --device "$sim" --text 'One day' --gen 4 --tokenizer "$work/bytes.json" --format csv
check 'a text: exit 0' exits 0
check 'a text: its tokens are the prompt' is pp7 "outcome || ' ' || n_prompt" 'right 7'
check 'a text: what follows' is 'tg4 @ d7' "outcome || ' ' || n_gen || ' ' || n_depth" 'right 4 7'
check 'a text: the continuation has four bytes and a line end' [ "$(wc -c <"$work/err")" -eq 5 ]
try "$ANEPROBE" generate tiny --device "$sim" --text 'One day'
check 'no tokenizer: exit 99' exits 99
check 'no tokenizer' says 'tiny/tokenizer.json'
try "$ANEPROBE" generate tiny,vocab=2000 --device "$sim" --text 'One day' --tokenizer "$work/bytes.json"
check 'a tokenizer of another model: exit 99' exits 99
check 'a tokenizer of another model' says 'it has 256 tokens and the model 2000; it was made for another model'

try "$ANEPROBE" generate tiny --prompt 1
check 'a prompt of one: exit 2' exits 2
check 'a prompt of one' says 'is not a prompt'
try "$ANEPROBE" generate tiny --prompt 0 --gen 0
check 'nothing to time: exit 2' exits 2
try "$ANEPROBE" generate nothing
check 'no model: exit 2' exits 2
check 'no model' says "^aneprobe generate: 'nothing' is neither a known shape"
end_checks
