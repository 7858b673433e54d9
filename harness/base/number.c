/* SPDX-License-Identifier: MIT */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool number_whole(const char *text, uint64_t least, uint64_t most, uint64_t *value) {
    uint64_t number = 0;
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (*text != '\0' || number < least || number > most)
        return false;
    *value = number;
    return true;
}

/* -?digits[.digits][e[+-]digits] in full, as mantissa * 10^exponent. Digits after the 19th are not in
 * the mantissa, which is then far above 2^53. */
struct decimal {
    bool negative;
    uint64_t mantissa;
    long exponent;
};

static const char *scan_digits(const char *at, struct decimal *d, int *n_digits) {
    for (; is_digit(*at); at++) {
        if (*n_digits < 19)
            d->mantissa = d->mantissa * 10 + (uint64_t)(*at - '0');
        if (d->mantissa > 0) /* leading zeros are not significant */
            (*n_digits)++;
    }
    return at;
}

static bool scan_decimal(const char *text, struct decimal *d) {
    const char *at = text;
    int n_digits = 0;
    *d = (struct decimal){.negative = *at == '-'};
    if (*at == '-')
        at++;
    const char *digits = at;
    at = scan_digits(at, d, &n_digits);
    if (at == digits)
        return false;
    if (*at == '.') {
        const char *fraction = ++at;
        at = scan_digits(at, d, &n_digits);
        if (at == fraction)
            return false;
        d->exponent = -(long)(at - fraction);
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        bool down = *at == '-';
        if (*at == '-' || *at == '+')
            at++;
        if (!is_digit(*at))
            return false;
        long exponent = 0;
        for (; is_digit(*at); at++)
            if (exponent < 100000)
                exponent = exponent * 10 + (*at - '0');
        d->exponent += down ? -exponent : exponent;
    }
    return *at == '\0';
}

/* Both factors are exact doubles, so one multiplication or division rounds correctly (Clinger
 * 1990). */
static bool convert_exactly(const struct decimal *d, double *value) {
    static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (FLT_EVAL_METHOD != 0 || d->mantissa > (UINT64_C(1) << 53) || d->exponent < -22 ||
        d->exponent > 22)
        return false;
    double x = (double)d->mantissa;
    x = d->exponent < 0 ? x / power[-d->exponent] : x * power[d->exponent];
    *value = d->negative ? -x : x;
    return true;
}

bool number_decimal(const char *text, double *value) {
    struct decimal d;
    if (!scan_decimal(text, &d))
        return false;
    if (convert_exactly(&d, value))
        return true;
    const double x = strtod(text, NULL);
    if (!isfinite(x))
        return false;
    *value = x;
    return true;
}
