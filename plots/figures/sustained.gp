# SPDX-License-Identifier: MIT
# Throughput of continuous evals over time.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
stats ARG1 index 2 using 1 every ::1 nooutput name "factor"
heading = "Throughput of continuous evals"; eval(put_heading)
stats ARG1 index 3 using 1 every ::1 nooutput name "least"
least_n = exists("least_records") ? least_records : 0
set xlabel "seconds since the first window began"
set ylabel factor_max > 1 ? "GFLOPS" : "TFLOPS"
set yrange [0:*]
plot ARG1 index 0 using 1:2 title columnheader(2) with points pointtype 7 pointsize 0.4 linecolor rgb grey, \
     ARG1 index 1 using 1:2 title columnheader(2) with lines linewidth 2 linecolor rgb blue, \
     for [i = 1:(least_n > 0)] ARG1 index 3 using 1:2 title columnheader(2) with lines dashtype 2 linewidth 1.5 linecolor rgb red
