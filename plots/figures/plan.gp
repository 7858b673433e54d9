# SPDX-License-Identifier: MIT
# Training schedules from their start: one row per way of updating weights.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
stats ARG1 index 4 using 1:2 every ::1 nooutput name "way"
set title "Training schedules: how each way of updating weights spends its time"
set xlabel "s"
set xrange [0:way_max_y]
set yrange [way_max_x + 0.8:0.2]
unset ytics
set border 1
set style fill solid 0.9 noborder
set key tmargin left horizontal Left reverse
plot ARG1 index 0 using ($2):1:2:3:($1 - 0.05):($1 + 0.2) title columnheader(3) with boxxyerror linecolor rgb green, \
     ARG1 index 1 using ($2):1:2:3:($1 - 0.05):($1 + 0.2) title columnheader(3) with boxxyerror linecolor rgb grey, \
     ARG1 index 2 using ($2):1:2:3:($1 - 0.05):($1 + 0.2) title columnheader(3) with boxxyerror linecolor rgb red, \
     ARG1 index 3 using ($2):1:2:3:($1 + 0.22):($1 + 0.32) title columnheader(3) with boxxyerror linecolor rgb blue, \
     ARG1 index 4 using (0):($1 - 0.16):3 every ::1 notitle with labels left offset 0.5, 0 font ",12" textcolor rgb "#333333"
