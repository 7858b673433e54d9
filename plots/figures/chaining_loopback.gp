# SPDX-License-Identifier: MIT
# Above: how far a chained request got. Below: what k steps cost chained, relative to k evals.
caption = ARG4; claim = ARG5
load ARG3
eval(sized(680))
set output ARG2
stats ARG1 index 0 using 1 every ::1 nooutput name "ladder"
ladder_n = exists("ladder_records") ? ladder_records : 0 # an empty block defines nothing
stats ARG1 index 1 using 1:2 every ::1 nooutput name "cost"
cost_n = exists("cost_records") ? cost_records : 0
set multiplot
set size 1, (cost_n > 0 ? 0.46 : 1)
set origin 0, (cost_n > 0 ? 0.54 : 0)
set bmargin (cost_n > 0 ? 3.2 : 4.5)
set xlabel "loopback steps k" offset 0, 0.3
set logscale x 2
set xrange [0.6:28]
if (ladder_n > 0) {
    heading = "How far a chained request of k steps got"; eval(put_heading)
    set yrange [-0.6:5.6]
    set ytics ("prepare refused" 0, "prepared" 1, "ready" 2, "enqueued" 3, "output changed" 4, "output right" 5)
    plot ARG1 index 0 using 1:2 title columnheader(3) with points pointtype 7 pointsize 2.2 linecolor rgb blue, \
         ARG1 index 0 using 1:2:3 every ::1 notitle with labels font ",12" textcolor rgb "#ffffff"
}
if (cost_n > 0) {
    unset label 99; unset label 98
    if (ladder_n == 0) { eval(put_caption) }
    set size 1, (ladder_n > 0 ? 0.54 : 1)
    set origin 0, 0
    set bmargin 4
    stats ARG1 index 2 using 1:2 every ::1 nooutput name "claimed"
    set title "Cost of k chained steps, to k evals (a point: a round)"
    unset logscale y
    set ytics auto
    set ylabel "ratio"
    # Single rounds may be far out; the threshold must stay visible.
    set yrange [(cost_min_y < 0.9 ? (cost_min_y < 0.5 ? 0.5 : cost_min_y) : 0.9):(cost_max_y > 1.1 ? (cost_max_y > 1.6 ? 1.6 : cost_max_y) : 1.1)]
    set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead linecolor rgb grey
    set arrow 2 from graph 0, first claimed_min_x to graph 1, first claimed_min_x nohead dashtype 2 linewidth 1.5 linecolor rgb red
    plot keyentry with lines dashtype 2 linewidth 1.5 linecolor rgb red title sprintf("below %.2f: a step is cheaper by the margin", claimed_min_x), \
         ARG1 index 1 using ($1 * (0.97 + 0.06 * rand(0))):2 title columnheader(2) with points pointtype 6 pointsize 0.5 linecolor rgb blue
}
unset multiplot
