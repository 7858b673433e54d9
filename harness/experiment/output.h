/* SPDX-License-Identifier: MIT
 *
 * Files that are whole or not there at all.
 */
#ifndef ANEPROBE_EXPERIMENT_OUTPUT_H
#define ANEPROBE_EXPERIMENT_OUTPUT_H

#include <stddef.h>

struct output_file {
    const char *path; /* NULL = not wanted, "-" = stdout */
    const char *bytes;
    size_t n_bytes;
};

/* Writes every file beside its place and only then puts all in place. Returns 0, or -1 and a
 * sentence in `reason`; nothing is left half-written. */
int output_write_all(const struct output_file *files, size_t n, char *reason, size_t reason_size);

#endif
