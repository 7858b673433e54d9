#!/bin/sh
# SPDX-License-Identifier: MIT
# What an experiment finds on a simulated device, in full: simulated.csv names the device, simulated/NAME.expected
# has everything that the judge prints and, of each column of the samples, how many cells are filled and their sum
# or, of words, how often each is there. Left out are versions and the rounding of logits, which depends on the host's
# BLAS. near.awk says how nearly numbers agree. To change it on purpose, WRITE=1
# writes it; read it before you keep it.
#     simulated.sh PROGRAM NAME FINDINGS
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
program=$1 name=$2 findings=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-simulated.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"
. "$here/../tap.sh"
. "$here/cells.sh"
sim=$(awk -F, -v p="$name" '$1 == p { print $2 }' "$here/simulated.csv")

run() {
    "$program" --device "sim:$here/../sims/$sim.sim" --findings "$findings" --quick --fixed --seed 24 \
        --csv "$work/samples" >"$work/out" 2>"$work/err" </dev/null
}
judge() { "$program" --judge "$work/samples" --findings "$findings" >"$work/verdicts" 2>"$work/err" </dev/null; }
columns() {
    sed -e "s|$here|.|g" -e 's/ programs=[0-9a-f]*//g' -e 's/ version=[0-9a-f]*//g' "$work/samples" | awk -F, '
        # a comma in quotes is none
        { line = $0; $0 = ""; quoted = 0; text = ""
          n = split(line, piece, "\"")
          for (i = 1; i <= n; i++) { if (i % 2 == 0) gsub(/,/, ";", piece[i]); text = text piece[i] }
          $0 = text }
        NR == 1 { for (i = 1; i <= NF; i++) column[i] = $i; n_columns = NF; next }
        { for (i = 1; i <= NF; i++) {
              if ($i == "") continue
              filled[i]++
              if ($i ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/) { sum[i] += $i; numbers[i]++ }
              if (!((i, $i) in times)) { if (++n_words[i] <= 12) word[i, n_words[i]] = $i }
              times[i, $i]++
          } }
        END {
            for (i = 1; i <= n_columns; i++) {
                if (!filled[i] || column[i] == "device") continue
                line = "samples: " column[i] "," filled[i]
                if (numbers[i]) line = line "," sprintf("%.6g", sum[i])
                if (numbers[i] < filled[i])
                    for (k = 1; k <= n_words[i] && k <= 12; k++)
                        if (word[i, k] !~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/) line = line "," times[i, word[i, k]] " " word[i, k]
                print line
            }
        }'
}
is_as_expected() { awk -v made="$work/made" -f "$here/../near.awk" "$here/simulated/$name.expected" >"$work/out"; }
check "runs on $sim" run
check 'judges' judge
{ cells <"$work/verdicts" && columns; } | grep -v logits_off >"$work/made"
[ -z "${WRITE:-}" ] || cp "$work/made" "$here/simulated/$name.expected"
check 'finds what it should' is_as_expected
end_checks
