/* SPDX-License-Identifier: MIT */
#include "device/ane/ane_object.h"

#include <string.h>

void *ane_string(const struct ane_entry *e, const char *text) {
    return e->CFStringCreateWithCString(NULL, text, ANE_STRING_UTF8);
}

void *ane_data(const struct ane_entry *e, const void *bytes, size_t n) {
    return e->CFDataCreate(NULL, bytes, (long)n);
}

void *ane_number(const struct ane_entry *e, int64_t value) {
    return e->CFNumberCreate(NULL, ANE_NUMBER_INT64, &value);
}

/* Collections would crash on NULL. */
static bool all_there(void *const *objects, int n) {
    for (int i = 0; i < n; i++)
        if (!objects[i])
            return false;
    return true;
}

void *ane_array(const struct ane_entry *e, void *const *values, int n) {
    if (!all_there(values, n))
        return NULL;
    return e->CFArrayCreate(NULL, (const void **)(uintptr_t)values, n, e->kCFTypeArrayCallBacks);
}

void *ane_dictionary(const struct ane_entry *e, void *const *keys, void *const *values, int n) {
    if (!all_there(keys, n) || !all_there(values, n))
        return NULL;
    return e->CFDictionaryCreate(NULL, (const void **)(uintptr_t)keys,
        (const void **)(uintptr_t)values, n, e->kCFTypeDictionaryKeyCallBacks,
        e->kCFTypeDictionaryValueCallBacks);
}

void ane_release(const struct ane_entry *e, const void *object) {
    if (object)
        e->CFRelease(object);
}

bool ane_string_get(const struct ane_entry *e, const void *string, char *text, size_t bytes) {
    return string && e->CFGetTypeID(string) == e->CFStringGetTypeID() &&
           e->CFStringGetCString(string, text, (long)bytes, ANE_STRING_UTF8);
}

bool ane_number_get(const struct ane_entry *e, const void *number, int64_t *value) {
    return number && e->CFGetTypeID(number) == e->CFNumberGetTypeID() &&
           e->CFNumberGetValue(number, ANE_NUMBER_INT64, value);
}

long ane_array_count(const struct ane_entry *e, const void *array) {
    if (!array || e->CFGetTypeID(array) != e->CFArrayGetTypeID())
        return -1;
    return e->CFArrayGetCount(array);
}

const void *ane_array_at(const struct ane_entry *e, const void *array, long index) {
    return index >= 0 && index < ane_array_count(e, array) ? e->CFArrayGetValueAtIndex(array, index)
                                                           : NULL;
}

const void *ane_dictionary_at(const struct ane_entry *e, const void *dictionary, const char *key) {
    if (!dictionary || e->CFGetTypeID(dictionary) != e->CFDictionaryGetTypeID())
        return NULL;
    void *name = ane_string(e, key);
    if (!name)
        return NULL;
    const void *value = e->CFDictionaryGetValue(dictionary, name);
    ane_release(e, name);
    return value;
}
