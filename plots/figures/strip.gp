# SPDX-License-Identifier: MIT
# One quantity by chip: each figure of each source is a point, their range a line; nothing is
# averaged. Published figures are open circles, measured ones filled diamonds with their interval,
# simulated ones crosses.
caption = ARG4; claim = ARG5
load ARG3
title = ""; axis = ""
stats ARG1 index 0 using (title = strcol(2), axis = strcol(3), column(1)) every ::1 nooutput name "head"
n_rows = head_max
stats ARG1 index 1 using 2:3 every ::1 nooutput name "reach"
stats ARG1 index 3 using 2 every ::1 nooutput name "measured"
stats ARG1 index 4 using 2 every ::1 nooutput name "simulated"
has_measured = exists("measured_records"); has_modelled = exists("simulated_records") # an empty block defines nothing
high = 200.0 + 26 * n_rows
eval(sized(high))
set output ARG2
set border 1
set grid noytics xtics linecolor rgb "#e4e4e4"
set ytics scale 0
set xtics scale 0.5 font ",12"
set yrange [0.4:n_rows + 0.6]
set rmargin 10
if (axis eq "log") {
    eval(log_ticks("x", reach_min_x, reach_max_y))
} else { set xrange [0:*] }
set label 98 title at screen 0.02, graph 1 left offset 0, 1.3 font ",13.5" textcolor rgb "#222222"
set tmargin 3
set bmargin at screen 100 / high
set key at screen 0.03, screen 66 / high left top vertical Left reverse
plot ARG1 index 1 using 2:1:($3 - $2):(0):yticlabels(4) every ::1 notitle with vectors nohead linewidth 5 linecolor rgb "#dfe5ec", \
     ARG1 index 2 using 2:1 title columnheader(2) with points pointtype 6 pointsize 0.8 linewidth 1.5 linecolor rgb blue, \
     for [i = 1:has_measured] ARG1 index 3 using 2:1:3:4 title columnheader(2) with xerrorbars pointtype 13 pointsize 1.3 linecolor rgb orange, \
     for [i = 1:has_modelled] ARG1 index 4 using 2:1 title columnheader(2) with points pointtype 2 pointsize 1 linewidth 1.5 linecolor rgb grey, \
     ARG1 index 5 using 2:1:3 every ::1 notitle with labels left offset 1.2, 0 font ",11" textcolor rgb "#777777"
