/* SPDX-License-Identifier: MIT */
#include "mil/package/manifest.h"
#include "mil/type.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 16 };
static const struct mil_place nowhere;

static int json_fail(struct mil_error *error, const char *why) {
    return mil_fail(error, nowhere, "Manifest.json: %s", why);
}

static json_object *json_read(const char *json, size_t bytes, struct mil_error *error) {
    if (bytes == 0)
        json = ""; /* an empty file is not mapped */
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    if (!tokener || bytes > INT_MAX) {
        json_fail(error, tokener ? "too long" : "out of memory");
        json_tokener_free(tokener);
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    json_object *root = json_tokener_parse_ex(tokener, json, (int)bytes);
    size_t end = json_tokener_get_parse_end(tokener);
    enum json_tokener_error code = json_tokener_get_error(tokener);
    while (end < bytes && strchr(" \t\r\n", json[end]) && json[end])
        end++;
    if (code == json_tokener_success && end == bytes) {
        json_tokener_free(tokener);
        return root;
    }
    mil_fail(error, nowhere, "Manifest.json: not JSON at byte %zu: %s", end + 1,
        code == json_tokener_success    ? "data after the end"
        : code == json_tokener_continue ? "it ends early"
                                        : json_tokener_error_desc(code));
    json_object_put(root);
    json_tokener_free(tokener);
    return NULL;
}

/* A string of the object, without NULs; NULL when there is none. */
static const char *string_of(json_object *object, const char *key) {
    json_object *value;
    if (!json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    const char *text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

static char *model_path(json_object *root, struct mil_error *error) {
    unsigned major, minor, patch;
    char rest;
    json_object *entries, *entry;
    const char *version = string_of(root, "fileFormatVersion");
    const char *id = string_of(root, "rootModelIdentifier");
    if (!version || version[strspn(version, "0123456789.")] ||
        sscanf(version, "%3u.%3u.%3u%c", &major, &minor, &patch, &rest) != 3 || major != 1) {
        mil_fail(error, nowhere,
            "Manifest.json: its fileFormatVersion is '%.40s', but only 1.x.y is supported",
            version ? version : "missing");
        return NULL;
    }
    if (!id || !json_object_object_get_ex(root, "itemInfoEntries", &entries) ||
        !json_object_is_type(entries, json_type_object) ||
        !json_object_object_get_ex(entries, id, &entry) ||
        !json_object_is_type(entry, json_type_object)) {
        json_fail(error, "its rootModelIdentifier is not among its itemInfoEntries");
        return NULL;
    }
    const char *path = string_of(entry, "path");
    if (!path || !*path) {
        json_fail(error, "the model's entry has no path");
        return NULL;
    }
    char *copy = strdup(path);
    if (!copy)
        json_fail(error, "out of memory");
    return copy;
}

char *manifest_model_path(const char *json, size_t bytes, struct mil_error *error) {
    json_object *root = json_read(json, bytes, error);
    char *path = NULL;
    if (root && json_object_is_type(root, json_type_object))
        path = model_path(root, error);
    else if (root)
        json_fail(error, "not an object");
    json_object_put(root);
    return path;
}

/* A UUID of version 8 (custom), from two words. */
static void uuid_format(char out[40], uint64_t a, uint64_t b) {
    snprintf(out, 40, "%08" PRIx64 "-%04" PRIx64 "-8%03" PRIx64 "-a%03" PRIx64 "-%012" PRIx64,
        a >> 32, (a >> 16) & 0xffff, a & 0xfff, b >> 52, b & 0xffffffffffff);
}

static int string_add(json_object *object, const char *key, const char *value) {
    json_object *string = json_object_new_string(value);
    if (string && json_object_object_add(object, key, string) == 0)
        return 0;
    json_object_put(string);
    return -1;
}

static int entry_add(json_object *entries, const char *id, const char *what, const char *name) {
    char path[64];
    json_object *entry = json_object_new_object();
    snprintf(path, sizeof path, "com.apple.CoreML/%s", name);
    if (entry && string_add(entry, "author", "com.apple.CoreML") == 0 &&
        string_add(entry, "description", what) == 0 && string_add(entry, "name", name) == 0 &&
        string_add(entry, "path", path) == 0 && json_object_object_add(entries, id, entry) == 0)
        return 0;
    json_object_put(entry);
    return -1;
}

char *manifest_write(bool has_weights, struct mil_hash content) {
    char model_id[40], weights_id[40], *text = NULL;
    json_object *root = json_object_new_object(), *entries = json_object_new_object();
    uuid_format(model_id, content.a, content.b);
    uuid_format(weights_id, ~content.a, content.b);
    if (!root || !entries || string_add(root, "fileFormatVersion", "1.0.0") < 0 ||
        json_object_object_add(root, "itemInfoEntries", entries) < 0) {
        json_object_put(entries);
        json_object_put(root);
        return NULL;
    }
    if (entry_add(entries, model_id, "CoreML Model Specification", "model.mlmodel") == 0 &&
        (!has_weights || entry_add(entries, weights_id, "CoreML Model Weights", "weights") == 0) &&
        string_add(root, "rootModelIdentifier", model_id) == 0) {
        const char *json = json_object_to_json_string_ext(
            root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
        text = json ? strdup(json) : NULL;
    }
    json_object_put(root);
    return text;
}
