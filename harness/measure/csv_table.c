/* SPDX-License-Identifier: MIT
 *
 * Cells of a table, as text and as numbers.
 */
#include "measure/csv_table.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t csv_rows(const struct csv_table *table) {
    return table->n_rows;
}

int csv_columns(const struct csv_table *table) {
    return table->n_columns;
}

const char *csv_column_name(const struct csv_table *table, int column) {
    return table->bytes + table->cell[column];
}

int csv_column(const struct csv_table *table, const char *name) {
    for (int i = 0; i < table->n_columns; i++)
        if (strcmp(csv_column_name(table, i), name) == 0)
            return i;
    return -1;
}

int csv_require_column(const struct csv_table *table, const char *name, struct error *error) {
    int column = csv_column(table, name);
    if (column < 0)
        error_set(error, EXIT_BROKEN,
            "%.200s:1: there is no column '%.60s'; is this the right file?", table->name, name);
    return column;
}

size_t csv_line(const struct csv_table *table, size_t row) {
    return table->line[row + 1];
}

const char *csv_text(const struct csv_table *table, size_t row, int column) {
    if (column < 0)
        return "";
    return table->bytes + table->cell[(row + 1) * (size_t)table->n_columns + (size_t)column];
}

void csv_error_write(struct error *error, const char *name, size_t line, const char *column,
    const char *format, va_list list) {
    char *out = error->text;
    size_t size = sizeof error->text;
    error->code = EXIT_BROKEN;
    int n = snprintf(out, size, "%.200s:%zu: ", name, line);
    if (column && n > 0)
        n += snprintf(out + n, size - (size_t)n, "column '%.60s': ", column);
    if (n > 0)
        vsnprintf(out + n, size - (size_t)n, format, list);
    for (; *out; out++)
        if ((unsigned char)*out < 0x20 || *out == 0x7f)
            *out = '?';
}

int csv_fail(const struct csv_table *table, size_t row, int column, struct error *error,
    const char *format, ...) {
    va_list list;
    va_start(list, format);
    csv_error_write(error, table->name, csv_line(table, row),
        column < 0 ? NULL : csv_column_name(table, column), format, list);
    va_end(list);
    return -1;
}

/* -?digits[.digits][e[+-]digits] in full, as mantissa * 10^exponent. Digits after the 19th are not in
 * the mantissa, which is then far above 2^53. */
struct decimal {
    bool negative;
    uint64_t mantissa;
    long exponent;
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static const char *scan_digits(const char *at, struct decimal *d, int *n_digits) {
    for (; is_digit(*at); at++) {
        if (*n_digits < 19)
            d->mantissa = d->mantissa * 10 + (uint64_t)(*at - '0');
        if (d->mantissa > 0) /* leading zeros do not count */
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

/* Both factors are exact doubles, so one multiplication or division rounds right (Clinger 1990). */
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

int csv_number(
    const struct csv_table *table, size_t row, int column, double *value, struct error *error) {
    const char *text = csv_text(table, row, column);
    if (*text == '\0')
        return 0;
    struct decimal d;
    if (scan_decimal(text, &d)) {
        if (convert_exactly(&d, value))
            return 1;
        double x = strtod(text, NULL);
        if (isfinite(x)) {
            *value = x;
            return 1;
        }
    }
    return csv_fail(table, row, column, error,
        "'%.40s' is not a finite decimal number; correct it, or leave the cell empty for no value",
        text);
}

bool csv_end_says(const char *reason, size_t n_rows) {
    char expected[32];
    const int n = snprintf(expected, sizeof expected, "rows=%zu", n_rows);
    return strncmp(reason, expected, (size_t)n) == 0 && (reason[n] == '\0' || reason[n] == ' ');
}
