# SPDX-License-Identifier: MIT
# Above: one background compile and the evals around it. Below: the rate of evals alone, beside CPU
# load and beside a compile, and the rates that the claims require.
caption = ARG4; claim = ARG5
load ARG3
stats ARG1 index 0 using 3 every ::1 nooutput name "eval"
eval_n = exists("eval_records") ? eval_records : 0 # an empty block defines nothing
stats ARG1 index 1 using 3 every ::1 nooutput name "load"
load_n = exists("load_records") ? load_records : 0
stats ARG1 index 2 using 2 every ::1 nooutput name "window"
window_n = exists("window_records") ? window_records : 0
stats ARG1 index 3 using 2 every ::1 nooutput name "median"
median_n = exists("median_records") ? median_records : 0
stats ARG1 index 4 using 1 every ::1 nooutput name "needed"
needed_n = exists("needed_records") ? needed_records : 0
both = eval_n > 0 && window_n + median_n > 0
eval(sized(both ? 700 : 420))
set output ARG2
set multiplot
if (both) { unset label 99 }
if (eval_n > 0) {
    low = load_n > 0 && load_min < eval_min ? load_min : eval_min
    high = load_n > 0 && load_max > eval_max ? load_max : eval_max
    set size 1, (both ? 0.52 : 1)
    set origin 0, (both ? 0.48 : 0)
    heading = "One background compile and the evals around it (n = 1 process)"; eval(put_heading)
    set xlabel "ms" offset 0, 0.4
    set bmargin (both ? 3 : 4.5)
    set ylabel "us per eval (log)"
    eval(log_ticks("y", low, high))
    set yrange [0.7 * low:1.4 * high]
    plot ARG1 index 0 using (strcol(4) eq "compile" ? $1 : NaN):(low):1:2:(0.7 * low):(1.4 * high) title columnheader(5) \
             with boxxyerror fillstyle solid 1.0 noborder linecolor rgb "#fbe3d2", \
         ARG1 index 0 using (strcol(4) eq "eval" ? $1 : NaN):3:($2 - $1):(0) title columnheader(3) \
             with vectors nohead linewidth 3 linecolor rgb blue, \
         for [i = 1:(load_n > 0)] ARG1 index 1 using 1:3:($2 - $1):(0) title columnheader(3) \
             with vectors nohead linewidth 1.5 linecolor rgb grey
    unset logscale y; set format y '%g'
    set ytics auto
}
if (window_n + median_n > 0) {
    set size 1, (both ? 0.48 : 1)
    set origin 0, 0
    set bmargin 5
    if (both) { unset label 98; set title "Rate of evals, relative to alone" } else { heading = "Rate of evals, relative to alone"; eval(put_heading) }
    unset xlabel
    set ylabel "ratio"
    set yrange [0:*]
    set xrange [0.5:3.5]
    set xtics ("alone" 1, "beside CPU load" 2, "beside a compile" 3)
    set arrow 1 from 0.5, 1 to 3.5, 1 nohead linecolor rgb grey
    if (both) { eval(put_caption) }
    plot for [i = 1:(window_n > 0)] ARG1 index 2 using ($1 + 0.25 * (rand(0) - 0.5)):2 title columnheader(2) with points pointtype 7 pointsize 0.35 linecolor rgb grey, \
         for [i = 1:(needed_n > 0)] ARG1 index 4 using (0.5):1:(3):(0) title columnheader(2) with vectors nohead dashtype 2 linewidth 1.5 linecolor rgb red, \
         for [i = 1:(median_n > 0)] ARG1 index 3 using 1:2:3:4:xticlabels(strcol(5) . "\n" . strcol(6)) title columnheader(2) with yerrorbars pointtype 7 pointsize 0.8 linecolor rgb blue
}
unset multiplot
