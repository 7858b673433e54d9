/* SPDX-License-Identifier: MIT
 *
 * The probes and benchmarks of this build: experiments.csv with experiment,kind,path.
 */
#ifndef ANEPROBE_RUNNER_RUN_MANIFEST_H
#define ANEPROBE_RUNNER_RUN_MANIFEST_H

#include "base/error.h"
#include "measure/csv.h"

struct manifest_experiment {
    const char *name; /* "qos_sweep" */
    const char *kind; /* "probe", "bench" */
    char *path;       /* absolute, unless the list's own path is */
};

struct manifest {
    struct manifest_experiment *experiments; /* in the manifest's order; names are the table's */
    size_t n;
    struct csv_table *table;
};

int manifest_read(struct manifest *manifest, struct error *error);
void manifest_free(struct manifest *manifest);
/* NULL = not found. */
const struct manifest_experiment *manifest_find(const struct manifest *manifest, const char *name);
/* A usage error for an unknown name, with the nearest known one; returns -1. */
int manifest_unknown(const struct manifest *manifest, const char *name, struct error *error);

#endif
