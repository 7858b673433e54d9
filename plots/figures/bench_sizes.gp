# SPDX-License-Identifier: MIT
# The median latency of each file and device over the sizes of a sweep, with its interval.
caption = ARG4
load ARG3
set output ARG2
stats ARG1 using 1:2 nooutput name "all"
set title "Median latency by size, with its 95 % interval"
set xlabel "size, as in --sweep"
set ylabel "us, logarithmic"
set logscale y
set format y "%g"
unset grid
set grid ytics linecolor rgb "#e4e4e4" linewidth 1
set offsets graph 0.05, graph 0.05, 0, 0
colours = "#2f6db3 #d9722b #3c9a5f #c23b3b #9a9a9a"
if (all_min_x > 0 && all_max_x / all_min_x > 8) set logscale x 2
plot for [i = 0:all_blocks - 1] ARG1 index i using 1:2:3:4:xtic(5) title columnheader(2) with yerrorlines linewidth 2 pointtype 7 pointsize 0.5 linecolor rgb word(colours, i % 5 + 1)
