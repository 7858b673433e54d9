# SPDX-License-Identifier: MIT
# usage: awk -v made=FILE -f near.awk EXPECTED
# Whether two texts are equal, but for numbers that agree to a thousandth or, where fewer digits are printed, to one
# in the last: compilers and C libraries round differently. Prints the lines that differ; exit code 1 if there are any.
function is_number(t) { return t ~ /^-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$/ }
function near(a, b,  off, last) {
    off = a > b ? a - b : b - a
    last = match(b, /\.[0-9]+/) && b !~ /e/ ? 10 ^ (1 - RLENGTH) : 0
    return off <= 0.001 * (b < 0 ? -b : b) || off <= 1.01 * last
}
function same(a, b,  n, x, y, i) {
    if (a == b) return 1
    gsub(/[(),;:%]/, " & ", a)
    gsub(/[(),;:%]/, " & ", b)
    n = split(a, x, " ")
    if (split(b, y, " ") != n) return 0
    for (i = 1; i <= n; i++)
        if (x[i] != y[i] && !(is_number(x[i]) && is_number(y[i]) && near(x[i], y[i]))) return 0
    return 1
}
{
    line = "(nothing)"
    if ((getline text <made) > 0) line = text
    if (!same(line, $0)) {
        print "expected " $0
        print "found    " line
        bad = 1
    }
}
END {
    while ((getline text <made) > 0) {
        print "found    " text
        bad = 1
    }
    exit bad
}
