/* SPDX-License-Identifier: MIT
 *
 * validate SCHEMA.json FILE [lines]: checks FILE, or each of its lines, against the schema. Knows the keywords
 * of JSON Schema that docs/tables.schema.json uses, and refuses a schema with any other.
 *
 * Exit code: 0 valid, 1 invalid (where and why on stderr), 99 the schema cannot be used.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_object *root;

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void die(const char *format, ...) {
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    exit(99);
}

static json_object *member(json_object *object, const char *key) {
    json_object *value = NULL;
    json_object_object_get_ex(object, key, &value);
    return value;
}

/* "#/$defs/list.row/properties/name" */
static json_object *resolve(const char *reference) {
    json_object *at = root;
    char path[256], *rest = path;
    if (strncmp(reference, "#/", 2) != 0 || strlen(reference) >= sizeof path)
        die("strange reference %s", reference);
    strcpy(path, reference + 2);
    for (char *key = strtok_r(rest, "/", &rest); key; key = strtok_r(NULL, "/", &rest))
        at = at ? member(at, key) : NULL;
    if (!at)
        die("reference to nothing: %s", reference);
    return at;
}

static bool wrong(bool is_quiet, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool wrong(bool is_quiet, const char *where, const char *format, ...) {
    va_list list;
    if (is_quiet)
        return false;
    fprintf(stderr, "%s: ", where[0] ? where : "/");
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return false;
}

static bool type_is(json_object *value, const char *type) {
    static const struct {
        const char *name;
        json_type type;
    } types[] = {{"object", json_type_object}, {"array", json_type_array},
        {"string", json_type_string}, {"integer", json_type_int}, {"null", json_type_null},
        {"boolean", json_type_boolean}};
    const json_type is = json_object_get_type(value);
    if (strcmp(type, "number") == 0)
        return is == json_type_int || is == json_type_double;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, type) == 0)
            return is == types[i].type;
    die("strange type %s", type);
}

static bool type_holds(json_object *value, json_object *type) {
    if (json_object_is_type(type, json_type_string))
        return type_is(value, json_object_get_string(type));
    for (size_t i = 0; i < json_object_array_length(type); i++)
        if (type_is(value, json_object_get_string(json_object_array_get_idx(type, i))))
            return true;
    return false;
}

static bool is_in(json_object *value, json_object *words) {
    for (size_t i = 0; i < json_object_array_length(words); i++)
        if (json_object_equal(value, json_object_array_get_idx(words, i)))
            return true;
    return false;
}

static bool holds(json_object *schema, json_object *value, const char *where, bool is_quiet);

static bool members_hold(
    json_object *schema, json_object *value, const char *where, bool is_quiet) {
    json_object *properties = member(schema, "properties");
    json_object_object_foreach(value, key, child) {
        char path[512];
        json_object *of = properties ? member(properties, key) : NULL;
        snprintf(path, sizeof path, "%s/%s", where, key);
        if (!of && member(schema, "additionalProperties"))
            return wrong(is_quiet, path, "no such property");
        if (of && !holds(of, child, path, is_quiet))
            return false;
    }
    return true;
}

static bool items_hold(json_object *items, json_object *value, const char *where, bool is_quiet) {
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%zu", where, i);
        if (!holds(items, json_object_array_get_idx(value, i), path, is_quiet))
            return false;
    }
    return true;
}

static bool required_are_there(
    json_object *required, json_object *value, const char *where, bool is_quiet) {
    for (size_t i = 0; i < json_object_array_length(required); i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(required, i));
        if (!json_object_object_get_ex(value, key, NULL))
            return wrong(is_quiet, where, "%s is missing", key);
    }
    return true;
}

static bool one_holds(json_object *any, json_object *value) {
    int n = 0;
    for (size_t i = 0; i < json_object_array_length(any); i++)
        n += holds(json_object_array_get_idx(any, i), value, "", true);
    return n == 1;
}

