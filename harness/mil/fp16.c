/* SPDX-License-Identifier: MIT */
#include "mil/fp16.h"

#include <string.h>

float fp16_to_float(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
    uint32_t exponent = bits >> 10 & 0x1f, mantissa = bits & 0x3ff, word;
    float value;
    if (exponent == 0) {
        /* zero or subnormal: mantissa * 2^-24 is exact in fp32 */
        value = (float)mantissa * 0x1p-24f;
        return sign ? -value : value;
    }
    word = exponent == 31 ? sign | 0x7f800000 | mantissa << 13
                          : sign | (exponent + 112) << 23 | mantissa << 13;
    memcpy(&value, &word, sizeof value);
    return value;
}
