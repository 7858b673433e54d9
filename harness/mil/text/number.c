/* SPDX-License-Identifier: MIT */
#include "mil/text/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A decimal keeps 200 digits exactly, and of the rest only whether it is nonzero: the midpoint
 * between two fp32 has at most 113 significant digits, so no rounding depends on more. The integer
 * then has at most 665 bits, and is shifted up by at most 930 before it is divided. */
enum { DIGITS_KEPT = 200, WORDS_MAX = 64, EXPONENT_HUGE = 1000000 };

/* An unsigned integer in 32-bit words, lowest first, without leading zero words. */
struct big {
    uint32_t word[WORDS_MAX];
    int n;
};

static const uint32_t power_of_ten[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

static void big_multiply_add(struct big *b, uint32_t factor, uint32_t addend) {
    uint64_t carry = addend;
    for (int i = 0; i < b->n; i++) {
        carry += (uint64_t)b->word[i] * factor;
        b->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        b->word[b->n++] = (uint32_t)carry;
}

/* Returns the remainder. */
static uint32_t big_divide(struct big *b, uint32_t divisor) {
    uint64_t rest = 0;
    for (int i = b->n - 1; i >= 0; i--) {
        rest = rest << 32 | b->word[i];
        b->word[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (b->n > 0 && b->word[b->n - 1] == 0)
        b->n--;
    return (uint32_t)rest;
}

static void big_shift_words(struct big *b, int words) {
    memmove(b->word + words, b->word, (size_t)b->n * sizeof *b->word);
    memset(b->word, 0, (size_t)words * sizeof *b->word);
    b->n += words;
}

/* The top 64 bits become the significand; `inexact` says whether any bit below is set. */
static void big_to_number(const struct big *b, struct mil_number *out) {
    uint32_t top = b->n > 2 ? b->word[b->n - 1] : 0;
    int low = b->n > 2 ? b->n - 3 : 0, shift = 0;
    uint64_t middle = 0;
    if (b->n <= 2) {
        for (int i = b->n - 1; i >= 0; i--)
            middle = middle << 32 | b->word[i];
        out->significand = middle;
        return;
    }
    while (shift < 32 && top >> shift != 0)
        shift++;
    middle = (uint64_t)b->word[low + 1] << 32 | b->word[low];
    out->significand =
        (shift == 32 ? (uint64_t)top << 32 : (uint64_t)top << (64 - shift)) | middle >> shift;
    out->inexact |= (middle & (((uint64_t)1 << shift) - 1)) != 0;
    for (int i = 0; i < low; i++)
        out->inexact |= b->word[i] != 0;
    out->exponent += 32 * low + shift;
}

/* digits * 10^power */
static void decimal_to_number(struct big *b, int n_digits, int power, struct mil_number *out) {
    if (b->n == 0)
        return;
    if (n_digits + power > 45 || n_digits + power < -60) {
        /* beyond every type here, so there is no need to compute it */
        out->significand = 1;
        out->exponent = power > 0 ? EXPONENT_HUGE : -EXPONENT_HUGE;
        return;
    }
    if (power < 0) {
        int left = -power, bits = 66 + (left * 3322 + 999) / 1000 - 32 * (b->n - 1);
        int words = bits > 0 ? (bits + 31) / 32 : 0;
        big_shift_words(b, words);
        out->exponent = -32 * words;
        for (; left > 0; left -= left > 9 ? 9 : left)
            out->inexact |= big_divide(b, power_of_ten[left > 9 ? 9 : left]) != 0;
    }
    for (; power > 0; power -= power > 9 ? 9 : power)
        big_multiply_add(b, power_of_ten[power > 9 ? 9 : power], 0);
    big_to_number(b, out);
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Reads [+-]digits at `at`, capped at EXPONENT_HUGE; returns the place after them, or `at` if there
 * are none.
 */
static const char *exponent_read(const char *at, const char *end, int *out) {
    const char *p = at;
    bool negative = p < end && *p == '-';
    int value = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !is_digit(*p))
        return at;
    for (; p < end && is_digit(*p); p++)
        if (value < EXPONENT_HUGE)
            value = value * 10 + (*p - '0');
    *out = negative ? -value : value;
    return p;
}

static const char *hex_read(const char *p, const char *end, struct mil_number *out) {
    const char *first = p, *behind;
    bool point = false, any = false;
    int exponent = 0;
    for (; p < end && (hex_value(*p) >= 0 || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        if (out->significand >> 60 == 0) {
            out->significand = out->significand << 4 | (unsigned)hex_value(*p);
            out->exponent -= point ? 4 : 0;
        } else {
            out->inexact |= hex_value(*p) != 0;
            out->exponent += point ? 0 : 4;
        }
        if (out->exponent > EXPONENT_HUGE || out->exponent < -EXPONENT_HUGE)
            return NULL;
    }
    if (!any || first == p)
        return NULL;
    if (p < end && (*p == 'p' || *p == 'P')) {
        behind = exponent_read(p + 1, end, &exponent);
        if (behind == p + 1)
            return NULL;
        p = behind;
        out->exponent += exponent;
        point = true;
    }
    out->kind = point ? MIL_NUMBER_REAL : MIL_NUMBER_INTEGER;
    return p;
}

static const char *decimal_read(const char *p, const char *end, struct mil_number *out) {
    struct big b;
    const char *behind;
    bool point = false, any = false;
    int n_digits = 0, power = 0, exponent = 0, waiting = 0;
    uint32_t chunk = 0;
    b.n = 0;
    for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        if (n_digits == 0 && *p == '0') { /* leading zeros are not digits */
            power -= point;
        } else if (n_digits < DIGITS_KEPT) {
            chunk = chunk * 10 + (uint32_t)(*p - '0');
            n_digits++;
            power -= point;
            if (++waiting == 9) {
                big_multiply_add(&b, power_of_ten[9], chunk);
                chunk = 0;
                waiting = 0;
            }
        } else {
            out->inexact |= *p != '0';
            power += !point;
        }
        if (power > EXPONENT_HUGE || power < -EXPONENT_HUGE)
            return NULL;
    }
    if (!any)
        return NULL;
    if (waiting > 0)
        big_multiply_add(&b, power_of_ten[waiting], chunk);
    if (p < end && (*p == 'e' || *p == 'E')) {
        behind = exponent_read(p + 1, end, &exponent);
        if (behind == p + 1)
            return NULL;
        p = behind;
        point = true;
    }
    out->kind = point ? MIL_NUMBER_REAL : MIL_NUMBER_INTEGER;
    decimal_to_number(&b, n_digits, power + exponent, out);
    return p;
}

/* Most numbers are whole and short; NULL for the others. */
static const char *whole_read(const char *p, const char *end, struct mil_number *out) {
    const char *const first = p;
    uint64_t value = 0;
    for (; p < end && p - first < 18 && is_digit(*p); p++)
        value = value * 10 + (uint64_t)(*p - '0');
    if (p == first ||
        (p < end && (is_digit(*p) || *p == '.' || (*p | 32) == 'e' || (*p | 32) == 'x')))
        return NULL;
    out->kind = MIL_NUMBER_INTEGER;
    out->significand = value;
    return p;
}

static bool word_at(const char *p, const char *end, const char *word) {
    size_t bytes = strlen(word);
    return (size_t)(end - p) >= bytes && memcmp(p, word, bytes) == 0;
}

static const char *nan_read(const char *p, const char *end, struct mil_number *out) {
    struct mil_number payload = {0};
    out->kind = MIL_NUMBER_NAN;
    if (!word_at(p, end, "(0x"))
        return p;
    p = hex_read(p + 3, end, &payload);
    if (!p || p == end || *p != ')' || payload.kind != MIL_NUMBER_INTEGER || payload.inexact)
        return NULL;
    out->significand = payload.significand;
    return p + 1;
}

size_t mil_number_read(const char *text, size_t bytes, struct mil_number *out) {
    const char *p = text, *end = text + bytes;
    *out = (struct mil_number){.negative = p < end && *p == '-'};
    const char *behind;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    behind = whole_read(p, end, out);
    if (behind)
        return (size_t)(behind - text);
    if (word_at(p, end, "inf")) {
        out->kind = MIL_NUMBER_INF;
        p += 3;
    } else if (word_at(p, end, "nan")) {
        p = nan_read(p + 3, end, out);
    } else if (word_at(p, end, "0x") || word_at(p, end, "0X")) {
        p = hex_read(p + 2, end, out);
    } else {
        p = decimal_read(p, end, out);
    }
    return p ? (size_t)(p - text) : 0;
}

/* A binary floating-point format: significand bits with the hidden one, smallest normal exponent,
 * total bits. */
struct format {
    int precision, exponent_min, width;
};
static const struct format fp16 = {11, -14, 16}, fp32 = {24, -126, 32};

static bool number_round(
    const struct mil_number *number, const struct format *format, uint32_t *bits) {
    int mantissa_bits = format->precision - 1, exponent = number->exponent, drop;
    uint32_t sign = (uint32_t)number->negative << (format->width - 1);
    uint32_t infinity = (((uint32_t)1 << (format->width - format->precision)) - 1) << mantissa_bits;
    uint64_t significand = number->significand, kept, rest, half;
    if (number->kind == MIL_NUMBER_INF) {
        *bits = sign | infinity;
        return true;
    }
    if (number->kind == MIL_NUMBER_NAN) {
        uint32_t payload = significand ? (uint32_t)significand : (uint32_t)1 << (mantissa_bits - 1);
        *bits = sign | infinity | payload;
        return significand >> mantissa_bits == 0;
    }
    *bits = sign;
    if (significand == 0)
        return true;
    while (significand >> 63 == 0) {
        significand <<= 1;
        exponent--;
    }
    exponent += 63; /* now the value is 1.xxx * 2^exponent */
    if (exponent > 1 - format->exponent_min)
        return false;
    drop = 64 - format->precision;
    if (exponent < format->exponent_min)
        drop += format->exponent_min - exponent;
    if (drop > 64)
        return true;
    kept = drop == 64 ? 0 : significand >> drop;
    rest = drop == 64 ? significand : significand & (((uint64_t)1 << drop) - 1);
    half = (uint64_t)1 << (drop - 1);
    if (rest > half || (rest == half && (number->inexact || (kept & 1))))
        kept++;
    /* A carry out of the significand correctly increments the exponent. */
    if (exponent >= format->exponent_min)
        kept += (uint64_t)(exponent - format->exponent_min) << mantissa_bits;
    *bits |= (uint32_t)kept;
    return kept < infinity;
}

bool mil_number_fp16(const struct mil_number *number, uint16_t *bits) {
    uint32_t wide;
    bool fits = number_round(number, &fp16, &wide);
    *bits = (uint16_t)wide;
    return fits;
}

bool mil_number_fp32(const struct mil_number *number, uint32_t *bits) {
    return number_round(number, &fp32, bits);
}

bool mil_number_uint64(const struct mil_number *number, uint64_t *out) {
    *out = number->significand;
    return number->kind == MIL_NUMBER_INTEGER && number->exponent == 0 && !number->inexact &&
           !(number->negative && number->significand != 0);
}

bool mil_number_int(const struct mil_number *number, int64_t low, int64_t high, int64_t *out) {
    uint64_t magnitude = number->significand;
    if (number->kind != MIL_NUMBER_INTEGER || number->exponent != 0 || number->inexact ||
        magnitude > (uint64_t)INT64_MAX + number->negative)
        return false;
    *out = number->negative ? -1 - (int64_t)(magnitude - 1) : (int64_t)magnitude;
    if (magnitude == 0)
        *out = 0;
    return *out >= low && *out <= high;
}

static size_t bits_print(char *out, uint32_t bits, const struct format *format) {
    int mantissa_bits = format->precision - 1, digits = (mantissa_bits + 3) / 4, exponent;
    uint32_t mantissa = bits & (((uint32_t)1 << mantissa_bits) - 1);
    uint32_t biased =
        bits >> mantissa_bits & (((uint32_t)1 << (format->width - format->precision)) - 1);
    const char *sign = bits >> (format->width - 1) ? "-" : "";
    int used;
    if (biased == ((uint32_t)1 << (format->width - format->precision)) - 1) {
        if (mantissa == 0)
            used = snprintf(out, MIL_NUMBER_TEXT_MAX, "%sinf", sign);
        else if (mantissa == (uint32_t)1 << (mantissa_bits - 1))
            used = snprintf(out, MIL_NUMBER_TEXT_MAX, "%snan", sign);
        else
            used = snprintf(out, MIL_NUMBER_TEXT_MAX, "%snan(0x%" PRIx32 ")", sign, mantissa);
        return (size_t)used;
    }
    if (biased == 0 && mantissa == 0)
        return (size_t)snprintf(out, MIL_NUMBER_TEXT_MAX, "%s0x0p+0", sign);
    exponent = (int)biased - 1 + format->exponent_min;
    if (biased == 0) { /* subnormal: normalise, so that every value is written in one way */
        exponent++;
        while (mantissa >> mantissa_bits == 0) {
            mantissa <<= 1;
            exponent--;
        }
        mantissa &= ((uint32_t)1 << mantissa_bits) - 1;
    }
    mantissa <<= digits * 4 - mantissa_bits;
    while (digits > 0 && (mantissa & 15) == 0) {
        mantissa >>= 4;
        digits--;
    }
    if (digits == 0)
        used = snprintf(out, MIL_NUMBER_TEXT_MAX, "%s0x1p%+d", sign, exponent);
    else
        used = snprintf(
            out, MIL_NUMBER_TEXT_MAX, "%s0x1.%0*" PRIx32 "p%+d", sign, digits, mantissa, exponent);
    return (size_t)used;
}

size_t mil_number_print_fp16(char out[MIL_NUMBER_TEXT_MAX], uint16_t bits) {
    return bits_print(out, bits, &fp16);
}

size_t mil_number_print_fp32(char out[MIL_NUMBER_TEXT_MAX], uint32_t bits) {
    return bits_print(out, bits, &fp32);
}
