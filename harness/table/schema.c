/* SPDX-License-Identifier: MIT */
#include "table/schema.h"

#include "table/form.h"

#include <json-c/json.h>
#include <stdarg.h>

/* Takes over `value`; what was out of memory is found in the end. */
static void add(json_object *object, const char *key, json_object *value, bool *failed) {
    if (!object || !value || json_object_object_add(object, key, value) != 0)
        *failed = true;
}

static json_object *text_make(const char *format, ...) __attribute__((format(printf, 1, 2)));
static json_object *text_make(const char *format, ...) {
    char text[128];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return json_object_new_string(text);
}

static void push(json_object *array, json_object *value, bool *failed) {
    if (!array || json_object_array_add(array, value) != 0)
        *failed = true;
}

/* {KEY: VALUE} */
static json_object *pair(const char *key, json_object *value, bool *failed) {
    json_object *object = json_object_new_object();
    add(object, key, value, failed);
    return object;
}

static json_object *column_make(const struct table_column *column, bool *failed) {
    static const char *const types[] = {
        [TABLE_TEXT] = "string", [TABLE_NUMBER] = "number", [TABLE_COUNT] = "integer"};
    json_object *object = json_object_new_object(), *type, *words;
    add(object, "description", json_object_new_string(column->what), failed);
    type = json_object_new_string(types[column->type]);
    if (!(column->flags & TABLE_MUST)) {
        json_object *both = json_object_new_array();
        push(both, type, failed);
        push(both, json_object_new_string("null"), failed);
        type = both;
    }
    add(object, "type", type, failed);
    if (!column->words)
        return object;
    words = json_object_new_array();
    for (size_t i = 0; column->words[i]; i++)
        push(words, json_object_new_string(column->words[i]), failed);
    if (!(column->flags & TABLE_MUST))
        push(words, NULL, failed);
    add(object, "enum", words, failed);
    return object;
}

/* An object of exactly these properties. */
static json_object *closed(json_object *properties, bool *failed) {
    json_object *object = json_object_new_object(), *required = json_object_new_array();
    add(object, "type", json_object_new_string("object"), failed);
    if (properties) {
        json_object_object_foreach(properties, key, value) {
            (void)value;
            push(required, json_object_new_string(key), failed);
        }
    }
    add(object, "properties", properties, failed);
    add(object, "required", required, failed);
    add(object, "additionalProperties", json_object_new_boolean(false), failed);
    return object;
}

static void schema_add(json_object *properties, const struct table_form *form, bool *failed) {
    add(properties, "schema", pair("const", text_make("aneprobe.%s", form->name), failed), failed);
    add(properties, "schema_version", pair("const", json_object_new_int(form->version), failed),
        failed);
}

static void form_add(json_object *definitions, const struct table_form *form, bool *failed) {
    char name[64];
    json_object *document = json_object_new_object(), *row = json_object_new_object(),
                *one_line = json_object_new_object(), *rows, *made;
    schema_add(document, form, failed);
    schema_add(one_line, form, failed);
    for (size_t i = 0; i < form->n_columns + TABLE_ORIGIN_COLUMNS; i++) {
        const struct table_column *column = table_form_column(form, i);
        add(row, column->name, column_make(column, failed), failed);
        snprintf(name, sizeof name, "#/$defs/%s.row/properties/%s", form->name, column->name);
        add(one_line, column->name, pair("$ref", json_object_new_string(name), failed), failed);
    }
    rows = pair("type", json_object_new_string("array"), failed);
    add(rows, "items", pair("$ref", text_make("#/$defs/%s.row", form->name), failed), failed);
    add(document, "rows", rows, failed);
    made = closed(document, failed);
    add(made, "title", json_object_new_string(form->what), failed);
    add(definitions, form->name, made, failed);
    snprintf(name, sizeof name, "%s.row", form->name);
    add(definitions, name, closed(row, failed), failed);
    snprintf(name, sizeof name, "%s.line", form->name);
    add(definitions, name, closed(one_line, failed), failed);
}

int table_schema_print(FILE *out, struct error *error) {
    bool failed = false;
    json_object *schema = json_object_new_object(), *any = json_object_new_array(),
                *definitions = json_object_new_object();
    add(schema, "$schema", json_object_new_string("https://json-schema.org/draft/2020-12/schema"),
        &failed);
    add(schema, "title", json_object_new_string("What aneprobe prints with --format json or jsonl"),
        &failed);
    for (size_t i = 0; table_forms[i]; i++) {
        push(any, pair("$ref", text_make("#/$defs/%s", table_forms[i]->name), &failed), &failed);
        push(any, pair("$ref", text_make("#/$defs/%s.line", table_forms[i]->name), &failed),
            &failed);
        form_add(definitions, table_forms[i], &failed);
    }
    add(schema, "oneOf", any, &failed);
    add(schema, "$defs", definitions, &failed);
    const char *text = failed ? NULL
                              : json_object_to_json_string_ext(
                                    schema, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text)
        fprintf(out, "%s\n", text);
    json_object_put(schema);
    return text ? 0 : error_set(error, EXIT_BROKEN, "out of memory for the schema");
}
