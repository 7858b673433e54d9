# SPDX-License-Identifier: MIT
# The same stack in fp16 and with int8 weights and activations.
caption = ARG4; claim = ARG5
load ARG3
set output ARG2
stats ARG1 index 0 using 1:2 every ::1 nooutput name "raw"
stats ARG1 index 1 using 1 every ::1 nooutput name "place"
raw_n = exists("raw_records") ? raw_records : 0 # an empty block defines nothing
heading = "One eval of a stack of convolutions, in fp16 and in int8"; eval(put_heading)
set ylabel "us per eval (log)"
set bmargin 5.5
stats ARG1 index 2 using 1 every ::1 nooutput name "needed"
needed_n = exists("needed_records") ? needed_records : 0
if (raw_n > 0) { eval(log_ticks("y", raw_min_y, raw_max_y)) }
set xrange [0.4:place_max + 0.6]
plot for [i = 1:(raw_n > 0)] ARG1 index 0 using ($1 + 0.3 * (rand(0) - 0.5)):2 title columnheader(2) with points pointtype 7 pointsize 0.25 linecolor rgb grey, \
     ARG1 index 1 using 1:2:3:4:xticlabels(5) title columnheader(2) with yerrorbars pointtype 7 pointsize 0.7 linecolor rgb blue, \
     for [i = 1:(needed_n > 0)] ARG1 index 2 using ($1 - 0.3):2:(0.6):(0) title columnheader(2) with vectors nohead linewidth 2.5 linecolor rgb red
