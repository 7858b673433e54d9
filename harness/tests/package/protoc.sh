#!/bin/sh
# SPDX-License-Identifier: MIT
# Packages as another program reads them: compares what protoc decodes, by field numbers alone, with files that
# protoc made from Apple's schema; reads the manifest as JSON; checks the offsets of the weights.
#     COPY    the program that writes packages
#     GOLDEN  relu.mlmodel, conv.mlmodel, weight.bin
set -u
. "$(dirname "$0")/../tap.sh"
command -v protoc >/dev/null || { echo '1..0 # SKIP protoc is not here'; exit 0; }
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-package.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

mkdir "$work/weights" && cp "$GOLDEN/weight.bin" "$work/weights/" && cp "$GOLDEN/conv.mlmodel" "$GOLDEN/relu.mlmodel" "$work/" || exit 99
# Entries of a map have no order; all lines of both must be the same.
raw() { protoc --decode_raw <"$1" | sort; }
same_fields() {
    raw "$GOLDEN/$1.mlmodel" >"$work/golden.txt" && raw "$work/$1.mlpackage/Data/com.apple.CoreML/model.mlmodel" >"$work/ours.txt" &&
        diff "$work/golden.txt" "$work/ours.txt" >&2
}
json() { sqlite3 :memory: "SELECT json_extract(readfile('$work/conv.mlpackage/Manifest.json'), '$1')"; }
model_item() {
    id=$(json '$.rootModelIdentifier') && [ "$(json "\$.itemInfoEntries.\"$id\".path")" = com.apple.CoreML/model.mlmodel ]
}

for model in conv relu; do
    check "$model is written" "$COPY" "$work/$model.mlmodel" "$work/$model.mlpackage"
    check "$model: protoc reads the same fields as in the file that it made itself" same_fields "$model"
done
check 'the manifest names the model' model_item
check 'the manifest has the version that the framework reads' [ "$(json '$.fileFormatVersion')" = 1.0.0 ]
check 'the weights are there, byte for byte' cmp "$GOLDEN/weight.bin" "$work/conv.mlpackage/Data/com.apple.CoreML/weights/weight.bin"
offset=$(protoc --decode_raw <"$work/conv.mlpackage/Data/com.apple.CoreML/model.mlmodel" | grep -A 2 '@model_path/weights/weight.bin' | sed -n 's/^ *2: //p')
mark() { [ "$(od -An -tx1 -j "$offset" -N 4 "$work/conv.mlpackage/Data/com.apple.CoreML/weights/weight.bin" | tr -d ' ')" = efbeadde ]; }
check "the weight's offset, ${offset:-none}, is that of a blob" mark
check 'the same program gives the same bytes' "$COPY" "$work/conv.mlmodel" "$work/again.mlpackage"
check 'the same program gives the same manifest' cmp "$work/conv.mlpackage/Manifest.json" "$work/again.mlpackage/Manifest.json"
end_checks
