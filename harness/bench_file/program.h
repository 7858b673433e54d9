/* SPDX-License-Identifier: MIT
 *
 * The program that a job is about: opened, its function found, its open sizes given.
 */
#ifndef ANEPROBE_BENCH_FILE_PROGRAM_H
#define ANEPROBE_BENCH_FILE_PROGRAM_H

#include "bench_file/settings.h"
#include "mil/package/package.h"

struct bench_program {
    struct mil_package *package; /* without open sizes; of several functions perhaps one */
    int number;                  /* of the function that the settings name, or the first */
    const struct mil_function *function;
    char left_out[256]; /* what of the program is not run, as a sentence; "": nothing */
};

/* Returns 0, or -1 and *error: a usage error when the settings do not fit the program. */
int program_open(const struct bench_settings *settings, const char *file, struct bench_program *out,
    struct error *error);

/* The sizes of --sweep, "NAME=VALUE" each, to be freed with the array; *n = 0 without --sweep. */
int sweep_split(const char *sweep, char ***sizes, int *n, struct error *error);

#endif
