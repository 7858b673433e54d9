# SPDX-License-Identifier: MIT
# Parts of a training step as stacked bars, one bar a source.
caption = ARG4; claim = ARG5
load ARG3
stats ARG1 index 0 using 1 every ::1 nooutput name "row"
set terminal svg size 560, 190 + 30 * row_max dynamic noenhanced font "Helvetica,Arial,sans-serif,14" background "#ffffff"
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
set bmargin 7
set key at screen 0.02, screen 0.2 left top vertical maxrows 3 Left reverse font ",11" samplen 1
set ytics font ",12"
array color[7] = ["#2f6db3", "#8fb8de", "#d9722b", "#3c9a5f", "#a9d3a0", "#b5b5b5", "#ececec"]
plot for [i = 1:7] ARG1 index i using ($2 + $3) / 2:1:2:3:($1 - 0.32):($1 + 0.32) title columnheader(2) with boxxyerror linecolor rgb color[i], \
     ARG1 index 0 using 2:1:4:yticlabels(3) every ::1 notitle with labels left offset 0.7, 0 textcolor rgb "#333333"
