/* SPDX-License-Identifier: MIT
 *
 * Shared by build.c (any operator) and build_ops.c (the common operators).
 */
#ifndef ANEPROBE_MIL_BUILD_BUILDER_H
#define ANEPROBE_MIL_BUILD_BUILDER_H

#include "mil/build/build.h"
#include "mil/build/draft.h"

struct mil_builder {
    struct mil_draft draft;
    struct mil_error error; /* the first one; text[0] = none */
    const char *target;
    bool in_function;
};

/* Records the error and returns -1. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int mil_builder_fail(struct mil_builder *b, const char *format, ...);

/* Adds an op with these arguments and attributes. -1 after any error, now or earlier. */
int mil_builder_op(struct mil_builder *b, enum mil_opcode code, const char *name,
    const struct mil_arg *args, int n_args, const struct mil_attr *attrs, int n_attrs);

#endif
