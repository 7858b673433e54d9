# SPDX-License-Identifier: MIT
# Left: one background compile and the evals around it, as they happened. Right: what the evals'
# rate becomes beside nothing, CPU load and a compile.
load ARG3
set output ARG2
stats ARG1 index 0 using 3 every ::1 nooutput name "eval"
eval_n = exists("eval_records") ? eval_records : 0 # an empty block defines nothing
if (eval_n > 0) { set yrange [0.6 * eval_min : 2 * eval_max] }
set multiplot
set size 0.64, 1
set origin 0, 0
set title "One background compile and the evals around it"
set xlabel "ms"
set ylabel "us an eval, mean of each batch"
set logscale y
set ytics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
plot ARG1 index 0 using (strcol(4) eq "compile" ? $1 : NaN):(1):1:2:(1e-6):(1e9) every ::1 title "compiling" \
         with boxxyerror fillstyle solid 1.0 noborder linecolor rgb "#fbe3d2", \
     ARG1 index 0 using (strcol(4) eq "eval" ? $1 : NaN):3:($2 - $1):(0) every ::1 title "evals beside a compile" \
         with vectors nohead linewidth 3 linecolor rgb blue, \
     ARG1 index 1 using (strcol(4) eq "eval" ? $1 : NaN):3:($2 - $1):(0) every ::1 title "evals beside CPU load, another process" \
         with vectors nohead linewidth 1.5 linecolor rgb grey
unset logscale y
set ytics auto
set ytics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
set size 0.36, 1
set origin 0.64, 0
set title "Rate of evals beside ..."
unset xlabel
set ylabel "rate relative to evals alone"
set yrange [0:*]
set xrange [0.5:3.5]
set xtics rotate by -20
set arrow 1 from 0.5, 1 to 3.5, 1 nohead linecolor rgb grey dashtype 2
plot ARG1 index 2 using ($1 + 0.25 * (rand(0) - 0.5)):2 every ::1 title "one window" with points pointtype 7 pointsize 0.35 linecolor rgb grey, \
     ARG1 index 3 using 1:2:3:4:xticlabels(5) every ::1 title "median, 95 % interval" with yerrorbars pointtype 7 pointsize 0.8 linecolor rgb blue
unset multiplot
