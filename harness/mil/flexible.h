/* SPDX-License-Identifier: MIT
 *
 * What a function's attribute FlexibleShapeInformation says of inputs with open sizes, as compiled Core ML
 * models have it: (("DefaultShapes", {{"x", [1, 128]}}), ("RangeDims", {{"x", [[1, 1], [1, 512]]}})).
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

#endif
