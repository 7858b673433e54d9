/* SPDX-License-Identifier: MIT
 *
 * What can go wrong only while a program runs: the same, in the same words, in the reference evaluator and in
 * compiled programs. Core ML leaves the results undefined, or stops, by its `validate_indices`.
 */
#ifndef ANEPROBE_MIL_OP_OP_FAULT_H
#define ANEPROBE_MIL_OP_OP_FAULT_H

#include "mil/mil.h"

/* Numbers of the emitted C, too. */
enum op_fault {
    OP_FAULT_AXIS = 1, /* an index is outside its axis */
    OP_FAULT_LIST,     /* an index is outside a list of fixed length */
    OP_FAULT_ROOM,     /* a list grows beyond what it can hold here */
    OP_FAULT_ENDLESS   /* a loop has not ended */
};

/* A loop that runs longer is an error. */
enum { OP_ITERATIONS_MAX = 1 << 20 };

/* Fills *error (may be NULL): what the operator `op` found, and its limit. Returns -1. */
int op_fault_fail(struct mil_error *error, struct mil_place place, enum op_fault fault,
    const char *op, int64_t found, int64_t limit);

#endif
