# SPDX-License-Identifier: MIT
# Parts of a training step as stacked bars, one bar a source.
caption = ARG4; claim = ARG5
load ARG3
stats ARG1 index 0 using 1 every ::1 nooutput name "row"
high = 224.0 + 30 * row_max
eval(sized(high))
set output ARG2
title = "Parts of a published training step of Stories110M, ms"
set border 1
set grid noytics xtics linecolor rgb "#e4e4e4"
set ytics scale 0
set xtics scale 0.5
set yrange [0.4:row_max + 0.6]
set xrange [0:*]
set rmargin 10
set style fill solid 0.9 border rgb "#ffffff"
set label 98 title at screen 0.02, graph 1 left offset 0, 1.3 font ",13.5" textcolor rgb "#222222"
set tmargin 3
set bmargin at screen 124 / high
set key at screen 0.02, screen 96 / high left top vertical maxrows 4 Left reverse font ",11" samplen 1
set ytics font ",12"
eval(fit_left("0", 3))
array color[7] = ["#2f6db3", "#8fb8de", "#d9722b", "#3c9a5f", "#a9d3a0", "#b5b5b5", "#ececec"]
shown = "" # the parts that any source has
do for [i = 1:7] {
    stats ARG1 index i using 1 every ::1 nooutput name "part"
    if (exists("part_records") && part_records > 0) { shown = shown . " " . i }
    undefine part_*
}
plot for [i in shown] ARG1 index int(i) using ($2 + $3) / 2:1:2:3:($1 - 0.32):($1 + 0.32) title columnheader(2) with boxxyerror linecolor rgb color[int(i)], \
     ARG1 index 0 using 2:1:4:yticlabels(3) every ::1 notitle with labels left offset 0.7, 0 textcolor rgb "#333333"
