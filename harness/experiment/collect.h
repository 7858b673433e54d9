/* SPDX-License-Identifier: MIT
 *
 * The samples of all trials of a run as one file, as they arrive: on disk or stdout for the user,
 * and in memory for judgement.
 */
#ifndef ANEPROBE_EXPERIMENT_COLLECT_H
#define ANEPROBE_EXPERIMENT_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct collect {
    FILE *out; /* NULL = memory only */
    char *bytes;
    size_t n_bytes, capacity;
    size_t line_start; /* of the incomplete line */
    bool skipping, any_header;
    int error; /* errno of the first failure */
};

/* Before each trial: its first line is the header, kept only once. */
void collect_begin(struct collect *c);
/* Takes bytes of the trial; complete lines are written at once. Returns 0, or -1 with c->error set.
 */
int collect_add(struct collect *c, const char *bytes, size_t n);
/* After each trial: drops an incomplete line. */
void collect_end(struct collect *c);
void collect_free(struct collect *c);

#endif
