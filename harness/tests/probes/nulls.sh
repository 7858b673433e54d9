#!/bin/sh
# SPDX-License-Identifier: MIT
# How often a probe errs: runs it on the same device with known properties with many seeds. nulls.csv says which
# verdicts are right and how many errors are too many.
#     nulls.sh PROGRAM NAME FINDINGS
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$1 name=$2 findings=$3

rows=$(awk -F, -v p="$name" '$1 == p' "$here/nulls.csv")
echo "1..$(echo "$rows" | wc -l | tr -d ' ')"
n=0
echo "$rows" | while IFS=, read -r _ sim finding right arguments seeds most_wrong; do
    n=$((n + 1))
    wrong=0 said=
    for seed in $(seq 1 "$seeds"); do
        # shellcheck disable=SC2086 # several words
        verdict=$("$program" --device "sim:$here/../sims/$sim.sim" --findings "$findings" \
            --quick --seed "$seed" $arguments </dev/null | awk -F, -v f="$finding" '$1 == f { print $2 }')
        case "|$right|" in
        *"|$verdict|"*) ;;
        *) wrong=$((wrong + 1)) said="$said $seed:$verdict" ;;
        esac
    done
    if [ "$wrong" -le "$most_wrong" ]; then
        echo "ok $n - $sim: $finding is wrong for $wrong of $seeds seeds"
    else
        echo "not ok $n - $sim: $finding is wrong for $wrong of $seeds seeds, $most_wrong allowed"
        echo "#$said"
    fi
done
