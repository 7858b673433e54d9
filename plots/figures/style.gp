# SPDX-License-Identifier: MIT
# The look of every figure; loaded by each of them. Their arguments: data file, output file, this file.
# Data files are tab-separated blocks, each with a header row whose cells are the legend's words.
set terminal svg size 880,460 dynamic font "Helvetica,Arial,sans-serif,13" background "#ffffff"
set datafile separator tab
set border 3 linecolor rgb "#555555"
set tics nomirror textcolor rgb "#333333"
set grid ytics linecolor rgb "#e4e4e4" linewidth 1
set key below center horizontal Left reverse textcolor rgb "#333333" samplen 1.5
blue = "#2f6db3"; orange = "#d9722b"; green = "#3c9a5f"; red = "#c23b3b"; grey = "#9a9a9a"; pale = "#eef3e6"
