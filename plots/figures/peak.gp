# SPDX-License-Identifier: MIT
# Throughput of each stack of convolutions.
caption = ARG4; claim = ARG5
load ARG3
eval(sized(500))
set output ARG2
stats ARG1 index 0 using 1 every ::1 nooutput name "raw"
raw_n = exists("raw_records") ? raw_records : 0 # an empty block defines nothing
stats ARG1 index 1 using 1 every ::1 nooutput name "place"
stats ARG1 index 2 using 1 every ::1 nooutput name "factor"
heading = "Throughput of stacks of 1x1 convolutions, fp16"; eval(put_heading)
set ylabel factor_max > 1 ? "GFLOPS" : "TFLOPS"
set yrange [0:*]
set xrange [0.4:place_max + 0.6]
set xtics rotate by -45
set bmargin 7.5
set rmargin 9
set xtics font ",11"
stats ARG1 index 3 using 1 every ::1 nooutput name "claimed"
claimed_n = exists("claimed_records") ? claimed_records : 0
plot for [i = 1:(claimed_n > 0)] ARG1 index 3 using 1:2:(0.38):3 title columnheader(2) with boxxyerror fillstyle solid 1 noborder linecolor rgb "#fbe3d2", \
     for [i = 1:(raw_n > 0)] ARG1 index 0 using ($1 + 0.3 * (rand(0) - 0.5)):2 title columnheader(2) with points pointtype 7 pointsize 0.25 linecolor rgb grey, \
     ARG1 index 1 using 1:2:3:4:xticlabels(5) title columnheader(2) with yerrorbars pointtype 7 pointsize 0.7 linecolor rgb blue
