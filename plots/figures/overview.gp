# SPDX-License-Identifier: MIT
# What each chip does: a column per quantity, a row per chip. A bar is the range of published
# figures with its ends marked, a diamond was measured, a cross is simulated.
caption = ARG4; claim = ARG5
load ARG3
stats ARG1 index 0 using 1 every ::1 nooutput name "row"
longest = 0
stats ARG1 index 0 using (longest = strlen(strcol(2)) > longest ? strlen(strcol(2)) : longest, 1) every ::1 nooutput
left = (20 + 7.2 * longest) / wide
least = 0; most = 0
widen(x) = x > 0 ? (least = least == 0 || x < least ? x : least, most = x > most ? x : most) : 0
reach(at) = strcol(at) eq "" ? 0 : widen(column(at))
# Distances from the top and the bottom, in pixels.
high = 254.0 + 22 * row_max
eval(sized(high))
set output ARG2
stats ARG1 using 1 nooutput name "all"
n = all_blocks - 1
set label 98 "Which chip does what" at screen 0.02, 1 - 16 / high left font ",15" textcolor rgb "#222222"
set label 97 "bar and rings: published by others, least to most\ndiamond: measured by this suite; cross: simulated" at screen 0.02, screen 48 / high left font ",11" textcolor rgb "#444444"
set multiplot
set border 1
set grid noytics xtics linecolor rgb "#e4e4e4"
set ytics scale 0
set xtics autofreq scale 0.5 font ",10.5" rotate by -45
set yrange [0.4:row_max + 0.6]
unset key
set tmargin at screen 1 - 92 / high
set bmargin at screen 105 / high
width = (0.985 - left) / n
do for [i = 1:n] {
    title = ""; axis = ""; better = ""; tick = 0
    stats ARG1 index i using (title = strcol(2), axis = strcol(3), better = strcol(4), tick = column(5), 1) every ::0::0 nooutput
    set lmargin at screen left + (i - 1) * width
    set rmargin at screen left + i * width - 0.02
    set format y ""
    if (i > 1) { unset ytics }
    set xtics autofreq
    least = 0; most = 0
    stats ARG1 index i using (reach(2), reach(3), reach(4), reach(5), 1) every ::1 nooutput
    if (axis eq "log") { set logscale x; set xrange [*:*]; set format x "%g"; set xtics most > least ? 10 ** ceil(log10(most / least) / 3) : 10 } else { unset logscale x; set xrange [0:*]; set format x "%g"; set xtics tick }
    if (i > 1) { unset label 98; unset label 97; unset label 99 }
    at = strstrt(better, ", ")
    set title title . "\n" . better[1:at - 1] . "\n" . better[at + 2:*] font ",11"
    plot ARG1 index i using ($2 > 0 ? $2 : NaN):1:($3 - $2):(0) every ::1 with vectors nohead linewidth 4 linecolor rgb "#c9d6e6", \
         ARG1 index i using ($2 > 0 ? $2 : NaN):1 every ::1 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb blue, \
         ARG1 index i using ($3 > 0 ? $3 : NaN):1 every ::1 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb blue, \
         ARG1 index i using ($4 > 0 ? $4 : NaN):1 every ::1 with points pointtype 13 pointsize 1.1 linecolor rgb orange, \
         ARG1 index i using ($5 > 0 ? $5 : NaN):1 every ::1 with points pointtype 2 pointsize 0.8 linewidth 1.5 linecolor rgb "#777777", \
         for [k = 1:(i == 1)] ARG1 index 0 using (NaN):1:yticlabels(2) every ::1 with points
}
unset multiplot
