/* SPDX-License-Identifier: MIT */
#include "table/rows.h"

#include <json-c/json.h>
#include <stdlib.h>

enum { JSON_FLAGS = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE };

static bool add(json_object *object, const char *key, json_object *value) {
    return value && json_object_object_add(object, key, value) == 0;
}

static bool add_schema(json_object *object, const struct table_form *form) {
    char name[64];
    snprintf(name, sizeof name, "aneprobe.%s", form->name);
    return add(object, "schema", json_object_new_string(name)) &&
           add(object, "schema_version", json_object_new_int(form->version));
}

/* What is not known is null. A number has the digits that it has in CSV. */
static bool add_cell(json_object *object, const struct table_column *column, const char *text) {
    if (!text)
        return json_object_object_add(object, column->name, NULL) == 0;
    switch (column->type) {
    case TABLE_NUMBER:
        return add(object, column->name, json_object_new_double_s(strtod(text, NULL), text));
    case TABLE_COUNT:
        return add(object, column->name, json_object_new_int64(strtoll(text, NULL, 10)));
    default:
        return add(object, column->name, json_object_new_string(text));
    }
}

static bool add_row(json_object *object, const struct table *table, size_t row) {
    bool is_well = true;
    for (size_t i = 0; is_well && i < table_columns(table); i++)
        is_well = add_cell(object, table_form_column(table->form, i), table_cell(table, row, i));
    return is_well;
}

static bool write_out(json_object *object, FILE *out) {
    const char *text = json_object_to_json_string_ext(object, JSON_FLAGS);
    return text && fputs(text, out) != EOF;
}

int table_print_json(const struct table *table, bool lines, FILE *out) {
    bool is_well = true;
    if (!lines)
        fprintf(out, "{\"schema\":\"aneprobe.%s\",\"schema_version\":%d,\"rows\":[",
            table->form->name, table->form->version);
    for (size_t row = 0; is_well && row < table->n_rows; row++) {
        json_object *object = json_object_new_object();
        is_well =
            object && (!lines || add_schema(object, table->form)) && add_row(object, table, row);
        if (is_well && !lines)
            fputs(row ? ",\n" : "\n", out);
        /* What cannot be written is found by the last check of the stream. */
        is_well = is_well && (write_out(object, out) || ferror(out));
        json_object_put(object);
        if (lines)
            fputc('\n', out);
    }
    if (!lines)
        fputs("\n]}\n", out);
    return is_well ? 0 : -1;
}
