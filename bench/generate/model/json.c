/* SPDX-License-Identifier: MIT */
#include "generate/model/json.h"

#include "base/files.h"

#include <limits.h>
#include <stdlib.h>

enum { DEPTH_MAX = 16, FILE_BYTES_MAX = 64 << 20 };

json_object *model_json_parse(
    const char *path, const char *bytes, size_t n_bytes, struct device_error *error) {
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    if (!tokener || n_bytes > INT_MAX) {
        device_error_set(error, DEVICE_BROKEN, "model", "%s: %s", path,
            tokener ? "its JSON is too long" : "out of memory");
        json_tokener_free(tokener);
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
    json_object *root = json_tokener_parse_ex(tokener, bytes, (int)n_bytes);
    const enum json_tokener_error code = json_tokener_get_error(tokener);
    const size_t end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (root && code == json_tokener_success && json_object_is_type(root, json_type_object))
        return root;
    device_error_set(error, DEVICE_BROKEN, "model",
        "%s: its JSON %s at byte %zu; the file is damaged, so fetch it again", path,
        code == json_tokener_success    ? "is not an object"
        : code == json_tokener_continue ? "ends early"
                                        : json_tokener_error_desc(code),
        end);
    json_object_put(root);
    return NULL;
}

json_object *model_json_read(const char *path, struct device_error *error) {
    struct error why;
    char *bytes;
    size_t n_bytes;
    if (file_take(path, FILE_BYTES_MAX, &bytes, &n_bytes, &why) != 0) {
        device_error_take(error, "model", &why);
        return NULL;
    }
    json_object *root = model_json_parse(path, bytes, n_bytes, error);
    free(bytes);
    return root;
}

json_object *model_json_of(json_object *object, const char *key) {
    json_object *value = NULL;
    if (json_object_is_type(object, json_type_object))
        (void)json_object_object_get_ex(object, key, &value);
    return value;
}

const char *model_json_text(json_object *value) {
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

const char *model_json_word(json_object *object, const char *key) {
    return model_json_text(model_json_of(object, key));
}

bool model_json_yes(json_object *object, const char *key, bool absent) {
    json_object *value = model_json_of(object, key);
    return value ? json_object_get_boolean(value) : absent;
}

size_t model_json_length(json_object *list) {
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

bool model_json_whole(json_object *value, int64_t least, int64_t most, int64_t *out) {
    if (!json_object_is_type(value, json_type_int))
        return false;
    /* beyond int64 json-c gives its end, which is outside as well */
    *out = json_object_get_int64(value);
    return *out >= least && *out <= most;
}
