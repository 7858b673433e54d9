/* SPDX-License-Identifier: MIT
 *
 * What came out against what the reference evaluator says.
 */
#ifndef ANEPROBE_BENCH_FILE_COMPARE_H
#define ANEPROBE_BENCH_FILE_COMPARE_H

#include "mil/mil.h"

struct comparison {
    bool right;
    /* Of the absolute errors, relative to the largest finite magnitude that was expected. */
    double largest, rms;
    /* The first element that is wrong, in row-major order, where there is one. */
    size_t wrong_at;
    double wanted, found;
};

/* Dense elements of the type, one that is computed with. A float is right when its error is at most `tolerance` of the largest
 * magnitude expected, and NaN or infinite where that is expected; all else must be equal. */
void compare(const struct mil_type *type, const void *expected, const void *found, double tolerance,
    struct comparison *out);

/* Index i of the type as "[0, 3, 12]". */
void index_format(const struct mil_type *type, size_t i, char *text, size_t bytes);

#endif
