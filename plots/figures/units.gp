# SPDX-License-Identifier: MIT
# Which unit is ahead for which shape, and where they cross: time relative to the engine's.
caption = ARG4; claim = ARG5
load ARG3
array found[3]
do for [block = 0:2] {
    stats ARG1 index block using 1:2 every ::1 nooutput name sprintf("block%d", block)
    found[block + 1] = exists(sprintf("block%d_records", block)) ? value(sprintf("block%d_records", block)) : 0 # an empty block defines nothing
}
rows_n = 1
do for [block = 0:1] { if (found[block + 1] > 0) { rows_n = value(sprintf("block%d_max_y", block)) > rows_n ? value(sprintf("block%d_max_y", block)) : rows_n } }
eval(sized(240 + 28 * rows_n))
set output ARG2
heading = "An eval on the GPU and on the processor, to the engine's"; eval(put_heading)
set xlabel "times as long as on the engine (log)"
set logscale x
set format x "%g"
set grid xtics linecolor rgb "#e4e4e4" linewidth 1
set yrange [rows_n + 0.6:0.4]
set ytics font ",12"
eval(fit_left("0 1", 5))
set arrow 1 from 1, graph 0 to 1, graph 1 nohead dashtype 3 linecolor rgb grey
plot for [i = 1:(found[1] > 0)] ARG1 index 0 using 1:2:3:4:yticlabels(5) title columnheader(2) with xerrorbars pointtype 7 pointsize 0.8 linecolor rgb blue, \
     for [i = 1:(found[2] > 0)] ARG1 index 1 using 1:2:3:4:yticlabels(5) title columnheader(2) with xerrorbars pointtype 5 pointsize 0.8 linecolor rgb orange, \
     for [i = 1:(found[3] > 0)] ARG1 index 2 using 1:2 title columnheader(2) with points pointtype 9 pointsize 1.2 linecolor rgb red
