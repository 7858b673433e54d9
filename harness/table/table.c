/* SPDX-License-Identifier: MIT */
#include "table/rows.h"

#include "base/array.h"
#include "base/number.h"
#include "base/suite.h"
#include "measure/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const table_format_words[] = {"text", "csv", "json", "jsonl", NULL};

struct table *table_new(const struct table_form *form) {
    struct table *table = calloc(1, sizeof *table);
    if (table)
        table->form = form;
    return table;
}

void table_free(struct table *table) {
    if (!table)
        return;
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}

static void fail(struct table *table, const char *what, const char *detail) {
    if (table->error.code == EXIT_DONE)
        error_set(&table->error, EXIT_BROKEN, "table %s: %s%s", table->form->name, what, detail);
}

static bool is_one_of(const char *text, const char *const *words) {
    for (; words && *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return words == NULL;
}

/* What would make a row that its schema does not have. */
static void cell_check(struct table *table, const struct table_column *column, const char *text) {
    double number;
    uint64_t count;
    if (!text) {
        if (column->flags & TABLE_MUST)
            fail(table, "no value for ", column->name);
    } else if ((column->type == TABLE_NUMBER && !number_decimal(text, &number)) ||
               (column->type == TABLE_COUNT && !number_whole(text, 0, INT64_MAX, &count)) ||
               !is_one_of(text, column->words)) {
        fail(table, "strange value for ", column->name);
    }
}

static void put(struct table *table, const char *text) {
    if (text && text[0] == '\0')
        text = NULL;
    if (table->at >= table_columns(table)) {
        fail(table, "too many cells in a row", "");
        return;
    }
    const size_t at = table->at++, n = table->form->n_columns;
    cell_check(table, at < n ? &table->form->columns[at] : &table_origin_columns[at - n], text);
    char **cells = array_room(table->cells, table->n_cells, &table->room, sizeof *cells);
    if (!cells) {
        fail(table, "out of memory", "");
        return;
    }
    table->cells = cells;
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        fail(table, "out of memory", "");
    table->cells[table->n_cells++] = copy;
}

void table_put_text(struct table *table, const char *text) {
    put(table, text);
}

void table_put_number(struct table *table, double value) {
    char text[CSV_NUMBER_SIZE];
    put(table, isfinite(value) ? csv_number_text(value, text) : NULL);
}

void table_put_count(struct table *table, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    put(table, text);
}

void table_put_empty(struct table *table) {
    put(table, NULL);
}

void table_end_row(struct table *table, const struct table_origin *origin) {
    if (table->at != table->form->n_columns)
        fail(table, "a row has not as many cells as the table has columns", "");
    put(table, origin->suite_version ? origin->suite_version : suite_version());
    put(table, origin->suite_commit ? origin->suite_commit : suite_commit());
    put(table, origin->device);
    put(table, origin->chip);
    put(table, origin->os);
    put(table, origin->clock);
    table->at = 0;
    table->n_rows++;
}

static void print_csv(const struct table *table, FILE *out) {
    struct csv_writer writer = {.file = out};
    for (size_t i = 0; i < table_columns(table); i++)
        csv_put_text(&writer, table_form_column(table->form, i)->name);
    (void)csv_end_row(&writer); /* the last check of the stream finds what went wrong */
    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t i = 0; i < table_columns(table); i++)
            csv_put_text(&writer, table_cell(table, row, i));
        (void)csv_end_row(&writer);
    }
}

int table_print(
    const struct table *table, enum table_format format, FILE *out, struct error *error) {
    if (table->error.code != EXIT_DONE) {
        *error = table->error;
        return -1;
    }
    int failed = 0;
    if (format == TABLE_AS_CSV)
        print_csv(table, out);
    else if (format == TABLE_AS_TEXT)
        table_print_text(table, out);
    else
        failed = table_print_json(table, format == TABLE_AS_JSONL, out);
    return failed ? error_set(error, EXIT_BROKEN, "table %s: out of memory", table->form->name) : 0;
}
