/* SPDX-License-Identifier: MIT
 *
 * Objects of CoreFoundation, toll-free bridged to Foundation. Created objects are owned by the
 * caller and freed with ane_release; NULL when out of memory. Objects that are read are borrowed.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_OBJECT_H
#define ANEPROBE_DEVICE_ANE_ANE_OBJECT_H

#include "device/ane/ane_entry.h"

void *ane_string(const struct ane_entry *e, const char *text);
void *ane_data(const struct ane_entry *e, const void *bytes, size_t n);
void *ane_number(const struct ane_entry *e, int64_t value);
/* Retains its elements; also NULL when one of them is NULL. */
void *ane_array(const struct ane_entry *e, void *const *values, int n);
void *ane_dictionary(const struct ane_entry *e, void *const *keys, void *const *values, int n);
void ane_release(const struct ane_entry *e, const void *object); /* NULL is allowed */

/* Reading. An object of another class counts as absent. */
bool ane_string_get(const struct ane_entry *e, const void *string, char *text, size_t bytes);
bool ane_number_get(const struct ane_entry *e, const void *number, int64_t *value);
/* -1 when it is not an array. */
long ane_array_count(const struct ane_entry *e, const void *array);
const void *ane_array_at(const struct ane_entry *e, const void *array, long index);
const void *ane_dictionary_at(const struct ane_entry *e, const void *dictionary, const char *key);

#endif
