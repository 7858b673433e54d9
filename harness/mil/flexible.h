/* SPDX-License-Identifier: MIT
 *
 * What a function's attribute FlexibleShapeInformation says of inputs with open sizes, as compiled Core ML
 * models have it: (("DefaultShapes", {{"x", [1, 128]}}), ("RangeDims", {{"x", [[1, 1], [1, 512]]}})), or
 * in place of ranges the shapes that are possible, in named sets:
 * ("EnumeratedShapes", {{"0", {{"x", [1, 128]}}}, {"1", {{"x", [1, 256]}}}}).
 */
#ifndef ANEPROBE_MIL_FLEXIBLE_H
#define ANEPROBE_MIL_FLEXIBLE_H

#include "mil/mil.h"

extern const char mil_flexible_name[]; /* of the attribute */

/* Fills `dims` with the default shape of an input of that rank. False when there is none. */
bool mil_flexible_default(
    const struct mil_function *function, const char *input, int rank, int64_t *dims);

/* Fills `low` and `high` (both included; -1: any) of each axis. False when nothing is said. */
bool mil_flexible_range(
    const struct mil_function *function, const char *input, int rank, int64_t *low, int64_t *high);

/* Fills `dims` with shape number `index`, from 0, of those that the input can have. False when there are
 * no more, or when it can have any. */
bool mil_flexible_shape(
    const struct mil_function *function, const char *input, int rank, int index, int64_t *dims);

#endif
