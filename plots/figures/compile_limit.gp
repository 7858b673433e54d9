# SPDX-License-Identifier: MIT
# Compile latency against index in one process, and where something ran out.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
array n[3]
do for [i = 1:3] {
    stats ARG1 index (i - 1) using 1 every ::1 nooutput name "arm"
    n[i] = exists("arm_records") ? arm_records : 0 # an empty block defines nothing
    undefine arm_*
}
stats ARG1 index 3 using 1 every ::1 nooutput name "end"
stats ARG1 index 4 using 1:2 every ::1 nooutput name "claimed"
n_ends = exists("end_records") ? end_records : 0
array colour[3] = [blue, orange, green]
array symbol[3] = [6, 4, 8]
heading = "Compile time as one process creates program after program"; eval(put_heading)
set xlabel "programs created in the process"
set ylabel "ms per compile (log)"
set key font ",11"
last = 1
low = 1e30
high = 0
do for [i = 1:3] {
    if (n[i] > 0) {
        stats ARG1 index (i - 1) using 1:2 every ::1 nooutput name "arm"
        last = arm_max_x > last ? arm_max_x : last
        low = arm_min_y < low ? arm_min_y : low
        high = arm_max_y > high ? arm_max_y : high
    }
}
do for [k = 1:n_ends] {
    stats ARG1 index 3 using 1:2 every ::k::k nooutput name "end"
    last = end_max_x > last ? end_max_x : last
    x = end_max_x + 0.002 * (end_max_y - 1) * last # arms that end together stand side by side
    set arrow from x, graph 0 to x, graph 1 nohead dashtype 2 linewidth 1.5 linecolor rgb colour[int(end_max_y) + 1]
}
# The claimed range is always shown: a search may end before it.
last = 1.06 * claimed_max_y > last ? 1.06 * claimed_max_y : last
set object 1 rectangle from first claimed_min_x, graph 0 to first claimed_max_y, graph 1 fillcolor rgb "#fbe3d2" fillstyle solid noborder behind
eval(log_ticks("y", low, high))
set yrange [0.5 * low:2 * high]
set xrange [0:1.02 * last + 1]
plot for [i = 1:3] for [j = 1:(n[i] > 0)] ARG1 index (i - 1) using 1:2 title columnheader(2) \
         with points pointtype symbol[i] pointsize 0.6 linecolor rgb colour[i], \
     keyentry with boxes fillstyle solid noborder linecolor rgb "#fbe3d2" title sprintf("claimed: %d to %d programs", claimed_min_x, claimed_max_y), \
     for [j = 1:(n_ends > 0)] keyentry with lines dashtype 2 linewidth 1.5 linecolor rgb grey \
         title "broken line: a call was refused or an output was wrong"
