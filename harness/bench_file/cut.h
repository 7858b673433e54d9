/* SPDX-License-Identifier: MIT
 *
 * A part of a program as a program of its own.
 */
#ifndef ANEPROBE_BENCH_FILE_CUT_H
#define ANEPROBE_BENCH_FILE_CUT_H

#include "base/error.h"
#include "mil/blob.h"

/* Does the operator compute with what the function is given? False for consts, and for what follows
 * from consts alone. `computes` has one entry an op. NULL when memory is out; to free(). */
bool *cut_computing_ops(const struct mil_function *function);

/* Writes a new program file at `path` (.mil or .mlpackage) of the function's ops first..last (indices
 * of ops) and the constants that they need. What they take from ops before are its inputs; what others
 * take from them, or the function returns, its outputs. Weights hold only what is needed. Returns 0,
 * or -1 and *error. */
int cut_write(const struct mil_program *program, int function, const struct mil_weights *weights,
    int first, int last, const char *path, struct error *error);

#endif
