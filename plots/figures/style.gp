# SPDX-License-Identifier: MIT
# The style of every figure, loaded by each of them. Their arguments: data file, output file, this
# file, a line that says which device the numbers are from and whether they were measured
# (`caption`), and the claim and margin, or "" (`claim`); both must be set before this is loaded.
# Figures are small with large letters, so that they are readable 360 px wide, as on a phone: `wide` units, and
# eval(sized(HIGH)) for another height than the usual. Data files are tab-separated blocks, each with a header row whose cells are the legend's texts. A plot
# whose title is columnheader() skips that row by itself, others need `every ::1`. Texts come from
# outside, so none is parsed as markup.
font_name = "Helvetica,Arial,sans-serif"
wide = 480
put_caption = 'set label 99 caption at screen 0.985, screen 9.0 / tall right font ",11" textcolor rgb "#666666"'
sized(high) = sprintf('tall = %d; set terminal svg size %d,tall dynamic noenhanced font "%s,14" background "#ffffff"; eval(put_caption)', high, wide, font_name)
eval(sized(440))
# heading = "WORDS"; eval(put_heading): WORDS and the claim at the left above the plot, however wide its labels are.
# A title of blanks holds their place.
breaks(words) = words eq "" ? 0 : sum [k = 1:strlen(words)] (words[k:k] eq "\n" ? 1 : 0)
blanks(n) = n > 0 ? " \n" . blanks(n - 1) : " "
put_heading = 'heading = claim eq "" ? heading : heading . "\n" . claim; set title blanks(breaks(heading)); ' . \
    'set label 98 heading at screen 0.02, graph 1 left offset 0, 0.9 + 1.1 * breaks(heading) font ",13.5" textcolor rgb "#222222"'
# For rows with names as ticks in letters of 12: eval(fit_left(BLOCKS, COLUMN)) makes room for the longest one.
fit_left(blocks, column) = sprintf('longest = 0; do for [block in "%s"] { stats ARG1 index int(block) using ' . \
    '(longest = strlen(strcol(%d)) > longest ? strlen(strcol(%d)) : longest, 1) every ::1 nooutput }; set lmargin at screen (18 + 6.2 * longest) / wide', blocks, column, column)
# A step for at most some five ticks up to HIGH: 1, 2 or 5 times a power of ten.
decade(x) = 10 ** floor(log10(x))
step(high) = high <= 0 ? 1 : high / 5 / decade(high / 5) < 1.5 ? decade(high / 5) : high / 5 / decade(high / 5) < 3.5 ? 2 * decade(high / 5) : high / 5 / decade(high / 5) < 7.5 ? 5 * decade(high / 5) : 10 * decade(high / 5)
set datafile separator tab
set border 3 linecolor rgb "#555555"
set tics nomirror textcolor rgb "#333333"
set grid ytics linecolor rgb "#e4e4e4" linewidth 1
set key tmargin left vertical Left reverse textcolor rgb "#333333" samplen 1.2 spacing 1.1 font ",12"
set title font ",13.5" textcolor rgb "#222222"
blue = "#2f6db3"; orange = "#d9722b"; green = "#3c9a5f"; red = "#c23b3b"; grey = "#9a9a9a"; purple = "#7b5ea7"; pale = "#eef3e6"
set bmargin 4.5
# For a logarithmic axis, x or y, from LOW to HIGH, which may span less than a decade: eval(log_ticks(AXIS, LOW, HIGH)).
ticks_125 = "("
do for [power = -6:9] { do for [digit in "1 2 5"] {
    ticks_125 = ticks_125 . sprintf("%s'%g' %g", power == -6 && digit eq "1" ? "" : ", ", digit * 10.0**power, digit * 10.0**power)
} }
ticks_125 = ticks_125 . ")"
log_ticks(axis, low, high) = sprintf("set logscale %s; set format %s '%s'; set %stics ", axis, axis, low < 1 ? "%g" : "%.0f", axis) . \
    (high > 1e5 * low ? "100" : high > 100 * low ? "10" : ticks_125)
