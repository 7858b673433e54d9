/* SPDX-License-Identifier: MIT
 *
 * The rounding is left to the fp32 adder. For |x| in [2^e, 2^(e+1)), x + 2^(e+13) has an ulp of
 * 2^(e-10), which is binary16's, so the sum is x rounded to nearest even. Keeping e at -14 or more
 * makes the same addition round subnormals; keeping it at 15 or less makes values that are too
 * large exceed the last finite one. There are no branches, so compilers can vectorise the loops.
 */
#include "mil/fp16.h"

#include <math.h>

#ifdef __F16C__
#include <immintrin.h>
#endif
#include <string.h>

enum {
    HALF_INFINITY = 0x7c00,
    HALF_QUIET_NAN = 0x7e00,
    HALF_MIN_NORMAL = 0x0400,
    FLOAT_INFINITY = 0x7f800000,
    FLOAT_QUIET = 0x00400000, /* of a NaN */
    FLOAT_65504 = 0x477fe000,
    FLOAT_2_15 = 0x47000000,  /* binary16's largest power of two */
    FLOAT_2_M14 = 0x38800000, /* its smallest normal */
    FLOAT_TIMES_2_13 = 0x06800000,
    REBIAS = 0x38000000 /* 127 - 15 exponent steps */
};

static inline uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* a if the condition holds, else b. In integer arithmetic, since compilers do not vectorise a
 * choice between floating-point sums. */
static inline uint32_t choose(int condition, uint32_t a, uint32_t b) {
    uint32_t mask = -(uint32_t)condition;
    return (a & mask) | (b & ~mask);
}

/* 2^e of the magnitude as bits, e clamped to binary16's normal exponents. Magnitudes fit int32_t,
 * and every vector unit has signed comparisons. */
static inline int32_t power_bits(int32_t magnitude) {
    int32_t power = magnitude & FLOAT_INFINITY;
    power = power < FLOAT_2_M14 ? FLOAT_2_M14 : power;
    return power > FLOAT_2_15 ? FLOAT_2_15 : power;
}

static inline uint16_t half_of(float value) {
    uint32_t bits = bits_of(value);
    int32_t magnitude = (int32_t)(bits & 0x7fffffff);
    int32_t power = power_bits(magnitude), anchor = power + FLOAT_TIMES_2_13;
    float sum = float_of((uint32_t)magnitude) + float_of((uint32_t)anchor);
    int32_t steps = (int32_t)(bits_of(sum) - (uint32_t)anchor);
    int32_t half = steps + ((power - FLOAT_2_M14) >> 13);
    half = half > HALF_INFINITY ? HALF_INFINITY : half;
    uint32_t nan = HALF_QUIET_NAN | ((uint32_t)magnitude >> 13 & 0x3ff);
    return (
        uint16_t)((bits >> 16 & 0x8000) | choose(magnitude > FLOAT_INFINITY, nan, (uint32_t)half));
}

static inline float float_of_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    int32_t low = half & 0x7fff;
    uint32_t magnitude = (uint32_t)low << 13;
    uint32_t normal = magnitude + choose(low >= HALF_INFINITY, 2 * REBIAS, REBIAS);
    normal |= choose(low > HALF_INFINITY, FLOAT_QUIET, 0);
    /* 2^-14 * (1 + m/1024) - 2^-14 = m * 2^-24 */
    uint32_t subnormal = bits_of(float_of(magnitude + FLOAT_2_M14) - float_of(FLOAT_2_M14));
    return float_of(sign | choose(low < HALF_MIN_NORMAL, subnormal, normal));
}

uint16_t fp16_from_float(float value) {
    return half_of(value);
}

float fp16_to_float(uint16_t bits) {
    return float_of_half(bits);
}

