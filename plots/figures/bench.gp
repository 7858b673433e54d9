# SPDX-License-Identifier: MIT
# The distribution of latencies of each file and device: the share of evals that took at most this
# long.
caption = ARG4
load ARG3
set output ARG2
stats ARG1 using 1:2 nooutput name "all"
set title "Latency: share of evals that took at most this long"
set xlabel "us, logarithmic"
set ylabel "share of evals"
set logscale x
set format x "%g"
set yrange [0:1]
colours = "#2f6db3 #d9722b #3c9a5f #c23b3b #9a9a9a"
plot for [i = 0:all_blocks - 1] ARG1 index i using 1:2 title columnheader(2) with steps linewidth 2 linecolor rgb word(colours, i % 5 + 1)
