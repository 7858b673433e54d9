# SPDX-License-Identifier: MIT
# Throughput of each stack of convolutions.
caption = ARG4
load ARG3
set output ARG2
stats ARG1 index 0 using 1 every ::1 nooutput name "raw"
raw_n = exists("raw_records") ? raw_records : 0 # an empty block defines nothing
stats ARG1 index 1 using 1 every ::1 nooutput name "place"
stats ARG1 index 2 using 1 every ::1 nooutput name "factor"
set title "Throughput of stacks of 1x1 convolutions (fp16 in and out, checked output)"
set ylabel factor_max > 1 ? "GFLOPS" : "TFLOPS"
set yrange [0:*]
set xrange [0.4:place_max + 0.6]
set xtics rotate by -35
set bmargin 9
set rmargin 14
plot for [i = 1:(raw_n > 0)] ARG1 index 0 using ($1 + 0.3 * (rand(0) - 0.5)):2 title columnheader(2) with points pointtype 7 pointsize 0.25 linecolor rgb grey, \
     ARG1 index 1 using 1:2:3:4:xticlabels(5) title columnheader(2) with yerrorbars pointtype 7 pointsize 0.7 linecolor rgb blue
