/* SPDX-License-Identifier: MIT
 *
 * Printing and reading numbers: every fp16 survives the round trip, and decimals are rounded correctly, once.
 */
#include "mil/text/number.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mil_number read_all(const char *text) {
    struct mil_number number;
    cr_assert_eq(mil_number_read(text, strlen(text), &number), strlen(text), "%s", text);
    return number;
}

Test(mil_number, every_fp16_survives) {
    for (uint32_t i = 0; i < 65536; i++) {
        char text[MIL_NUMBER_TEXT_MAX];
        size_t bytes = mil_number_print_fp16(text, (uint16_t)i);
        struct mil_number number;
        uint16_t back = (uint16_t)~i;
        cr_assert_eq(mil_number_read(text, bytes, &number), bytes, "%s", text);
        cr_assert(mil_number_fp16(&number, &back), "%s", text);
        cr_assert_eq(back, i, "%s became %04x, was %04x", text, back, i);
    }
}

Test(mil_number, fp32_survives) {
    uint32_t i = 0;
    do {
        char text[MIL_NUMBER_TEXT_MAX];
        size_t bytes = mil_number_print_fp32(text, i);
        struct mil_number number;
        uint32_t back = ~i;
        cr_assert_eq(mil_number_read(text, bytes, &number), bytes, "%s", text);
        cr_assert(mil_number_fp32(&number, &back), "%s", text);
        cr_assert_eq(back, i, "%s became %08x, was %08x", text, back, i);
        i += 65521 / 2; /* odd, so that all low bits come up */
    } while (i > 32760);
}

/* The C library's own strtof is the reference; it rounds correctly. */
Test(mil_number, decimals_round_like_strtof) {
    srand(20261123);
    for (int i = 0; i < 60000; i++) {
        uint32_t bits = (uint32_t)rand() << 17 ^ (uint32_t)rand() << 2 ^ (uint32_t)rand() >> 7;
        uint32_t next = bits + 1, want, found = 0;
        float low, high, reference;
        char text[320];
        struct mil_number number;
        bool fits;
        memcpy(&low, &bits, 4);
        memcpy(&high, &next, 4);
        if (!(low - low == 0) || !(high - high == 0))
            continue;
        switch (i % 4) {
        case 0: /* exact midpoints of neighbours: the ties */
            snprintf(text, sizeof text, "%.170e", ((double)low + (double)high) / 2);
            break;
        case 1: /* just beside one, in a digit far down */
            snprintf(text, sizeof text, "%.110e", ((double)low + (double)high) / 2);
            break;
        case 2:
            snprintf(text, sizeof text, "%.6f", rand() / 1e5 - 1e4);
            break;
        default:
            snprintf(text, sizeof text, "%a", (double)low);
            break;
        }
        reference = strtof(text, NULL);
        memcpy(&want, &reference, 4);
        number = read_all(text);
        fits = mil_number_fp32(&number, &found);
        cr_assert_eq(fits, reference - reference == 0, "%s", text);
        cr_assert(!fits || found == want, "%s became %08x, should be %08x", text, found, want);
    }
}

