# SPDX-License-Identifier: MIT
# usage: awk -f picture_same.awk STORED DRAWN
# Whether two pictures of picture.awk are the same within a tolerance: each letter of one has its like in the
# other, at most one square away, but for one in fifty. Prints what has not, and exits with 1 if it is more.

NR == FNR { for (x = 1; x <= length($0); x++) if ((c = substr($0, x, 1)) != " ") a[x, FNR] = c; next }
{ for (x = 1; x <= length($0); x++) if ((c = substr($0, x, 1)) != " ") b[x, FNR] = c }

function near(of, x, y, letter,    i, k) {
    for (i = -1; i <= 1; i++) for (k = -1; k <= 1; k++) if ((x + i, y + k) in of && of[x + i, y + k] == letter) return 1
    return 0
}

END {
    for (at in a) { n++; split(at, p, SUBSEP); if (!near(b, p[1], p[2], a[at])) { alone++; print "stored, not drawn: " a[at] " at " p[1] ", " p[2] } }
    for (at in b) { n++; split(at, p, SUBSEP); if (!near(a, p[1], p[2], b[at])) { alone++; print "drawn, not stored: " b[at] " at " p[1] ", " p[2] } }
    exit n == 0 || alone > 2 && 50 * alone > n
}
