# SPDX-License-Identifier: MIT
# The tail of the latency of the smallest eval: the share of evals that take longer.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
stats ARG1 index 0 using 1 every ::1 nooutput name "closed"
stats ARG1 index 1 using 1 every ::1 nooutput name "open"
closed_n = exists("closed_records") ? closed_records : 0 # an empty block defines nothing
open_n = exists("open_records") ? open_records : 0
stats ARG1 index 2 using 1 every ::1 nooutput name "tail"
tail_n = exists("tail_records") ? tail_records : 0
heading = "Latency of the smallest eval: the share that takes longer"; eval(put_heading)
set xlabel "latency, us (log)"
set ylabel "share that takes longer (log)"
set logscale x
set format x "%g"
set logscale y
set yrange [*:1.2]
set ytics ("all" 1, "1 in 10" 0.1, "1 in 100" 0.01, "1 in 1,000" 0.001, "1 in 10,000" 0.0001, "1 in 100,000" 0.00001)
set grid xtics
plot for [i = 1:(closed_n > 0)] ARG1 index 0 using 1:2 title columnheader(2) with linespoints linewidth 1.5 pointtype 7 pointsize 0.3 linecolor rgb blue, \
     for [i = 1:(open_n > 0)] ARG1 index 1 using 1:2 title columnheader(2) with linespoints linewidth 1.5 pointtype 7 pointsize 0.3 linecolor rgb orange, \
     for [i = 1:(tail_n > 0)] ARG1 index 2 using 1:2 title columnheader(2) with points pointtype 9 pointsize 1.6 linecolor rgb red