static inline float rounded_of(float value) {
    uint32_t bits = bits_of(value);
    int32_t magnitude = (int32_t)(bits & 0x7fffffff);
    float anchor = float_of((uint32_t)(power_bits(magnitude) + FLOAT_TIMES_2_13));
    uint32_t rounded = bits_of((float_of((uint32_t)magnitude) + anchor) - anchor);
    /* the sum leaves NaN and infinity unchanged */
    int overflows = (int32_t)rounded > FLOAT_65504 && (int32_t)rounded < FLOAT_INFINITY;
    return float_of((bits & 0x80000000u) | choose(overflows, FLOAT_INFINITY, rounded));
}

float fp16_round(float value) {
    return rounded_of(value);
}

/* Loops of a fixed length are vectorised even when the compiler optimises for size. */
enum { BLOCK = 32 };

#ifdef __F16C__
/* The processor's own conversions: the same bits, two to four times as fast. */
enum { LANES = 8 };

static inline void block_to_halves(uint16_t *restrict out, const float *restrict in) {
    for (int j = 0; j < BLOCK; j += LANES)
        _mm_storeu_si128((__m128i *)(void *)(out + j),
            _mm256_cvtps_ph(_mm256_loadu_ps(in + j), _MM_FROUND_TO_NEAREST_INT));
}

static inline void block_to_floats(float *restrict out, const uint16_t *restrict in) {
    for (int j = 0; j < BLOCK; j += LANES)
        _mm256_storeu_ps(
            out + j, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(in + j))));
}
#else
static inline void block_to_halves(uint16_t *restrict out, const float *restrict in) {
    for (int j = 0; j < BLOCK; j++)
        out[j] = half_of(in[j]);
}

static inline void block_to_floats(float *restrict out, const uint16_t *restrict in) {
    for (int j = 0; j < BLOCK; j++)
        out[j] = float_of_half(in[j]);
}
#endif

void fp16_from_floats(uint16_t *restrict out, const float *restrict in, size_t n) {
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        block_to_halves(out + i, in + i);
    for (; i < n; i++)
        out[i] = half_of(in[i]);
}

void fp16_to_floats(float *restrict out, const uint16_t *restrict in, size_t n) {
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        block_to_floats(out + i, in + i);
    for (; i < n; i++)
        out[i] = float_of_half(in[i]);
}

void fp16_rounds(float *values, size_t n) {
    size_t i = 0;
    for (; i + BLOCK <= n; i += BLOCK)
        for (int j = 0; j < BLOCK; j++)
            values[i + (size_t)j] = rounded_of(values[i + (size_t)j]);
    for (; i < n; i++)
        values[i] = rounded_of(values[i]);
}

float mil_fp8_to_float(int is_e5m2, uint8_t bits) {
    int mantissa_bits = is_e5m2 ? 2 : 3, bias = is_e5m2 ? 15 : 7;
    int exponent = (bits & 0x7f) >> mantissa_bits, mantissa = bits & ((1 << mantissa_bits) - 1);
    float sign = bits & 0x80 ? -1.0f : 1.0f;
    if (is_e5m2 && exponent == 31)
        return mantissa ? NAN : sign * INFINITY;
    if (!is_e5m2 && (bits & 0x7f) == 0x7f)
        return NAN;
    if (exponent == 0)
        return sign * ldexpf((float)mantissa, 1 - bias - mantissa_bits);
    return sign * ldexpf((float)(mantissa + (1 << mantissa_bits)), exponent - bias - mantissa_bits);
}

uint8_t mil_fp8_from_float(int is_e5m2, float value) {
    int best = 0;
    if (isnan(value))
        return 0x7f;
    for (int i = 0; i < 256; i++) {
        float here = mil_fp8_to_float(is_e5m2, (uint8_t)i);
        float off = fabsf(here - value),
              least = fabsf(mil_fp8_to_float(is_e5m2, (uint8_t)best) - value);
        if (isfinite(here) && signbit(here) == signbit(value) &&
            (signbit(mil_fp8_to_float(is_e5m2, (uint8_t)best)) != signbit(value) || off < least ||
                (off == least && i % 2 == 0 && best % 2 != 0)))
            best = i;
    }
    return (uint8_t)best;
}
