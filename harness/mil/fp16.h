/* SPDX-License-Identifier: MIT
 *
 * IEEE binary16, with the same bits from every compiler and processor. Round to nearest, ties to
 * even; subnormals kept; NaN becomes a quiet NaN.
 */
#ifndef ANEPROBE_MIL_FP16_H
#define ANEPROBE_MIL_FP16_H

#include <stddef.h>
#include <stdint.h>

uint16_t fp16_from_float(float value);
float fp16_to_float(uint16_t bits);
float fp16_round(float value); /* to the nearest binary16, still as a float */

/* 8-bit floats, e4m3fn or e5m2: to nearest, saturating. */
float mil_fp8_to_float(int is_e5m2, uint8_t bits);
uint8_t mil_fp8_from_float(int is_e5m2, float value);

/* n elements at a time. */
void fp16_from_floats(uint16_t *out, const float *in, size_t n);
void fp16_to_floats(float *out, const uint16_t *in, size_t n);
void fp16_rounds(float *values, size_t n); /* in place */

#endif
