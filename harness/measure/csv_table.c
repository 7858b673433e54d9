/* SPDX-License-Identifier: MIT
 *
 * Cells of a table, as text and as numbers.
 */
#include "measure/csv_table.h"

#include "base/number.h"

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

const char *csv_cell(const struct csv_table *table, size_t row, const char *name) {
    return csv_text(table, row, csv_column(table, name));
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

int csv_number(
    const struct csv_table *table, size_t row, int column, double *value, struct error *error) {
    const char *text = csv_text(table, row, column);
    if (*text == '\0')
        return 0;
    if (number_decimal(text, value))
        return 1;
    return csv_fail(table, row, column, error,
        "'%.40s' is not a finite decimal number; correct it, or leave the cell empty for no value",
        text);
}
