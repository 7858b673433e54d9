/* SPDX-License-Identifier: MIT
 *
 * Extracts a part of a program as a separate program.
 */
#ifndef ANEPROBE_BENCH_FILE_CUT_H
#define ANEPROBE_BENCH_FILE_CUT_H

#include "base/error.h"
#include "mil/blob.h"

/* Whether each operator depends on the function's inputs: false for consts, and for results of
 * consts alone. One entry per op, to free(); NULL when out of memory. */
bool *cut_computing_ops(const struct mil_function *function);

/* Writes a new program file at `path` (.mil or .mlpackage) of the function's ops first..last
 * (indices of ops) and the constants that they need. Values they take from earlier ops become its
 * inputs; values used by others, or returned by the function, its outputs. Only needed weights are
 * included. Returns 0, or -1 and *error. */
int cut_write(const struct mil_program *program, int function, const struct mil_weights *weights,
    int first, int last, const char *path, struct error *error);

#endif
