/* SPDX-License-Identifier: MIT
 *
 * Bytes through the system's gzip, by files in a directory of the caller's.
 */
#ifndef ANEPROBE_RUNNER_SUBMIT_GZIP_H
#define ANEPROBE_RUNNER_SUBMIT_GZIP_H

#include "runner/run/run_directory.h"

#include <stddef.h>

/* *out is the caller's to free. Without a name or a time in it: the same bytes give the same. */
int gzip_pack(const struct run *work, const char *bytes, size_t n_bytes, char **out, size_t *n_out,
    struct error *error);
/* At most `most` bytes: what would be more is stopped on the way, and refused. `name` stands for the
 * bytes in messages. */
int gzip_unpack(const struct run *work, const char *name, const char *bytes, size_t n_bytes,
    size_t most, char **out, size_t *n_out, struct error *error);

#endif