/* Rounded via fp32, these would be one unit too high or too low. */
Test(mil_number, fp16_rounds_once) {
    static const struct {
        const char *text;
        uint16_t bits;
    } cases[] = {
        {"1.00048828125", 0x3c00},                 /* a tie, to even */
        {"1.000488281250000000000000001", 0x3c01}, /* above the tie by less than fp32 sees */
        {"1.000488281249999999999999999", 0x3c00},
        {"1.00146484375", 0x3c02}, /* a tie, to even upwards */
        {"65519.999999999999999999999", 0x7bff},
        {"2.98023223876953125e-8", 0x0000}, /* half the least subnormal: to even */
        {"2.980232238769531250000000000000001e-8", 0x0001},
        {"0.001302", 0x1555},
        {"-65504", 0xfbff},
        {"1e-5", 0x00a8},
        {"-0.0", 0x8000},
        {"0x1p-24", 0x0001},
        {"0x0.8p+1", 0x3c00},
        {"0x10", 0x4c00},
        {"inf", 0x7c00},
        {"-inf", 0xfc00},
        {"nan", 0x7e00},
        {"-nan(0x1)", 0xfc01},
        {"1e-999999", 0x0000},
        {"0e999999", 0x0000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mil_number number = read_all(cases[i].text);
        uint16_t bits = 0xdead;
        cr_assert(mil_number_fp16(&number, &bits), "%s", cases[i].text);
        cr_assert_eq(bits, cases[i].bits, "%s became %04x", cases[i].text, bits);
    }
}

Test(mil_number, numbers_beyond_the_largest_are_errors) {
    static const char *const texts[] = {"65520", "1e5", "-1e999999", "0x1p16", "nan(0x400)"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct mil_number number = read_all(texts[i]);
        uint16_t bits;
        cr_assert_not(mil_number_fp16(&number, &bits), "%s", texts[i]);
    }
}

Test(mil_number, integers) {
    struct mil_number number = read_all("-2147483648");
    int64_t value;
    uint64_t wide;
    cr_assert(mil_number_int(&number, INT32_MIN, INT32_MAX, &value));
    cr_assert_eq(value, INT32_MIN);
    number = read_all("2147483648");
    cr_assert_not(mil_number_int(&number, INT32_MIN, INT32_MAX, &value));
    number = read_all("-9223372036854775808");
    cr_assert(mil_number_int(&number, INT64_MIN, INT64_MAX, &value));
    cr_assert_eq(value, INT64_MIN);
    number = read_all("-9223372036854775809");
    cr_assert_not(mil_number_int(&number, INT64_MIN, INT64_MAX, &value));
    number = read_all("9223372036854775807");
    cr_assert(mil_number_int(&number, INT64_MIN, INT64_MAX, &value));
    number = read_all("9223372036854775808");
    cr_assert_not(mil_number_int(&number, INT64_MIN, INT64_MAX, &value));
    number = read_all("1.0");
    cr_assert_not(mil_number_int(&number, INT32_MIN, INT32_MAX, &value));
    number = read_all("1e2");
    cr_assert_not(mil_number_int(&number, INT32_MIN, INT32_MAX, &value));
    number = read_all("18446744073709551615");
    cr_assert(mil_number_uint64(&number, &wide));
    cr_assert_eq(wide, UINT64_MAX);
    number = read_all("18446744073709551616");
    cr_assert_not(mil_number_uint64(&number, &wide));
    number = read_all("99999999999999999999999999999999999999999999999999999999999999");
    cr_assert_not(mil_number_uint64(&number, &wide));
    number = read_all("-1");
    cr_assert_not(mil_number_uint64(&number, &wide));
}

Test(mil_number, texts_that_are_not_numbers_are_refused) {
    static const char *const texts[] = {"", "-", "+", ".", "e5", "1e", "1e+", "0x", "0x.p1", "0x1p",
        "in", "nan(0x", "nan(0x)", "x"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct mil_number number;
        cr_assert_eq(mil_number_read(texts[i], strlen(texts[i]), &number), 0, "'%s'", texts[i]);
    }
}

/* A number may have a hundred thousand digits. */
Test(mil_number, long_digits) {
    size_t n = 100000;
    char *text = malloc(n + 8);
    struct mil_number number;
    uint32_t bits;
    float value;
    cr_assert_not_null(text);
    memset(text, '3', n);
    memcpy(text, "0.", 2);
    cr_assert_eq(mil_number_read(text, n, &number), n);
    cr_assert(mil_number_fp32(&number, &bits));
    memcpy(&value, &bits, 4);
    cr_assert_eq(value, 0.33333333333333333333333333f);
    memset(text, '9', n);
    cr_assert_eq(mil_number_read(text, n, &number), n);
    cr_assert_not(mil_number_fp32(&number, &bits));
    free(text);
}
