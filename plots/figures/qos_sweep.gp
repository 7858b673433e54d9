# SPDX-License-Identifier: MIT
# Eval latency of each QoS level relative to level 21, with the equivalence band.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
stats ARG1 index 2 using 1:2 every ::1 nooutput name "band"
stats ARG1 index 2 using 3:4 every ::1 nooutput name "axis"
stats ARG1 index 2 using 5:6 every ::1 nooutput name "batches"
stats ARG1 index 1 using 1 every ::1 nooutput name "median"
median_n = exists("median_records") ? median_records : 0 # an empty block defines nothing
heading = "Eval latency at each QoS level, relative to level 21"; eval(put_heading)
set xlabel "QoS level; on the right: identical arms (A/A), a known +3.03 %" offset -2, 0
set ylabel "ratio to level 21"
set xrange [-1:73.5]
set yrange [axis_min_x:axis_max_y]
set xtics ("0" 0, "9" 9, "17" 17, "25" 25, "33" 33, "40" 40, "50" 50, "60" 60, "A/A" 67, "+3 %%" 72) font ",12"
set object 1 rectangle from graph 0, first band_min_x to graph 1, first band_max_y fillcolor rgb pale fillstyle solid noborder behind
set arrow 1 from 64.5, graph 0 to 64.5, graph 1 nohead linecolor rgb grey
plot keyentry with boxes fillstyle solid noborder linecolor rgb pale title sprintf("equal: %.2f to %.2f (beyond the axis: %d of %d batches)", band_min_x, band_max_y, batches_max_y, batches_max_x), \
     ARG1 index 0 using ($1 + 0.5 * (rand(0) - 0.5)):2 title columnheader(2) with points pointtype 7 pointsize 0.22 linecolor rgb grey, \
     for [i = 1:(median_n > 0)] ARG1 index 1 using 1:2:3:4 title columnheader(2) with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb blue
