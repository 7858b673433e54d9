/* SPDX-License-Identifier: MIT
 *
 * The CSV a trial writes about itself, jobs/NNNN/samples.csv. A trial can die at any byte; what it
 * wrote before are complete rows.
 */
#ifndef ANEPROBE_RUNNER_RUN_TRIAL_FILE_H
#define ANEPROBE_RUNNER_RUN_TRIAL_FILE_H

#include "base/error.h"
#include "record/disturbed.h"

#include <stdbool.h>
#include <stddef.h>

enum { TRIAL_FILE_MOST_BYTES = 256 << 20 };

struct trial_file {
    char *bytes;
    size_t header_bytes;      /* the first line; 0 = nothing to use */
    size_t whole_bytes;       /* header and whole rows */
    bool ended;               /* the last row is `end` with the right number of rows before it */
    enum disturbed disturbed; /* as the end row has it; unknown without one */
    double others_pct;        /* NaN where it is not known */
    char reason[640];         /* why not ended, or why nothing can be used; "" when all is well */
};

/* A missing or damaged file is not an error: see `reason`. Rows that do not fit the header or
 * belong to another job make the whole file unusable. -1 and *error when it cannot be read. */
int trial_file_read(const char *path, unsigned job, struct trial_file *file, struct error *error);
void trial_file_free(struct trial_file *file);

#endif
