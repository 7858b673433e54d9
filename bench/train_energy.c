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
