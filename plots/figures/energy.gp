# SPDX-License-Identifier: MIT
# Watts while evals run, by kind of work and by whose they are.
caption = ARG4; claim = ARG5
load ARG3
array found[4]
do for [block = 0:3] {
    stats ARG1 index block using 1:2 every ::1 nooutput name sprintf("block%d", block)
    found[block + 1] = exists(sprintf("block%d_records", block)) ? value(sprintf("block%d_records", block)) : 0 # an empty block defines nothing
}
rows_n = 0
do for [block = 1:3] { if (found[block + 1] > 0) { rows_n = value(sprintf("block%d_max_y", block)) > rows_n ? value(sprintf("block%d_max_y", block)) : rows_n } }
eval(sized(240 + 28 * rows_n))
set output ARG2
heading = "Power while evals run"; eval(put_heading)
set xlabel "watts"
set xrange [0:*]
set grid xtics linecolor rgb "#e4e4e4" linewidth 1
set yrange [rows_n + 0.6:0.4]
set ytics font ",12"
eval(fit_left("1 2 3", 5))
plot for [i = 1:(found[1] > 0)] ARG1 index 0 using 1:($2 + 0.4 * (rand(0) - 0.5)) title columnheader(2) with points pointtype 7 pointsize 0.25 linecolor rgb grey, \
     for [i = 1:(found[2] > 0)] ARG1 index 1 using 1:2:3:4:yticlabels(5) title columnheader(2) with xerrorbars pointtype 7 pointsize 0.7 linecolor rgb blue, \
     for [i = 1:(found[3] > 0)] ARG1 index 2 using 1:2:3:4:yticlabels(5) title columnheader(2) with xerrorbars pointtype 5 pointsize 0.7 linecolor rgb orange, \
     for [i = 1:(found[4] > 0)] ARG1 index 3 using 1:2:3:4:yticlabels(5) title columnheader(2) with xerrorbars pointtype 9 pointsize 0.8 linecolor rgb green
