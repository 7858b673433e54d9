/* SPDX-License-Identifier: MIT
 *
 * JSON of a model's files, by json-c.
 */
#ifndef ANEPROBE_GENERATE_JSON_H
#define ANEPROBE_GENERATE_JSON_H

#include "device/device.h"

#include <json-c/json.h>

/* The object that the bytes hold; anything else is an error that begins with `path`. To json_object_put. */
json_object *model_json_parse(
    const char *path, const char *bytes, size_t n_bytes, struct device_error *error);
/* The same for a file. */
json_object *model_json_read(const char *path, struct device_error *error);
/* What the object has under that key; NULL when that is null or not there, or it is no object. */
json_object *model_json_of(json_object *object, const char *key);
/* A string, else "". */
const char *model_json_text(json_object *value);
/* The string under that key, else ""; the truth, else `absent`. */
const char *model_json_word(json_object *object, const char *key);
bool model_json_yes(json_object *object, const char *key, bool absent);
/* Of an array; else 0. */
size_t model_json_length(json_object *list);
/* A whole number of the object or the array's element; false when it is none or outside. */
bool model_json_whole(json_object *value, int64_t least, int64_t most, int64_t *out);

#endif
