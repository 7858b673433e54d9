# SPDX-License-Identifier: MIT
# cells: of what a judge prints, the rows with content, without the columns from findings.csv. Numbers have six
# digits: further ones depend on the compiler. To be sourced.
cells() {
    awk '
        # a cell may hold a comma, in quotes
        function split_row(text, cell,  n, quoted, i, c) {
            n = 1
            cell[1] = ""
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                if (c == "\"") quoted = !quoted
                else if (c == "," && !quoted) cell[++n] = ""
                else cell[n] = cell[n] c
            }
            return n
        }
        { n = split_row($0, cell); line = "" }
        /^experiment,|^finding,/ { is_figure = cell[1] == "experiment"; for (i = 1; i <= n; i++) left_out[i] = cell[i] ~ /^(published|source|program_hash|probe_version)$/ }
        !is_figure || cell[5] != "0" {
            for (i = 1; i <= n; i++) {
                if (cell[i] ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ && length(cell[i]) > 7) cell[i] = sprintf("%.6g", cell[i])
                if (!left_out[i]) line = line (i > 1 ? "," : "") cell[i]
            }
            print line
        }'
}
