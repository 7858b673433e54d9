/* SPDX-License-Identifier: MIT
 *
 * Objects of CoreFoundation, toll-free bridged to Foundation. Created objects are owned by the
 * caller and freed with apple_release; NULL when out of memory. Objects that are read are borrowed.
 */
#ifndef ANEPROBE_DEVICE_APPLE_APPLE_OBJECT_H
#define ANEPROBE_DEVICE_APPLE_APPLE_OBJECT_H

#include "device/apple/apple_entry.h"

void *apple_string(const struct apple_entry *e, const char *text);
void *apple_data(const struct apple_entry *e, const void *bytes, size_t n);
void *apple_number(const struct apple_entry *e, int64_t value);
/* Retains its elements; also NULL when one of them is NULL. */
void *apple_array(const struct apple_entry *e, void *const *values, int n);
void *apple_dictionary(const struct apple_entry *e, void *const *keys, void *const *values, int n);
void apple_release(const struct apple_entry *e, const void *object); /* NULL is allowed */
/* A surface of `rows` rows of `row_bytes` each, of elements of that size and pixel format (0: bytes
 * of no format): an IOSurfaceRef. */
void *apple_io_surface(const struct apple_entry *e, size_t rows, size_t row_bytes, size_t width,
    size_t element_bytes, uint32_t pixel_format);

/* Reading. An object of another class counts as absent. */
bool apple_string_get(const struct apple_entry *e, const void *string, char *text, size_t bytes);
bool apple_number_get(const struct apple_entry *e, const void *number, int64_t *value);
/* -1 when it is not an array. */
long apple_array_count(const struct apple_entry *e, const void *array);
const void *apple_array_at(const struct apple_entry *e, const void *array, long index);
const void *apple_dictionary_at(
    const struct apple_entry *e, const void *dictionary, const char *key);

#endif
