/* SPDX-License-Identifier: MIT */
#include "mil/fp16.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* The definition, slowly: binary16's step at |x| is 2^(e-10), e no less than -14; doubles hold
 * every value exactly and rint() goes to even. */
static double round_slowly(double x) {
    int exponent;
    if (isnan(x) || isinf(x) || x == 0)
        return x;
    (void)frexp(x, &exponent); /* |x| = f * 2^exponent, f in [0.5, 1) */
    double step = ldexp(1, (exponent - 1 < -14 ? -14 : exponent - 1) - 10);
    double rounded = rint(x / step) * step;
    return fabs(rounded) >= 65536 ? copysign(INFINITY, x) : rounded;
}

static double half_slowly(uint16_t bits) {
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double value = exponent == 31  ? (mantissa ? NAN : INFINITY)
                   : exponent == 0 ? ldexp(mantissa, -24)
                                   : ldexp(1024 + mantissa, exponent - 25);
    return bits & 0x8000 ? -value : value;
}

static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

static void check_float(float x) {
    double expected = round_slowly(x);
    cr_assert(same(fp16_round(x), expected), "%a rounds to %a, not %a", x, expected, fp16_round(x));
    uint16_t half = fp16_from_float(x);
    cr_assert(same(half_slowly(half), expected), "%a becomes %04x, not %a", x, half, expected);
}

Test(fp16, every_pattern_both_ways) {
    for (uint32_t bits = 0; bits < 65536; bits++) {
        float value = fp16_to_float((uint16_t)bits);
        cr_assert(same(value, half_slowly((uint16_t)bits)), "%04x is not %a", bits, value);
        cr_assert(same(fp16_round(value), value), "%04x is moved by rounding", bits);
        /* a NaN comes back quiet, everything else as it was */
        cr_assert_eq(fp16_from_float(value), isnan(value) ? bits | 0x0200 : bits);
    }
}

Test(fp16, between_neighbours) {
    for (uint32_t bits = 0; bits < 0x7c00; bits++) {
        double low = half_slowly((uint16_t)bits);
        double high = bits + 1 == 0x7c00 ? 65536 : half_slowly((uint16_t)(bits + 1));
        float middle = (float)((low + high) / 2);
        float around[] = {
            middle, nextafterf(middle, INFINITY), nextafterf(middle, -INFINITY), (float)low};
        for (int i = 0; i < 4; i++) {
            check_float(around[i]);
            check_float(-around[i]);
        }
    }
}

Test(fp16, random_floats_and_extremes) {
    uint64_t state = 1;
    for (int i = 0; i < 1000000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t bits = (uint32_t)(state >> 32);
        float value;
        memcpy(&value, &bits, sizeof value);
        check_float(value);
    }
    const float extremes[] = {0, -0.0f, INFINITY, -INFINITY, NAN, 3.4e38f, 65504, 65519.996f, 65520,
        65536, 1e-45f, 0x1p-25f, 0x1.000002p-25f, 0x1p-24f, 0x1p-14f, 0x1.ffep-15f, 0x1.fffp-15f};
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++)
        check_float(extremes[i]);
}

/* In bulk gives the same as one by one, at every length around a block, without access past the end. */
Test(fp16, bulk) {
    enum { N = 131 };
    float in[N], back[N + 1];
    uint16_t out[N + 1];
    for (int i = 0; i < N; i++)
        in[i] = ldexpf((float)(i - 60) / 7, i % 50 - 30);
    in[3] = NAN;
    in[40] = INFINITY;
    for (size_t n = 0; n <= N; n++) {
        memset(out, 0x5a, sizeof out);
        for (size_t i = 0; i <= N; i++)
            back[i] = 12345;
        fp16_from_floats(out, in, n);
        fp16_to_floats(back, out, n);
        for (size_t i = 0; i < n; i++) {
            cr_assert_eq(out[i], fp16_from_float(in[i]));
            cr_assert(same(back[i], fp16_round(in[i])));
        }
        cr_assert_eq(out[n], 0x5a5a);
        cr_assert(back[n] == 12345);
    }
}

/* Every pattern and values between them, in bulk: the same bits as one by one. */
Test(fp16, bulk_has_the_same_bits) {
    enum { N = 65536 };
    static uint16_t halves[N], back[N];
    static float floats[N];
    for (int i = 0; i < N; i++)
        halves[i] = (uint16_t)i;
    fp16_to_floats(floats, halves, N);
    for (int i = 0; i < N; i++) {
        const float one = fp16_to_float((uint16_t)i);
        cr_assert_eq(memcmp(&floats[i], &one, sizeof one), 0, "%04x", i);
        floats[i] *= 1.0007f; /* some are now nearer to the next */
    }
    fp16_from_floats(back, floats, N);
    for (int i = 0; i < N; i++)
        cr_assert_eq(back[i], fp16_from_float(floats[i]), "%a", (double)floats[i]);
}
