/* SPDX-License-Identifier: MIT */
#include "joules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The quantity stands in the metric's name, so the figure says of what it is. `before`: "" or "net_". */
static void quantity_summarize(struct judgement *j, const char *arm, const char *quantity,
    const char *before, const char *piece, const char *n_unit) {
    const size_t *rows, n = judgement_rows(j, arm, "ok", &rows);
    double *x = judgement_memory(j, n + 1, sizeof *x);
    char metric[64], column[32];
    size_t n_x = 0;
    snprintf(column, sizeof column, "%s%s_j", before, piece);
    for (size_t i = 0; x && i < n; i++)
        if (strcmp(judgement_text(j, rows[i], "quantity"), quantity) == 0 &&
            isfinite(judgement_cell(j, rows[i], column)))
            x[n_x++] = judgement_cell(j, rows[i], column);
    snprintf(metric, sizeof metric, "%s%s_energy_per_%s", before, quantity, piece);
    if (n_x > 0)
        judgement_summary(j, arm, metric, "J", n_unit, x, n_x);
}

void joules_summarize(struct judgement *j, const char *arm, const char *piece, const char *n_unit) {
    static const char *const quantities[] = {"engine", "package", "cpu", "memory", "system"};
    for (size_t q = 0; q < sizeof quantities / sizeof *quantities; q++) {
        quantity_summarize(j, arm, quantities[q], "", piece, n_unit);
        quantity_summarize(j, arm, quantities[q], "net_", piece, n_unit);
    }
}