static bool keyword_holds(json_object *schema, const char *key, json_object *of, json_object *value,
    const char *where, bool is_quiet) {
    static const char *const words[] = {
        "$schema", "$defs", "title", "description", "additionalProperties", NULL};
    for (size_t i = 0; words[i]; i++)
        if (strcmp(key, words[i]) == 0)
            return true;
    if (strcmp(key, "$ref") == 0)
        return holds(resolve(json_object_get_string(of)), value, where, is_quiet);
    if (strcmp(key, "oneOf") == 0)
        return one_holds(of, value) || wrong(is_quiet, where, "is none of these tables");
    if (strcmp(key, "type") == 0)
        return type_holds(value, of) ||
               wrong(is_quiet, where, "%s is not of type %s", json_object_get_string(value),
                   json_object_get_string(of));
    if (strcmp(key, "const") == 0)
        return json_object_equal(value, of) ||
               wrong(is_quiet, where, "is not %s", json_object_get_string(of));
    if (strcmp(key, "enum") == 0)
        return is_in(value, of) || wrong(is_quiet, where, "%s is not one of %s",
                                       json_object_get_string(value), json_object_get_string(of));
    if (strcmp(key, "properties") == 0)
        return members_hold(schema, value, where, is_quiet);
    if (strcmp(key, "required") == 0)
        return required_are_there(of, value, where, is_quiet);
    if (strcmp(key, "items") == 0)
        return items_hold(of, value, where, is_quiet);
    die("the schema has a keyword that is not known here: %s", key);
}

static bool holds(json_object *schema, json_object *value, const char *where, bool is_quiet) {
    /* The type first: the other keywords need a value of the right type. */
    json_object *type = member(schema, "type");
    if (type && !keyword_holds(schema, "type", type, value, where, is_quiet))
        return false;
    json_object_object_foreach(schema, key, of) {
        if (!keyword_holds(schema, key, of, value, where, is_quiet))
            return false;
    }
    return true;
}

/* The table that a document says it is, for the error message. */
static json_object *table_of(json_object *document, bool is_line) {
    char reference[128];
    json_object *name = member(document, "schema");
    const char *text = name ? json_object_get_string(name) : "";
    if (strncmp(text, "aneprobe.", 9) != 0)
        return root;
    snprintf(reference, sizeof reference, "#/$defs/%s%s", text + 9, is_line ? ".line" : "");
    return member(member(root, "$defs"), reference + 8) ? resolve(reference) : root;
}

static bool text_holds(const char *text, size_t bytes, const char *where, bool is_line) {
    struct json_tokener *tokener = json_tokener_new_ex(64);
    if (!tokener)
        die("out of memory");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *document = json_tokener_parse_ex(tokener, text, (int)bytes);
    const bool is_whole = json_tokener_get_error(tokener) == json_tokener_success;
    size_t end = json_tokener_get_parse_end(tokener);
    end += strspn(text + end, " \n");
    bool result;
    if (!is_whole || end < bytes)
        result = wrong(false, where, "is not one JSON document: %s",
            json_tokener_error_desc(json_tokener_get_error(tokener)));
    else
        result = json_object_is_type(document, json_type_object) &&
                 holds(table_of(document, is_line), document, where, false) &&
                 holds(root, document, where, false);
    json_object_put(document);
    json_tokener_free(tokener);
    return result;
}

static char *file_read(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    ssize_t n = file ? getdelim(&text, &room, '\0', file) : -1;
    if (n < 0)
        die("cannot read %s", path);
    fclose(file);
    *bytes = (size_t)n;
    return text;
}

int main(int argc, char **argv) {
    size_t bytes;
    if (argc < 3)
        die("usage: validate SCHEMA.json FILE [lines]");
    root = json_object_from_file(argv[1]);
    if (!root)
        die("%s: %s", argv[1], json_util_get_last_err());
    char *text = file_read(argv[2], &bytes);
    bool is_well = true;
    if (argc == 3) {
        is_well = text_holds(text, bytes, "", false);
    } else {
        int n = 0;
        for (char *rest = text, *line; is_well && (line = strtok_r(rest, "\n", &rest)); n++) {
            char where[32];
            snprintf(where, sizeof where, "line %d", n + 1);
            is_well = text_holds(line, strlen(line), where, true);
        }
        is_well = is_well && n > 0;
    }
    free(text);
    json_object_put(root);
    return is_well ? 0 : 1;
}
