# SPDX-License-Identifier: MIT
# For which unit the operations of each case are planned.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
array found[3]
do for [block = 0:2] {
    stats ARG1 index block using 1:2 every ::1 nooutput name sprintf("block%d", block)
    found[block + 1] = exists(sprintf("block%d_records", block)) ? value(sprintf("block%d_records", block)) : 0 # an empty block defines nothing
}
heading = "Where operations are planned to run"; eval(put_heading)
set xlabel "share of the operations"
set xrange [0:1]
set yrange [7.6:0.4]
set ytics font ",12"
eval(fit_left("0", 4))
set style fill solid 0.9 noborder
plot for [i = 1:(found[1] > 0)] ARG1 index 0 using 1:3:1:2:($3 - 0.3):($3 + 0.3):yticlabels(4) title columnheader(2) with boxxyerror linecolor rgb blue, \
     for [i = 1:(found[2] > 0)] ARG1 index 1 using 1:3:1:2:($3 - 0.3):($3 + 0.3) title columnheader(2) with boxxyerror linecolor rgb green, \
     for [i = 1:(found[3] > 0)] ARG1 index 2 using 1:3:1:2:($3 - 0.3):($3 + 0.3) title columnheader(2) with boxxyerror linecolor rgb orange
