# SPDX-License-Identifier: MIT
# How much of each resource one program took, and what became of more.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
array found[4]
do for [block = 0:3] {
    stats ARG1 index block using 1:2 every ::1 nooutput name sprintf("block%d", block)
    found[block + 1] = exists(sprintf("block%d_records", block)) ? value(sprintf("block%d_records", block)) : 0 # an empty block defines nothing
}
heading = "How much one program took, resource by resource"; eval(put_heading)
set xlabel "amount of the resource (log)"
set logscale x 2
set xrange [0.7:400000]
set xtics ("1" 1, "16" 16, "256" 256, "" 4096, "65536" 65536)
set yrange [6.6:0.4]
set grid xtics linecolor rgb "#e4e4e4" linewidth 1
set ytics font ",12" scale 0
eval(fit_left("0", 3))
plot for [i = 1:(found[4] > 0)] ARG1 index 3 using 1:($2 - 0.35):(0):(0.7) title columnheader(2) with vectors nohead linecolor rgb orange linewidth 3, \
     for [i = 1:(found[1] > 0)] ARG1 index 0 using 1:2:yticlabels(3) title columnheader(2) with points pointtype 7 pointsize 0.7 linecolor rgb blue, \
     for [i = 1:(found[2] > 0)] ARG1 index 1 using 1:2 title columnheader(2) with points pointtype 2 pointsize 0.9 linewidth 1.5 linecolor rgb red, \
     for [i = 1:(found[3] > 0)] ARG1 index 2 using 1:2 title columnheader(2) with points pointtype 8 pointsize 1 linewidth 1.5 linecolor rgb purple
