#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: picky.sh POISON
# `poison` with this machine's compiler, and with one that refuses only tile: an operator that was never run
# cannot have spoiled anything, so the claim is unsupported. TAP.
set -u
poison=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/aneprobe-picky-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
TAP_SHOWS="$work/csv $work/err"
. "$(dirname "$0")/../tap.sh"
cat >"$work/cc" <<'END'
#!/bin/sh
for file in model.mil */model.mil; do
    if [ -e "$file" ] && grep -q 'tile(' "$file"; then
        echo 'no tile' >&2
        exit 1
    fi
done
exec cc "$@"
END
chmod +x "$work/cc"
# row DEED STATUS: of the trial's only row.
row() {
    awk -F, -v deed="$1" -v status="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["status"] != "end" { n++; found = $at["deed"] == deed && $at["status"] == status && $at["n_wrong"] + 0 == 0 }
        END { exit !(n == 1 && found) }' "$work/csv"
}
"$poison" --device cpu --filter tile --block 0 --csv "$work/csv" 2>"$work/err" </dev/null
check 'tile was done and spoiled nothing' row right ok
rm "$work/csv"
ANEPROBE_CC=$work/cc "$poison" --device cpu --filter tile --block 0 --csv "$work/csv" 2>"$work/err" </dev/null
check 'tile was refused: unsupported' row refused unsupported
end_checks
