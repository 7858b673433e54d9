/* SPDX-License-Identifier: MIT
 *
 * CSV assembled in memory before it is written as a whole.
 */
#ifndef ANEPROBE_RUNNER_RUN_TEXT_H
#define ANEPROBE_RUNNER_RUN_TEXT_H

#include "base/error.h"
#include "measure/csv.h"

struct text {
    char *bytes;
    size_t n_bytes;
    struct csv_writer csv; /* write rows to this */
};

int text_open(struct text *text, struct error *error);
/* A row of text cells, ended by NULL. */
void text_row(struct text *text, const char *cell, ...) __attribute__((sentinel));
/* After this `bytes` holds all that was written, NUL-terminated. */
int text_close(struct text *text, struct error *error);
/* Closes and writes it over `path` (file_replace), then frees it. */
int text_save(struct text *text, const char *path, struct error *error);
void text_free(struct text *text); /* open or closed */

#endif
