/* SPDX-License-Identifier: MIT
 *
 * Numbers as MIL writes them: decimal and hex, of any length, rounded once and correctly to the
 * target type. strtod will not do: it depends on the locale, needs a terminator, and rounds to
 * double first.
 */
#ifndef ANEPROBE_MIL_TEXT_NUMBER_H
#define ANEPROBE_MIL_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mil_number_kind { MIL_NUMBER_INTEGER, MIL_NUMBER_REAL, MIL_NUMBER_INF, MIL_NUMBER_NAN };

/* significand * 2^exponent, plus less than one unit of the significand when `inexact`. A NaN's
 * significand is its payload. */
struct mil_number {
    enum mil_number_kind kind;
    bool negative, inexact;
    uint64_t significand;
    int exponent;
};

/* Reads one number at `text`: [+-] digits [. digits] [e exponent], 0x hex [. hex] [p exponent],
 * inf, nan, nan(0xPAYLOAD). Returns its length, 0 when there is none. */
size_t mil_number_read(const char *text, size_t bytes, struct mil_number *out);

/* To nearest, ties to even; subnormals kept. False when beyond the largest finite value (an
 * explicit inf is allowed). */
bool mil_number_fp16(const struct mil_number *number, uint16_t *bits);
bool mil_number_fp32(const struct mil_number *number, uint32_t *bits);

/* False when it was not written as an integer or is out of [low, high]. */
bool mil_number_int(const struct mil_number *number, int64_t low, int64_t high, int64_t *out);
bool mil_number_uint64(const struct mil_number *number, uint64_t *out);

/* As a hex float without loss (0x1.8p-3, inf, nan(0x201)); returns its length. */
enum { MIL_NUMBER_TEXT_MAX = 32 };
size_t mil_number_print_fp16(char out[MIL_NUMBER_TEXT_MAX], uint16_t bits);
size_t mil_number_print_fp32(char out[MIL_NUMBER_TEXT_MAX], uint32_t bits);

#endif
