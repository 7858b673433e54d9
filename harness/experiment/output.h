/* SPDX-License-Identifier: MIT
 *
 * Files that are whole or not there at all, or standard output.
 */
#ifndef ANEPROBE_EXPERIMENT_OUTPUT_H
#define ANEPROBE_EXPERIMENT_OUTPUT_H

#include "base/error.h"

#include <stddef.h>

struct output {
    const char *path; /* NULL = not wanted, "-" = stdout */
    const char *bytes;
    size_t n_bytes;
};

/* Writes every file beside its place and only then puts all in place. Returns 0, or -1 and *error;
 * nothing is left half-written. */
int output_write_all(const struct output *outputs, size_t n, struct error *error);

#endif
