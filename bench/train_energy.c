/* SPDX-License-Identifier: MIT
 *
 * Joules an update, from what the trainer wrote.
 */
#include "train_experiment.h"

#include <stdio.h>
#include <string.h>

int train_energy_put(
    struct trial *t, const char *path, void (*factors)(void *context), void *context) {
    static const char *const numbers[][2] = {{"updates", "energy_updates"},
        {"work_ns", "energy_ns"}, {"work_j", "energy_j"}, {"idle_w", "idle_w"},
        {"update_j", "update_j"}, {"net_update_j", "net_update_j"}};
    struct csv_table *rows;
    struct error error;
    if (csv_table_read(path, &rows, &error) != 0)
        return trial_break(t, "%s", error.text);
    const int quantity = csv_column(rows, "quantity"), reason = csv_column(rows, "reason");
    for (size_t row = 0; row < csv_rows(rows); row++) {
        factors(context);
        trial_text(t, "quantity", csv_text(rows, row, quantity));
        trial_text(t, "energy_reason", csv_text(rows, row, reason));
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            double value;
            if (csv_number(rows, row, csv_column(rows, numbers[i][0]), &value, &error) == 1)
                trial_number(t, numbers[i][1], value);
        }
        trial_row(t, SAMPLE_OK, "");
    }
    csv_table_free(rows);
    return 0;
}

/* The quantity stands in the metric's name, so the figure says of what it is. */
static void quantity_summarize(struct judgement *j, const char *arm, const char *quantity,
    const char *column, const char *before) {
    const size_t *rows, n = judgement_rows(j, arm, "ok", &rows);
    double *x = judgement_memory(j, n + 1, sizeof *x);
    char metric[64];
    size_t n_x = 0;
    for (size_t i = 0; x && i < n; i++)
        if (strcmp(judgement_text(j, rows[i], "quantity"), quantity) == 0 &&
            isfinite(judgement_cell(j, rows[i], column)))
            x[n_x++] = judgement_cell(j, rows[i], column);
    snprintf(metric, sizeof metric, "%s%s_energy_per_update", before, quantity);
    if (n_x > 0)
        judgement_summary(j, arm, metric, "J", "runs", x, n_x);
}

void train_energy_summarize(struct judgement *j, const char *arm) {
    static const char *const quantities[] = {"engine", "package", "cpu", "memory", "system"};
    for (size_t q = 0; q < sizeof quantities / sizeof *quantities; q++) {
        quantity_summarize(j, arm, quantities[q], "update_j", "");
        quantity_summarize(j, arm, quantities[q], "net_update_j", "net_");
    }
}
