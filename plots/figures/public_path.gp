# SPDX-License-Identifier: MIT
# What Core ML costs an eval, over what the eval takes by the private framework.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
array found[3]
do for [block = 0:2] {
    stats ARG1 index block using 1:2 every ::1 nooutput name sprintf("block%d", block)
    found[block + 1] = exists(sprintf("block%d_records", block)) ? value(sprintf("block%d_records", block)) : 0 # an empty block defines nothing
}
heading = "An eval by Core ML, to one by the private framework"; eval(put_heading)
set xlabel "eval by the private framework, us (log)"
set ylabel "times as long (log)"
low = found[1] > 0 ? 0.6 * block0_min_x : 1
high = found[1] > 0 ? 1.8 * block0_max_x : 10
eval(log_ticks("x", low, high))
set xrange [low:high]
high = found[1] > 0 ? block0_max_y : 1
high = found[2] > 0 && block1_max_y > high ? block1_max_y : high
eval(log_ticks("y", 0.5, high))
set yrange [*:*]
plot for [i = 1:(found[1] > 0)] ARG1 index 0 using 1:2:3:4 title columnheader(2) with yerrorbars pointtype 7 pointsize 0.8 linecolor rgb blue, \
     for [i = 1:(found[1] > 0)] ARG1 index 0 using 1:2:5 every ::1 notitle with labels offset 0, 0.9 font ",10" textcolor rgb "#444444", \
     for [i = 1:(found[2] > 0)] ARG1 index 1 using 1:2:3:4 title columnheader(2) with yerrorbars pointtype 5 pointsize 0.7 linecolor rgb orange, \
     for [i = 1:(found[3] > 0)] ARG1 index 2 using 1:2 title columnheader(2) with lines linewidth 1.5 dashtype 2 linecolor rgb red
