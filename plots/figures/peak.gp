# SPDX-License-Identifier: MIT
# Throughput of each stack of convolutions.
load ARG3
set output ARG2
set title "Throughput of stacks of 1x1 convolutions (fp16 in and out, checked output)"
set ylabel "TFLOPS"
set yrange [0:*]
set offsets 0.6, 0.6, 0, 0
set xtics rotate by -30
plot ARG1 index 0 using ($1 + 0.3 * (rand(0) - 0.5)):2 title columnheader(2) with points pointtype 7 pointsize 0.25 linecolor rgb grey, \
     ARG1 index 1 using 1:2:3:4:xticlabels(5) title columnheader(2) with yerrorbars pointtype 7 pointsize 0.7 linecolor rgb blue
