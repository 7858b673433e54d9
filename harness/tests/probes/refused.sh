#!/bin/sh
# SPDX-License-Identifier: MIT
# qos_sweep on samples of an engine that refuses a level, made from a good device's: a refusal counts only if
# level 21 still works afterwards.
#     refused.sh PROGRAM FINDINGS SIM
set -u
program=$1 findings=$2 sim=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-refused.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

"$program" --device "sim:$sim" --filter accept --reps 2 --findings "$findings" \
    --csv "$work/good.csv" >/dev/null

# edit JOBS CONTROL: level 9 fails in jobs 1 to JOBS, level 21 right after is CONTROL.
edit() {
    awk -F, -v OFS=, -v jobs="$1" -v control="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
        $at["status"] == "end" && $1 <= jobs { $at["reason"] = "rows=66" }
        $at["phase"] == "accept" && $at["qos"] == 9 && $1 <= jobs {
            line = $0
            for (i = at["compile_ns"]; i < at["status"]; i++) $i = ""
            $at["status"] = "failed"
            $at["reason"] = "load: no"
            print
            $0 = line
            $at["phase"] = "control"
            $at["qos"] = 21
            if (control != "ok") {
                for (i = at["compile_ns"]; i < at["status"]; i++) $i = ""
                $at["status"] = control
            }
        }
        { print }' "$work/good.csv" >"$work/edited.csv"
}
expect() {
    verdict=$("$program" --judge "$work/edited.csv" --findings "$findings" 2>"$work/err" |
        awk -F, '$1 == "qos.all-accepted" { print $2 }')
    if [ "$verdict" = "$2" ]; then
        echo "ok $1 - $3: $2"
    else
        echo "not ok $1 - $3: $2, not '$verdict'"
        sed 's/^/# /' "$work/err"
    fi
}
echo 1..4
edit 0 ok
expect 1 reproduced 'nothing refused'
edit 2 ok
expect 2 contradicted 'a level refused each time while level 21 works'
edit 1 ok
expect 3 untrusted 'a level refused in one process of two'
edit 2 failed
expect 4 inconclusive 'level 21 fails as well'
