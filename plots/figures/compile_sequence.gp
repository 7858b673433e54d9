# SPDX-License-Identifier: MIT
# Compile latency against index: does the twentieth program take longer than the first?
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
stats ARG1 index 0 using 1:2 every ::1 nooutput name "cold"
cold_n = exists("cold_records") ? cold_records : 0 # an empty block defines nothing
stats ARG1 index 1 using 1:2 every ::1 nooutput name "cached"
cached_n = exists("cached_records") ? cached_records : 0
stats ARG1 index 2 using 1 every ::1 nooutput name "median"
median_n = exists("median_records") ? median_records : 0
stats ARG1 index 3 using 1:2 every ::1 nooutput name "allowed"
allowed_n = exists("allowed_records") ? allowed_records : 0
stats ARG1 index 4 using 1:2 every ::1 nooutput name "rise"
rise_n = exists("rise_records") ? rise_records : 0
heading = "Compile time along a sequence of programs, all kept loaded"; eval(put_heading)
set xlabel "program, in order of compilation"
set ylabel "ms per compile"
last = (cold_n > 0 ? cold_max_x : 0)
last = (cached_n > 0 && cached_max_x > last ? cached_max_x : last)
set xrange [0:last + 1]
# From zero, unless an outlier would flatten the others.
set yrange [0:*]
if (cold_n > 0 && cold_min_y > 0 && cold_max_y > 20 * cold_min_y) {
    eval(log_ticks("y", cold_min_y, cold_max_y))
    set ylabel "ms per compile (log)"
    set yrange [*:*]
}
plot for [i = 1:(median_n > 0)] ARG1 index 2 using 1:3:4 every ::1 notitle with filledcurves fillstyle solid 0.2 noborder linecolor rgb orange, \
     for [i = 1:(median_n > 0)] ARG1 index 2 using 1:2 title columnheader(2) with linespoints pointtype 7 pointsize 0.3 linewidth 2 linecolor rgb orange, \
     for [i = 1:(allowed_n > 0)] ARG1 index 3 using 1:2 title columnheader(2) with lines dashtype 2 linewidth 1.5 linecolor rgb red, \
     for [i = 1:(rise_n > 0)] ARG1 index 4 using 1:2 title columnheader(2) with lines linewidth 2 linecolor rgb green, \
     for [i = 1:(cold_n > 0)] ARG1 index 0 using 1:2 title columnheader(2) with points pointtype 6 pointsize 0.8 linecolor rgb blue, \
     for [i = 1:(cached_n > 0)] ARG1 index 1 using 1:2 title columnheader(2) with points pointtype 2 pointsize 0.8 linecolor rgb grey
