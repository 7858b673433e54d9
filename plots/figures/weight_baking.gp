# SPDX-License-Identifier: MIT
# The weight-baking matrix: for each way of changing weights, the weights that the output showed.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
heading = "Weights shown by the output, for each way of changing them"; eval(put_heading)
unset key
unset grid
set xrange [0.4:6.6]
set yrange [*:*] reverse
set offsets 0, 0, 0.6, 0.6
set border 0
set ytics scale 0
set xtics scale 0
set xlabel "weights that the output matched; numbers: trials (n), each a process" offset -6, -0.6 font ",12"
set xtics font ",12"
set bmargin 6
# Outcomes are blue, trials without one grey. Outcomes predicted by published claims have an orange
# frame.
set label 1 "orange frame: predicted by published claims" at graph 0, graph 1.03 left textcolor rgb "#b35a1f" font ",12"
set tmargin 5.5
plot ARG1 using 2:1:(0.46):(0.42):($3 == 0 ? 0xf1f1f1 : $2 > 3 ? 0x9a9a9a : 0x2f6db3):xticlabels(5):yticlabels(4) every ::1 notitle \
         with boxxyerror fillstyle solid 1.0 noborder linecolor rgb variable, \
     ARG1 using ($6 == 1 ? $2 : NaN):1:(0.46):(0.42) every ::1 notitle \
         with boxxyerror fillstyle empty linecolor rgb orange linewidth 2.5, \
     ARG1 using 2:1:($3 > 0 ? sprintf("%d", $3) : "") every ::1 notitle with labels font ",16" textcolor rgb "#ffffff"
