# SPDX-License-Identifier: MIT
# Left: how far a chained request got. Right: what k steps cost, chained and one by one.
caption = ARG4
load ARG3
set output ARG2
stats ARG1 index 0 using 1 every ::1 nooutput name "ladder"
ladder_n = exists("ladder_records") ? ladder_records : 0 # an empty block defines nothing
stats ARG1 index 1 using 1:2 every ::1 nooutput name "cost"
cost_n = exists("cost_records") ? cost_records : 0
set key font ",11"
set multiplot
set size (cost_n > 0 ? 0.48 : 1), 1
set origin 0, 0
set xlabel "loopback steps k"
set logscale x 2
set xrange [0.6:28]
if (ladder_n > 0) {
    set title "The chaining ladder: how far a request of k steps got"
    set yrange [-0.6:5.6]
    set ytics ("prepare refused" 0, "prepared" 1, "ready" 2, "enqueued" 3, "output changed" 4, "output right" 5)
    plot ARG1 index 0 using 1:2 title columnheader(3) with points pointtype 7 pointsize 3 linecolor rgb blue, \
         ARG1 index 0 using 1:2:3 every ::1 notitle with labels textcolor rgb "#ffffff"
}
if (cost_n > 0) {
    set size (ladder_n > 0 ? 0.52 : 1), 1
    set origin (ladder_n > 0 ? 0.48 : 0), 0
    set title "Cost of k steps, one round a point"
    eval(log_ticks(cost_min_y, cost_max_y))
    set ylabel "us a request, logarithmic"
    set yrange [*:*]
    plot ARG1 index 1 using ($1*0.94):2 title columnheader(2) with points pointtype 6 pointsize 0.5 linecolor rgb blue, \
         ARG1 index 1 using ($1*1.06):3 title columnheader(3) with points pointtype 4 pointsize 0.5 linecolor rgb orange
}
unset multiplot
