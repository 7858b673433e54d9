/* SPDX-License-Identifier: MIT
 *
 * Arguments that texts for the engine always state, with the values that Core ML fills in for them
 * (coremltools, ops/defs).
 */
#ifndef ANEPROBE_MIL_CHECK_STATED_H
#define ANEPROBE_MIL_CHECK_STATED_H

#include "mil/mil.h"

struct mil_stated {
    enum mil_opcode code;
    const char *arg;
    enum {
        MIL_STATED_FALSE,
        MIL_STATED_INT,      /* `value` */
        MIL_STATED_LIST,     /* `value`, `per_axis` times for every axis of the window */
        MIL_STATED_VALID,    /* the string "valid" */
        MIL_STATED_ALL_AXES, /* 0, 1, ... to the rank of x */
        MIL_STATED_EPSILON   /* 1e-5, in x's element type */
    } kind;
    int value, per_axis;
};

/* Row i; NULL past the last. */
const struct mil_stated *mil_stated_at(int index);

#endif
