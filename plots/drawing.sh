# SPDX-License-Identifier: MIT
# Figures, for the scripts here. To be sourced with `script` set to the script's name in messages; plot
# wants $work (where NAME.dat is) and $plots (this directory).

# has_rows FILE: whether any block of a figure's data has a row. Each starts with a header.
has_rows() { awk 'NF == 0 { header = 0; next } header++ { found = 1; exit } END { exit !found }' "$1"; }

# plot SCRIPT NAME CAPTION [CLAIM]: NAME.dat to NAME.svg, headed by the claim; or a message and a
# file NAME.undrawn. On a full disk gnuplot leaves half a figure and reports nothing.
plot() {
    gnuplot -c "$plots/figures/$1.gp" "$work/$2.dat" "$work/$2.svg" "$plots/figures/style.gp" "$3" "${4:-}" \
        >"$work/err" 2>&1 </dev/null &&
        grep -q '^</svg>' "$work/$2.svg" && return 0
    rm -f "$work/$2.svg"
    printf '%s: gnuplot could not draw %s: ' "$script" "$2" >&2
    grep -v '^ *$' "$work/err" | tr '\n' ' ' >&2
    echo >&2
    : >"$work/$2.undrawn"
}
