#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: published.sh SOURCE_ROOT
# Published figures of claims are only in results/findings.csv: neither the code nor the header comment of the
# experiment that judges a claim repeats its figure, and results/published.csv has it from the same source. The
# test looks in C for numbers with a decimal point and for both ends of ranges; whole numbers such as 10 or 32
# are too common. TAP.
set -u
LC_ALL=C
export LC_ALL
root=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-published-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/out"
. "$(dirname "$0")/../tap.sh"
cp "$root/results/findings.csv" "$root/results/published.csv" "$work" || exit 99
cd "$work" || exit 99

# experiment, figure: of each number, and each end of a range, that findings.csv has.
sqlite3 -bail scratch.db '.mode list' '.separator " "' '.import --csv findings.csv findings' \
    "SELECT experiment, published FROM findings WHERE published GLOB '[0-9]*'" |
    awk '{ n = split(substr($0, index($0, " ") + 1), word, "[^0-9.]+")
        for (i = 1; i <= n; i++) if (word[i] ~ /^[0-9]+\.[0-9]+$/ || $2 ~ /^[0-9]+-[0-9]+$/ && word[i] != "") print $1, word[i] }' |
    sort -u >figures
check 'there are figures to look for' [ "$(wc -l <figures)" -gt 10 ]

# stands FIGURE FILE...: FIGURE is there as a separate number, with or without trailing zeros.
stands() {
    figure=$(printf %s "$1" | sed 's/\./\\./')
    shift
    grep -nE "(^|[^0-9.#])$figure(0*)([^0-9.]|\.?\$|\.[^0-9])" "$@"
}
while read -r experiment figure; do
    set -- "$root/probes/$experiment"*.c "$root/bench/$experiment"*.c
    for file; do [ ! -e "$file" ] || stands "$figure" "$file" /dev/null; done
done <figures >out
check 'no experiment that judges a claim repeats its published figure' test ! -s out
echo 'x = 7.50;' >seen.c
check 'one that does is seen' eval "stands 7.5 seen.c >found"
grep -nE 'published[a-z_]* *= *[0-9]|claimed[a-z_]* *= *[0-9]' "$root"/probes/*.c "$root"/bench/*.c >out
check 'no constant in C is called published or claimed' test ! -s out

# A number or a range. findings.csv words sources and chips at greater length.
sqlite3 -bail scratch.db '.import --csv published.csv published' "
    WITH ends AS (
      SELECT finding, chip, source, published, CAST(published AS REAL) AS value FROM findings
      WHERE published GLOB '[0-9]*' AND published NOT GLOB '*[^0-9.-]*' AND source LIKE 'maderix/ANE#23%'
      UNION ALL
      SELECT finding, chip, source, published, CAST(substr(published, instr(published, '-') + 1) AS REAL) FROM findings
      WHERE published GLOB '[0-9]*-[0-9]*' AND published NOT GLOB '*[^0-9.-]*' AND source LIKE 'maderix/ANE#23%')
    SELECT finding, published FROM ends e WHERE source NOT LIKE '%(derived)' AND NOT EXISTS (
      SELECT 1 FROM published p WHERE p.source = 'maderix/ANE#23' AND p.chip = e.chip AND CAST(p.value AS REAL) = e.value)" >out
check 'what the claims of maderix/ANE#23 quote is in results/published.csv' test ! -s out
{
    sed -n "/^CREATE TABLE answers/,/');\$/p" "$root/plots/sql/questions.sql"
    echo "SELECT finding, group_concat(verdict) AS verdicts FROM answers WHERE besides = '' GROUP BY finding
        HAVING verdicts <> 'reproduced,contradicted';
        SELECT 'no answers' WHERE NOT EXISTS (SELECT 1 FROM answers);"
} | sqlite3 -bail :memory: >out 2>&1
check 'each claim that answers a question has a sentence for each verdict that decides' test ! -s out
end_checks
