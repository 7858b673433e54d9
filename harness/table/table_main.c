/* SPDX-License-Identifier: MIT
 *
 * aneprobe-table: what scripts print their tables with. Reads CSV with the columns of a form, in any
 * order, and prints the table; with --paint, colours one that is there; with --schema, the JSON schema
 * of all.
 */
#include "base/files.h"
#include "base/options.h"
#include "base/program.h"
#include "measure/csv.h"
#include "table/schema.h"
#include "table/table.h"

#include <stdlib.h>

enum { BYTES_MAX = 64 << 20 };

struct table_options {
    enum table_format format;
    bool paint, schema;
};

static const struct option options[] = {
    {"--format", "F", "text", TABLE_FORMAT_TEXT, OPTION_CHOICE,
        OPTION_FIELD(struct table_options, format), .words = table_format_words},
    {"--paint", NULL, NULL, "colour the text on standard input, a table of FORM", OPTION_SWITCH,
        OPTION_FIELD(struct table_options, paint)},
    {"--schema", NULL, NULL, "the JSON schema of all tables", OPTION_SWITCH,
        OPTION_FIELD(struct table_options, schema)},
};

static const struct command_line line = {.name = "aneprobe-table",
    .usage = "[--format F] FORM FILE.csv\n--paint FORM\n--schema",
    .text = "Prints a CSV file that has the columns of FORM.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .most_operands = 2};

/* A column that the file does not have is not known. */
static void row_put(
    struct table *table, const struct table_form *form, const struct csv_table *csv, size_t row) {
    for (size_t i = 0; i < form->n_columns; i++)
        table_put_text(table, csv_cell(csv, row, form->columns[i].name));
    struct table_origin origin = {.device = csv_cell(csv, row, "device"),
        .chip = csv_cell(csv, row, "chip"),
        .os = csv_cell(csv, row, "os"),
        .clock = csv_cell(csv, row, "clock"),
        .suite_version = csv_cell(csv, row, "suite_version"),
        .suite_commit = csv_cell(csv, row, "suite_commit")};
    if (origin.suite_commit[0] == '\0')
        origin.suite_version = origin.suite_commit = NULL;
    table_end_row(table, &origin);
}

static int file_print(const struct table_form *form, const char *path, enum table_format format,
    struct error *error) {
    struct csv_table *csv = NULL;
    char *bytes = NULL;
    size_t n_bytes;
    if (file_take(path, BYTES_MAX, &bytes, &n_bytes, error) != 0)
        return -1;
    /* sqlite3 prints no header where there are no rows */
    int failed = n_bytes > 0 ? csv_table_parse(path, bytes, n_bytes, &csv, error) : 0;
    struct table *table = failed ? NULL : table_new(form);
    if (!failed && !table)
        failed = error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t row = 0; !failed && csv && row < csv_rows(csv); row++)
        row_put(table, form, csv, row);
    if (!failed)
        failed = table_print(table, format, stdout, error);
    table_free(table);
    csv_table_free(csv);
    free(bytes);
    return failed;
}

static void work(char **operands, int n_operands, void *values, struct error *error) {
    const struct table_options *o = values;
    const struct table_form *form = n_operands > 0 ? table_form_find(operands[0]) : NULL;
    if (o->schema)
        (void)table_schema_print(stdout, error);
    else if (n_operands != (o->paint ? 1 : 2))
        error_set(error, EXIT_USAGE, o->paint ? "give FORM" : "give FORM and FILE.csv");
    else if (!form)
        error_set(error, EXIT_USAGE, "no table '%s'", operands[0]);
    else if (o->paint)
        (void)table_paint(form, stdin, stdout, error);
    else
        (void)file_print(form, operands[1], o->format, error);
}

int main(int argc, char **argv) {
    struct table_options o = {.format = TABLE_AS_TEXT};
    return program_run(&line, argc, argv, &o, work);
}
