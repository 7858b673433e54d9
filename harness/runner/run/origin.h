/* SPDX-License-Identifier: MIT
 *
 * The origin of a run's figures, for self-contained rows.
 */
#ifndef ANEPROBE_RUNNER_RUN_ORIGIN_H
#define ANEPROBE_RUNNER_RUN_ORIGIN_H

#include "measure/csv.h"
#include "runner/run/run_directory.h"
#include "table/table.h"

struct run_origin {
    struct table_origin of;
    const char *started; /* when the run began, UTC; "" where its settings do not say */
    struct csv_table *machine, *settings; /* which the texts are in */
};

/* From machine.csv and settings.csv. Returns 0, or -1 and *error; to be freed either way. */
int run_origin_read(const struct run *run, struct run_origin *origin, struct error *error);
void run_origin_free(struct run_origin *origin);

#endif
