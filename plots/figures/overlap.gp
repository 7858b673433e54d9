# SPDX-License-Identifier: MIT
# Left: one background compile and the evals around it, as they happened. Right: what the evals'
# rate becomes beside nothing, CPU load and a compile.
caption = ARG4
load ARG3
set output ARG2
stats ARG1 index 0 using 3 every ::1 nooutput name "eval"
eval_n = exists("eval_records") ? eval_records : 0 # an empty block defines nothing
stats ARG1 index 1 using 3 every ::1 nooutput name "load"
load_n = exists("load_records") ? load_records : 0
stats ARG1 index 2 using 2 every ::1 nooutput name "window"
window_n = exists("window_records") ? window_records : 0
stats ARG1 index 3 using 2 every ::1 nooutput name "median"
median_n = exists("median_records") ? median_records : 0
left = window_n + median_n == 0 ? 1 : 0.62
set key font ",11"
set multiplot
if (eval_n > 0) {
    low = load_n > 0 && load_min < eval_min ? load_min : eval_min
    high = load_n > 0 && load_max > eval_max ? load_max : eval_max
    set size left, 1
    set origin 0, 0
    set title "One background compile and the evals around it (n = 1 process)"
    set xlabel "ms"
    set ylabel "us an eval, batch means, logarithmic"
    eval(log_ticks(low, high))
    set yrange [0.7 * low:1.4 * high]
    plot ARG1 index 0 using (strcol(4) eq "compile" ? $1 : NaN):(low):1:2:(0.7 * low):(1.4 * high) title columnheader(5) \
             with boxxyerror fillstyle solid 1.0 noborder linecolor rgb "#fbe3d2", \
         ARG1 index 0 using (strcol(4) eq "eval" ? $1 : NaN):3:($2 - $1):(0) title columnheader(3) \
             with vectors nohead linewidth 3 linecolor rgb blue, \
         for [i = 1:(load_n > 0)] ARG1 index 1 using 1:3:($2 - $1):(0) title columnheader(3) \
             with vectors nohead linewidth 1.5 linecolor rgb grey
    unset logscale y
    set ytics auto
}
if (window_n + median_n > 0) {
    set size (eval_n > 0 ? 0.38 : 1), 1
    set origin (eval_n > 0 ? 0.62 : 0), 0
    set title "Rate of evals, relative to alone"
    set xlabel "beside ..." offset 0, -0.7
    set ylabel "ratio"
    set yrange [0:*]
    set xrange [0.5:3.5]
    set xtics ("nothing" 1, "CPU load" 2, "a compile" 3) font ",11"
    set arrow 1 from 0.5, 1 to 3.5, 1 nohead linecolor rgb grey dashtype 2
    plot for [i = 1:(window_n > 0)] ARG1 index 2 using ($1 + 0.25 * (rand(0) - 0.5)):2 title columnheader(2) with points pointtype 7 pointsize 0.35 linecolor rgb grey, \
         for [i = 1:(median_n > 0)] ARG1 index 3 using 1:2:3:4:xticlabels(strcol(5) . "\n" . strcol(6)) title columnheader(2) with yerrorbars pointtype 7 pointsize 0.8 linecolor rgb blue
}
unset multiplot
