# SPDX-License-Identifier: MIT
# Left: how far a chained request got. Right: what k steps cost, chained and one by one.
load ARG3
set output ARG2
stats ARG1 index 1 using 1 every ::1 nooutput name "cost"
cost_n = exists("cost_records") ? cost_records : 0 # an empty block defines nothing
set multiplot layout 1,2
set title "The chaining ladder: rung reached, trials"
unset key
set xlabel "loopback steps k"
set logscale x 2
set xrange [0.6:28]
set yrange [-0.6:5.6]
set ytics ("prepare refused" 0, "prepared" 1, "ready" 2, "enqueued" 3, "output changed" 4, "output right" 5)
plot ARG1 index 0 using 1:2 every ::1 with points pointtype 7 pointsize 3.2 linecolor rgb blue, \
     ARG1 index 0 using 1:2:3 every ::1 with labels textcolor rgb "#ffffff"
set title "Cost of k steps"
set key inside top left vertical
set ytics auto
set ylabel "us"
set yrange [0:*]
set format y "%g"
if (cost_n > 0) {
    plot ARG1 index 1 using ($1*0.94):2 title columnheader(2) with points pointtype 6 pointsize 0.5 linecolor rgb blue, \
         ARG1 index 1 using ($1*1.06):3 title columnheader(3) with points pointtype 4 pointsize 0.5 linecolor rgb orange
} else {
    set label 1 "not timed: no chain executed" at graph 0.5, graph 0.5 center
    unset key
    plot [0.6:28] [0:1] NaN
}
unset multiplot
