/* SPDX-License-Identifier: MIT
 *
 * Numbers in memory, as the types say: the tests' own reading, which shares nothing with what it checks.
 */
#ifndef ANEPROBE_TESTS_ELEMENT_H
#define ANEPROBE_TESTS_ELEMENT_H

#include "mil/mil.h"

#include <math.h>

static inline double element_half(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double size = exponent == 0    ? ldexp(fraction, -24)
                        : exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                         : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -size : size;
}

/* Element i of an array; types of less than a byte take one each. NaN for a type that no test has. */
static inline double element_at(const void *data, enum mil_dtype dtype, int64_t i) {
    switch (dtype) {
    case MIL_FP16:
        return element_half(((const uint16_t *)data)[i]);
    case MIL_FP32:
        return (double)((const float *)data)[i];
    case MIL_INT32:
        return ((const int32_t *)data)[i];
    case MIL_UINT32:
        return ((const uint32_t *)data)[i];
    case MIL_INT16:
        return ((const int16_t *)data)[i];
    case MIL_UINT16:
        return ((const uint16_t *)data)[i];
    case MIL_INT4:
    case MIL_INT8:
        return ((const int8_t *)data)[i];
    case MIL_BOOL:
    case MIL_UINT1:
    case MIL_UINT2:
    case MIL_UINT3:
    case MIL_UINT4:
    case MIL_UINT6:
    case MIL_UINT8:
        return ((const uint8_t *)data)[i];
    default:
        return NAN;
    }
}

#endif
