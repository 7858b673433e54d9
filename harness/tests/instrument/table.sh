#!/bin/sh
# SPDX-License-Identifier: MIT
# The committed table: sums that add up, and a row `all` for each claim that a probe judges.
#     table.sh INSTRUMENTS.csv FINDINGS.csv PROBE...
set -u
table=$1 findings=$2
shift 2
echo 1..3
awk -F, 'NR > 1 { sub(/"[^"]*"/, "x"); if ($3 != $4 + $5 + $6 || $7 + 0 < $5 / $3) { print "# " $0; bad = 1 } }
    END { exit bad || NR < 2 }' "$table" && echo 'ok 1 - sums add up' || echo 'not ok 1 - sums add up'
awk -F, -v programs=" $* " 'FNR == 1 { file++ }
    file == 1 && $2 == "all" { seen[$1] = 1 }
    file == 2 && index(programs, " " $2 " ") && !($1 in seen) { print "# " $1; bad = 1 }
    END { exit bad }' "$table" "$findings" && echo 'ok 2 - every claim has its row' ||
    echo 'not ok 2 - every claim has its row'
awk -F, '$1 == "energy.joules" && $2 == "all" { seen = $3 > 0 && $5 == 0 } END { exit !seen }' "$table" &&
    echo 'ok 3 - no joules are wrong' || echo 'not ok 3 - no joules are wrong'
