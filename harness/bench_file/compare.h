/* SPDX-License-Identifier: MIT
 *
 * Compares outputs with the reference evaluator's.
 */
#ifndef ANEPROBE_BENCH_FILE_COMPARE_H
#define ANEPROBE_BENCH_FILE_COMPARE_H

#include "mil/mil.h"

struct comparison {
    bool right;
    /* Absolute errors relative to the largest finite expected magnitude. */
    double largest, rms;
    /* The first wrong element, in row-major order, if any. */
    size_t wrong_at;
    double wanted, found;
};

/* Dense elements of the type, one that is computed with. A float is right when its error is at most
 * `tolerance` of the largest expected magnitude, or when it is NaN or infinite as expected; other
 * elements must be equal. */
void compare(const struct mil_type *type, const void *expected, const void *found, double tolerance,
    struct comparison *out);

/* Index i of the type as "[0, 3, 12]". */
void index_format(const struct mil_type *type, size_t i, char *text, size_t bytes);

#endif
