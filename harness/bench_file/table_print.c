/* SPDX-License-Identifier: MIT */
#include "bench_file/table.h"

#include "table/table.h"

#include <math.h>
#include <string.h>

static const char *text_or_empty(const char *text) {
    return text ? text : "";
}

/* For other programs */

static void row_put(struct table *table, const struct bench_row *r) {
    const struct table_origin origin = {
        .device = r->device, .chip = r->chip, .os = r->os, .clock = r->clock};
    table_put_text(table, r->file);
    table_put_text(table, r->operator_name);
    table_put_text(table, r->metric);
    table_put_text(table, r->unit);
    table_put_number(table, r->value);
    table_put_number(table, r->low);
    table_put_number(table, r->high);
    if (r->n_unit)
        table_put_count(table, r->n);
    else
        table_put_empty(table);
    table_put_text(table, r->n_unit);
    table_put_text(table, r->provenance);
    table_put_text(table, r->outcome);
    table_put_text(table, r->reason);
    table_put_text(table, r->size);
    table_put_text(table, r->power_source);
    table_put_text(table, r->power_mode);
    table_put_text(table, r->thermal);
    table_end_row(table, &origin);
}

static int rows_print(
    const struct bench_table *rows, enum table_format format, FILE *out, struct error *error) {
    struct table *table = table_new(&table_form_bench);
    if (!table)
        return error_set(error, EXIT_BROKEN, "out of memory");
    for (size_t i = 0; i < rows->n; i++)
        row_put(table, &rows->rows[i]);
    const int failed = table_print(table, format, out, error);
    table_free(table);
    return failed;
}

/* Text */

static bool same_arm(const struct bench_row *a, const struct bench_row *b) {
    return strcmp(a->file, b->file) == 0 && strcmp(a->device, b->device) == 0 &&
           strcmp(text_or_empty(a->size), text_or_empty(b->size)) == 0 &&
           strcmp(text_or_empty(a->operator_name), text_or_empty(b->operator_name)) == 0;
}

static void number_print(char *text, size_t bytes, double value) {
    if (!isfinite(value))
        snprintf(text, bytes, "-");
    else
        snprintf(text, bytes, fabs(value) >= 100 && fabs(value) < 1e7 ? "%.0f" : "%.3g", value);
}

/* Of the column of metrics. */
static int width_of(const struct bench_table *table) {
    size_t width = 18;
    for (size_t i = 0; i < table->n; i++)
        if (strlen(table->rows[i].metric) > width)
            width = strlen(table->rows[i].metric);
    return (int)width;
}

static void text_print(const struct bench_table *table, FILE *out) {
    const int width = width_of(table);
    for (size_t i = 0; i < table->n; i++) {
        const struct bench_row *r = &table->rows[i];
        char value[24], low[24], high[24];
        const bool is_first = i == 0 || !same_arm(r, r - 1);
        if (is_first)
            fprintf(out, "%s%s%s%s%s%s on %s (%s): %s%s%s\n", i ? "\n" : "", r->file,
                r->size ? ", " : "", text_or_empty(r->size), r->operator_name ? ", " : "",
                text_or_empty(r->operator_name), r->device, r->provenance, r->outcome,
                r->reason ? ": " : "", text_or_empty(r->reason));
        if (is_first && r->power_source[0])
            fprintf(out, "  power source: %s, power mode: %s, thermal state: %s\n", r->power_source,
                r->power_mode, r->thermal);
        if (isnan(r->value)) {
            if (r->reason && strcmp(r->metric, "outcome") != 0)
                fprintf(out, "  %-*s %10s %s\n", width, r->metric, "-", r->reason);
            continue;
        }
        number_print(value, sizeof value, r->value);
        number_print(low, sizeof low, r->low);
        number_print(high, sizeof high, r->high);
        fprintf(out, "  %-*s %10s %-8s", width, r->metric, value, r->unit);
        if (r->n_unit)
            fprintf(out, "  [%s, %s]  n %zu %s", low, high, r->n,
                r->n == 1 && strcmp(r->n_unit, "processes") == 0 ? "process" : r->n_unit);
        fputc('\n', out);
    }
}

int bench_table_print(
    const struct bench_table *table, enum table_format format, FILE *out, struct error *error) {
    if (table->failed)
        return error_set(error, EXIT_BROKEN, "out of memory for the table");
    if (format != TABLE_AS_TEXT)
        return rows_print(table, format, out, error);
    text_print(table, out);
    return 0;
}
