# SPDX-License-Identifier: MIT
# Time of an eval against the bytes of its weights.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
do for [k = 0:4] { stats ARG1 index k using 1 every ::1 nooutput name sprintf("block%d", k) }
# an empty block defines nothing
n(k) = exists(sprintf("block%d_records", k)) ? value(sprintf("block%d_records", k)) : 0
heading = "Time of an eval against the size of its weights"; eval(put_heading)
set xlabel "MB of weights"
set ylabel "ms per eval"
set xrange [0:*]
set yrange [0:*]
if (n(3) > 0) {
    stats ARG1 index 3 using 2 every ::1 nooutput name "from"
    stats ARG1 index 3 using 3 every ::1 nooutput name "to"
    set object 1 rectangle from first from_min, graph 0 to first to_max, graph 1 fillcolor rgb pale fillstyle solid noborder behind
}
if (n(4) > 0) {
    stats ARG1 index 4 using 1:2 every ::1 nooutput name "claimed"
    set object 2 rectangle from first claimed_min_x, graph 0 to first claimed_max_y, graph 1 fillcolor rgb "#fbe3d2" fillstyle solid noborder behind
}
plot for [i = 1:(n(4) > 0)] keyentry with boxes fillstyle solid noborder linecolor rgb "#fbe3d2" title sprintf("claimed: %.3g to %.3g MB", claimed_min_x, claimed_max_y), \
     for [i = 1:(n(3) > 0)] ARG1 index 3 using (NaN):(NaN) title columnheader(2) with boxes fillstyle solid noborder linecolor rgb pale, \
     for [i = 1:(n(0) > 0)] ARG1 index 0 using 1:2:3:4 title columnheader(2) with yerrorbars pointtype 7 pointsize 0.6 linecolor rgb blue, \
     for [i = 1:(n(1) > 0)] ARG1 index 1 using 1:2:3:4 title columnheader(2) with yerrorbars pointtype 5 pointsize 0.5 linecolor rgb orange, \
     for [i = 1:(n(2) > 0)] ARG1 index 2 using 1:2:3:4 title columnheader(2) with yerrorbars pointtype 9 pointsize 0.8 linecolor rgb green
