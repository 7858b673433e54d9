/* SPDX-License-Identifier: MIT
 *
 * Private to table*.c: the rows of a table.
 */
#ifndef ANEPROBE_TABLE_ROWS_H
#define ANEPROBE_TABLE_ROWS_H

#include "table/table.h"

struct table {
    const struct table_form *form;
    char **cells; /* row by row, of all columns; NULL: not known */
    size_t n_cells, room;
    size_t n_rows;
    size_t at;          /* cells of the row that is being put together */
    struct error error; /* the first */
};

static inline size_t table_columns(const struct table *table) {
    return table->form->n_columns + TABLE_ORIGIN_COLUMNS;
}

/* `column` as table_form_column() has it; in the row its own columns come first, as they were put. */
static inline const char *table_cell(const struct table *table, size_t row, size_t column) {
    const size_t n = table->form->n_columns;
    const size_t at = column < TABLE_ORIGIN_COLUMNS ? n + column : column - TABLE_ORIGIN_COLUMNS;
    return table->cells[row * table_columns(table) + at];
}

/* Of the form's own columns. */
static inline const char *table_own_cell(const struct table *table, size_t row, size_t column) {
    return table->cells[row * table_columns(table) + column];
}

void table_print_text(const struct table *table, FILE *out);
/* 0, or -1 when out of memory */
int table_print_json(const struct table *table, bool lines, FILE *out);

#endif
