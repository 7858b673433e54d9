# SPDX-License-Identifier: MIT
# Verdicts by machine: a letter in a coloured cell.
caption = ARG4; claim = ARG5
load ARG3
stats ARG1 index 0 using 1 every ::1 nooutput name "column"
stats ARG1 index 1 using 1 every ::1 nooutput name "row"
set terminal svg size 560 + (column_max > 6 ? 44 * (column_max - 6) : 0), 170 + 20 * row_max dynamic noenhanced font "Helvetica,Arial,sans-serif,13.5" background "#ffffff"
set output ARG2
title = "R reproduced, C contradicted, I inconclusive, T untrusted, - unsupported; small: simulated"
set label 98 title at screen 0.02, graph 1 left offset 0, 1.3 font ",12" textcolor rgb "#222222"
set tmargin 3
set border 0
unset grid
set tics scale 0
set ytics offset -0.5
set lmargin 36
set rmargin 3 + (column_max < 6 ? 2 * (6 - column_max) : 0)
set bmargin 8
set xtics rotate by -35
set xrange [0.5:column_max + 0.5]
set yrange [0.5:row_max + 0.5]
set style fill solid 1 border rgb "#ffffff"
fill(number) = number == 4 ? 0xbfe3c8 : number == 1 ? 0xf2c4bd : number == 0 ? 0xf0f0f0 : 0xf3e3b3
plot ARG1 index 2 using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):(fill($4)) every ::1 notitle with boxxyerror linecolor rgb variable, \
     ARG1 index 2 using 1:2:3 every ::1 notitle with labels textcolor rgb "#222222", \
     ARG1 index 0 using 1:(0.5):xticlabels(2) every ::1 notitle with points pointtype -1, \
     ARG1 index 1 using (0.5):1:yticlabels(2) every ::1 notitle with points pointtype -1
