/* SPDX-License-Identifier: MIT
 *
 * Extracts a part of a program as a separate program.
 */
#ifndef ANEPROBE_BENCH_FILE_CUT_H
#define ANEPROBE_BENCH_FILE_CUT_H

#include "base/error.h"
#include "mil/blob.h"

/* What is extracted at the least: an operator with the statements in its blocks, and operators that hand
 * lists to each other together. `first` and `last` are indices of ops. */
struct cut_piece {
    int first, last;
    int shown; /* the op to name it by: the first with blocks, or the first */
    int n_ops; /* that depend on the function's inputs */
};
/* The pieces, in order, to free(): all operators but consts and results of consts alone. Their number; -1 when
 * out of memory. */
int cut_pieces(const struct mil_function *function, struct cut_piece **pieces);

/* Writes a new program file at `path` (.mil or .mlpackage) of the function's ops first..last
 * (indices of ops) and the constants that they need. Values they take from earlier ops become its
 * inputs; values used by others, or returned by the function, its outputs. Only needed weights are
 * included. Returns 0, or -1 and *error. */
int cut_write(const struct mil_program *program, int function, const struct mil_weights *weights,
    int first, int last, const char *path, struct error *error);

#endif
