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
/* A whole number of the object or the array's element; false when it is none or outside. */
bool model_json_whole(json_object *value, int64_t least, int64_t most, int64_t *out);

#endif
