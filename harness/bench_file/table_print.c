/* SPDX-License-Identifier: MIT */
#include "bench_file/table.h"

#include "measure/csv.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

static const char *text_or_empty(const char *text) {
    return text ? text : "";
}

/* CSV */

static int csv_print(const struct table *table, FILE *out) {
    static const char *const columns[] = {"file", "operator", "device", "metric", "unit", "value",
        "ci_low", "ci_high", "n", "n_unit", "provenance", "outcome", "reason"};
    struct csv_writer w = {.file = out};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_put_text(&w, columns[i]);
    csv_end_row(&w);
    for (size_t i = 0; i < table->n; i++) {
        const struct table_row *r = &table->rows[i];
        csv_put_text(&w, r->file);
        csv_put_text(&w, r->operator_name);
        csv_put_text(&w, r->device);
        csv_put_text(&w, r->metric);
        csv_put_text(&w, r->unit);
        csv_put_number(&w, r->value);
        csv_put_number(&w, r->low);
        csv_put_number(&w, r->high);
        if (r->n_unit)
            csv_put_u64(&w, r->n);
        else
            csv_put_empty(&w);
        csv_put_text(&w, r->n_unit);
        csv_put_text(&w, r->provenance);
        csv_put_text(&w, r->outcome);
        csv_put_text(&w, r->reason);
        csv_end_row(&w);
    }
    return w.error ? -1 : 0;
}

/* JSON */

static bool member_add(json_object *object, const char *key, json_object *value) {
    return json_object_object_add(object, key, value) == 0;
}

/* What is not known is null. */
static json_object *number_make(double value) {
    return isfinite(value) ? json_object_new_double(value) : NULL;
}

static json_object *text_make(const char *text) {
    return text ? json_object_new_string(text) : NULL;
}

static json_object *row_make(const struct table_row *r) {
    json_object *o = json_object_new_object();
    if (!o)
        return NULL;
    bool ok = member_add(o, "file", text_make(r->file)) &&
              member_add(o, "operator", text_make(r->operator_name)) &&
              member_add(o, "device", text_make(r->device)) &&
              member_add(o, "metric", text_make(r->metric)) &&
              member_add(o, "unit", text_make(r->unit)) &&
              member_add(o, "value", number_make(r->value)) &&
              member_add(o, "ci_low", number_make(r->low)) &&
              member_add(o, "ci_high", number_make(r->high)) &&
              member_add(o, "n", r->n_unit ? json_object_new_int64((int64_t)r->n) : NULL) &&
              member_add(o, "n_unit", text_make(r->n_unit)) &&
              member_add(o, "provenance", text_make(r->provenance)) &&
              member_add(o, "outcome", text_make(r->outcome)) &&
              member_add(o, "reason", text_make(r->reason));
    if (ok)
        return o;
    json_object_put(o);
    return NULL;
}

static int json_print(const struct table *table, bool lines, FILE *out) {
    fputs(lines ? "" : "[\n", out);
    for (size_t i = 0; i < table->n; i++) {
        json_object *row = row_make(&table->rows[i]);
        const char *text = row ? json_object_to_json_string_ext(
                                     row, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                               : NULL;
        if (text)
            fprintf(out, "%s%s\n", text, lines || i + 1 == table->n ? "" : ",");
        json_object_put(row);
        if (!text)
            return -1;
    }
    fputs(lines ? "" : "]\n", out);
    return 0;
}

/* Text */

static bool same_arm(const struct table_row *a, const struct table_row *b) {
    return strcmp(a->file, b->file) == 0 && strcmp(a->device, b->device) == 0 &&
           strcmp(text_or_empty(a->operator_name), text_or_empty(b->operator_name)) == 0;
}

static void number_print(char *text, size_t bytes, double value) {
    if (!isfinite(value))
        snprintf(text, bytes, "-");
    else
        snprintf(text, bytes, fabs(value) >= 100 && fabs(value) < 1e7 ? "%.0f" : "%.3g", value);
}

static void text_print(const struct table *table, FILE *out) {
    for (size_t i = 0; i < table->n; i++) {
        const struct table_row *r = &table->rows[i];
        char value[24], low[24], high[24];
        if (i == 0 || !same_arm(r, r - 1))
            fprintf(out, "%s%s%s%s on %s (%s): %s%s%s\n", i ? "\n" : "", r->file,
                r->operator_name ? ", " : "", text_or_empty(r->operator_name), r->device,
                r->provenance, r->outcome, r->reason ? ": " : "", text_or_empty(r->reason));
        if (isnan(r->value))
            continue;
        number_print(value, sizeof value, r->value);
        number_print(low, sizeof low, r->low);
        number_print(high, sizeof high, r->high);
        fprintf(out, "  %-18s %10s %-8s", r->metric, value, r->unit);
        if (r->n_unit)
            fprintf(out, "  [%s, %s]  n %zu %s", low, high, r->n, r->n_unit);
        fputc('\n', out);
    }
}

int table_print(
    const struct table *table, enum bench_format format, FILE *out, struct error *error) {
    int result = 0;
    if (table->failed)
        return error_set(error, EXIT_BROKEN, "out of memory for the table");
    switch (format) {
    case FORMAT_CSV:
        result = csv_print(table, out);
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL:
        result = json_print(table, format == FORMAT_JSONL, out);
        break;
    default:
        text_print(table, out);
        break;
    }
    return result == 0 ? 0 : error_set(error, EXIT_BROKEN, "the table cannot be written");
}
