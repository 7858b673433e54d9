#!/bin/sh
# SPDX-License-Identifier: MIT
# Judgement of samples that no available device gives: judged.csv has the expected verdict on each finding for
# the file of that name in judged/; judged/NAME.expected has everything that the judge prints, including
# measured values, intervals, n and reasons. To change it on purpose, WRITE=1 writes it; read it before you keep
# it.
#     judged.sh PROGRAM NAME FINDINGS
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
program=$1 name=$2 findings=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-judged.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out $work/err"
. "$here/../tap.sh"

# The rows with content, without the columns from findings.csv. Numbers have six digits: further ones depend on
# the compiler.
cells() {
    awk '
        # a cell may hold a comma, in quotes
        function split_row(text, cell,  n, quoted, i, c) {
            n = 1
            cell[1] = ""
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                if (c == "\"") quoted = !quoted
                else if (c == "," && !quoted) cell[++n] = ""
                else cell[n] = cell[n] c
            }
            return n
        }
        { n = split_row($0, cell); line = "" }
        /^experiment,|^finding,/ { is_figure = cell[1] == "experiment"; for (i = 1; i <= n; i++) left_out[i] = cell[i] ~ /^(published|source|program_hash|probe_version)$/ }
        !is_figure || cell[5] != "0" {
            for (i = 1; i <= n; i++) {
                if (cell[i] ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ && length(cell[i]) > 7) cell[i] = sprintf("%.6g", cell[i])
                if (!left_out[i]) line = line (i > 1 ? "," : "") cell[i]
            }
            print line
        }'
}
is_as_expected() { diff "$here/judged/$1.expected" "$work/cells" >"$work/out"; }

judged=
while IFS=, read -r _ samples finding expected; do
    if [ "$samples" != "$judged" ]; then
        judged=$samples
        "$program" --judge "$here/judged/$samples.csv" --findings "$findings" >"$work/verdicts" 2>"$work/err" </dev/null
        cells <"$work/verdicts" >"$work/cells"
        [ -z "${WRITE:-}" ] || cp "$work/cells" "$here/judged/$samples.expected"
        check "$samples is judged as before" is_as_expected "$samples"
    fi
    grep "^$finding," "$work/verdicts" >"$work/out"
    check "$samples: $finding is $expected" grep -q "^$finding,$expected," "$work/verdicts"
done <<ROWS
$(awk -F, -v p="$name" '$1 == p' "$here/judged.csv" | sort -s -t, -k2,2)
ROWS
end_checks
