# SPDX-License-Identifier: MIT
# Tokens a second of a language model, by how it is divided between programs and host.
caption = ARG4; claim = ARG5
load ARG3
stats ARG1 index 0 using 1 every ::1 nooutput name "raw"
stats ARG1 index 1 using 1 every ::1 nooutput name "step"
stats ARG1 index 2 using 1 every ::1 nooutput name "prompt"
raw_n = exists("raw_records") ? raw_records : 0 # an empty block defines nothing
step_n = exists("step_records") ? step_records : 0
prompt_n = exists("prompt_records") ? prompt_records : 0
eval(sized(230 + 20 * (step_n + prompt_n)))
set output ARG2
heading = "Tokens a second, by how the model is divided"; eval(put_heading)
set xlabel "tokens a second (log)"
set logscale x
set format x "%.0s%c"
set grid xtics linecolor rgb "#e4e4e4" linewidth 1
set yrange [step_n + prompt_n + 0.6:0.4]
set ytics font ",12"
eval(fit_left("1 2", 5))
plot for [i = 1:(raw_n > 0)] ARG1 index 0 using 2:($1 + 0.4 * (rand(0) - 0.5)) title columnheader(2) with points pointtype 7 pointsize 0.25 linecolor rgb grey, \
     for [i = 1:(step_n > 0)] ARG1 index 1 using 2:1:3:4:yticlabels(5) title columnheader(2) with xerrorbars pointtype 7 pointsize 0.7 linecolor rgb blue, \
     for [i = 1:(prompt_n > 0)] ARG1 index 2 using 2:1:3:4:yticlabels(5) title columnheader(2) with xerrorbars pointtype 5 pointsize 0.7 linecolor rgb orange
