# SPDX-License-Identifier: MIT
# Eval latency of each QoS level relative to level 21, with the equivalence band.
load ARG3
set output ARG2
stats ARG1 index 2 using 1 every ::1 nooutput name "low"
stats ARG1 index 2 using 2 every ::1 nooutput name "high"
stats ARG1 index 1 using 4 every ::1 nooutput name "top"
stats ARG1 index 1 using 3 every ::1 nooutput name "bottom"
set title "Eval latency at each QoS level, relative to level 21"
set xlabel "QoS level; right of the line the controls: identical arms (A/A) and a known +3.03 %"
set ylabel "ratio to level 21"
set xrange [-1:70.5]
# Single batches may lie far out; the axis shows the medians and the band, with room around them.
set yrange [1 - 3 * (1 - low_min) < bottom_min - 0.01 ? 1 - 3 * (1 - low_min) : bottom_min - 0.01 : \
            1 + 3 * (high_max - 1) > top_max + 0.01 ? 1 + 3 * (high_max - 1) : top_max + 0.01]
set xtics ("0" 0, "9" 9, "17" 17, "21" 21, "25" 25, "33" 33, "40" 40, "50" 50, "63" 63, "A/A" 66.75, "+3 %%" 69)
set object 1 rectangle from graph 0, first low_min to graph 1, first high_max fillcolor rgb pale fillstyle solid noborder behind
set arrow 1 from 64.5, graph 0 to 64.5, graph 1 nohead linecolor rgb grey
set label 1 sprintf("equivalence band %.2f to %.2f", low_min, high_max) at graph 0.01, first high_max offset 0, 0.6 textcolor rgb green
plot ARG1 index 0 using ($1 + 0.5 * (rand(0) - 0.5)):2 title columnheader(2) with points pointtype 7 pointsize 0.22 linecolor rgb grey, \
     ARG1 index 1 using 1:2:3:4 title columnheader(2) with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb blue
