# SPDX-License-Identifier: MIT
# Training by each way of updating weights: time, loss, stall, and age of the weights.
caption = ARG4; claim = ARG5
load ARG3
eval(sized(1180))
set output ARG2
# sync, double at most one update old, double never waiting, reload, dynamic, mapped
colours = grey . " " . blue . " " . orange . " " . red . " " . green . " " . purple
colour(way) = int("0x" . word(colours, int(way))[2:])
stats ARG1 index 4 using 1:2 every ::1 nooutput name "way"
# An arm that did not run has no block, so blocks after the first five are counted.
set multiplot
set origin 0, 0.7
set size 1, 0.3
heading = "The first updates: how each way spends its time"; eval(put_heading)
set xlabel "s from the first step" offset 0, 0.4
set xrange [0:way_max_y]
set xtics step(way_max_y)
set yrange [way_max_x + 0.6:0.4]
set ytics scale 0
unset grid
set border 1
set bmargin 3
set style fill solid 0.9 noborder
set key tmargin left vertical maxrows 2 Left reverse
plot ARG1 index 0 using ($2):1:2:3:($1 - 0.3):($1 + 0.1) title columnheader(3) with boxxyerror linecolor rgb green, \
     ARG1 index 1 using ($2):1:2:3:($1 - 0.3):($1 + 0.1) title columnheader(3) with boxxyerror linecolor rgb grey, \
     ARG1 index 2 using ($2):1:2:3:($1 - 0.3):($1 + 0.1) title columnheader(3) with boxxyerror linecolor rgb red, \
     ARG1 index 3 using ($2):1:2:3:($1 + 0.15):($1 + 0.32) title columnheader(3) with boxxyerror linecolor rgb blue, \
     ARG1 index 4 using (0):1:yticlabels(3) every ::1 notitle with points pointtype -1
unset label 98; unset label 99
set border 3
set xrange [0:*]
set yrange [*:*]
set ytics autofreq nomirror scale 1
set grid ytics linecolor rgb "#e4e4e4" linewidth 1
stats ARG1 using 1 nooutput name "all"
n_arms = all_blocks - 5
array most[3] = [0, 0, 0]
do for [i = 5:4 + n_arms] { do for [k = 1:3] {
    stats ARG1 index i using k every ::1 nooutput name "course"
    if (exists("course_max")) { most[k] = course_max > most[k] ? course_max : most[k] }
    undefine course_*
} }
set style data linespoints
set pointsize 0.4
set size 0.5, 0.28
set origin 0, 0.315
set title "Loss by steps"
set xtics step(2 * most[2])
set xlabel "windows trained on"
set ylabel "nats per token"
set tmargin 2.2
# the first line is wide, so that an overlapping one does not hide it
set key at screen 0.06, 0.69 left top vertical maxrows 6 maxcols 1 Left reverse font ",12"
set xtics font ",12"
plot for [i = 5:4 + n_arms] ARG1 index i using 2:4:(colour($7)) title columnheader(4) linecolor rgb variable pointtype 7 linewidth (i == 5 ? 4 : 1.5)
set origin 0.5, 0.315
set title "Loss by wall time"
set xtics step(2 * most[3])
set xlabel "s from the first step"
unset key
plot for [i = 5:4 + n_arms] ARG1 index i using 3:4:(colour($7)) every ::1 notitle linecolor rgb variable pointtype 7 linewidth (i == 5 ? 4 : 1.5)
set origin 0, 0.02
set size 0.5, 0.28
set title "Stall after each update"
set xtics step(2 * most[1])
set xlabel "update"
set ylabel "s"
set yrange [0:*]
plot for [i = 5:4 + n_arms] ARG1 index i using 1:5:(colour($7)) every ::1 notitle linecolor rgb variable pointtype 7 linewidth (i == 5 ? 4 : 1.5)
set origin 0.5, 0.02
set title "Age of the weights in use"
set ylabel "updates"
plot for [i = 5:4 + n_arms] ARG1 index i using 1:6:(colour($7)) every ::1 notitle linecolor rgb variable pointtype 7 linewidth (i == 5 ? 4 : 1.5)
unset multiplot
