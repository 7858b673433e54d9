/* SPDX-License-Identifier: MIT */
#include "record/heads.h"

int head_experiment(const struct csv_table *table, struct error *error) {
    const int before = csv_column(table, "program");
    return before >= 0 ? before : csv_require_column(table, "experiment", error);
}
