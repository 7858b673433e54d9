/* SPDX-License-Identifier: MIT */
#include "device/apple/apple_object.h"

#include <string.h>

void *apple_string(const struct apple_entry *e, const char *text) {
    return e->CFStringCreateWithCString(NULL, text, APPLE_STRING_UTF8);
}

void *apple_data(const struct apple_entry *e, const void *bytes, size_t n) {
    return e->CFDataCreate(NULL, bytes, (long)n);
}

void *apple_number(const struct apple_entry *e, int64_t value) {
    return e->CFNumberCreate(NULL, APPLE_NUMBER_INT64, &value);
}

/* Collections would crash on NULL. */
static bool all_there(void *const *objects, int n) {
    for (int i = 0; i < n; i++)
        if (!objects[i])
            return false;
    return true;
}

void *apple_array(const struct apple_entry *e, void *const *values, int n) {
    if (!all_there(values, n))
        return NULL;
    return e->CFArrayCreate(NULL, (const void **)(uintptr_t)values, n, e->kCFTypeArrayCallBacks);
}

void *apple_dictionary(const struct apple_entry *e, void *const *keys, void *const *values, int n) {
    if (!all_there(keys, n) || !all_there(values, n))
        return NULL;
    return e->CFDictionaryCreate(NULL, (const void **)(uintptr_t)keys,
        (const void **)(uintptr_t)values, n, e->kCFTypeDictionaryKeyCallBacks,
        e->kCFTypeDictionaryValueCallBacks);
}

void apple_release(const struct apple_entry *e, const void *object) {
    if (object)
        e->CFRelease(object);
}

bool apple_string_get(const struct apple_entry *e, const void *string, char *text, size_t bytes) {
    return string && e->CFGetTypeID(string) == e->CFStringGetTypeID() &&
           e->CFStringGetCString(string, text, (long)bytes, APPLE_STRING_UTF8);
}

bool apple_number_get(const struct apple_entry *e, const void *number, int64_t *value) {
    return number && e->CFGetTypeID(number) == e->CFNumberGetTypeID() &&
           e->CFNumberGetValue(number, APPLE_NUMBER_INT64, value);
}

long apple_array_count(const struct apple_entry *e, const void *array) {
    if (!array || e->CFGetTypeID(array) != e->CFArrayGetTypeID())
        return -1;
    return e->CFArrayGetCount(array);
}

const void *apple_array_at(const struct apple_entry *e, const void *array, long index) {
    return index >= 0 && index < apple_array_count(e, array)
               ? e->CFArrayGetValueAtIndex(array, index)
               : NULL;
}

const void *apple_dictionary_at(
    const struct apple_entry *e, const void *dictionary, const char *key) {
    if (!dictionary || e->CFGetTypeID(dictionary) != e->CFDictionaryGetTypeID())
        return NULL;
    void *name = apple_string(e, key);
    if (!name)
        return NULL;
    const void *value = e->CFDictionaryGetValue(dictionary, name);
    apple_release(e, name);
    return value;
}

void *apple_io_surface(const struct apple_entry *e, size_t rows, size_t row_bytes, size_t width,
    size_t element_bytes, uint32_t pixel_format) {
    enum { N = 6 };
    void *const keys[N] = {(void *)(uintptr_t)e->kIOSurfaceWidth,
        (void *)(uintptr_t)e->kIOSurfaceHeight, (void *)(uintptr_t)e->kIOSurfaceBytesPerElement,
        (void *)(uintptr_t)e->kIOSurfaceBytesPerRow, (void *)(uintptr_t)e->kIOSurfaceAllocSize,
        (void *)(uintptr_t)e->kIOSurfacePixelFormat};
    const int64_t numbers[N] = {(int64_t)width, (int64_t)rows, (int64_t)element_bytes,
        (int64_t)row_bytes, (int64_t)(rows * row_bytes), pixel_format};
    void *values[N];
    for (int i = 0; i < N; i++)
        values[i] = apple_number(e, numbers[i]);
    void *properties = apple_dictionary(e, keys, values, N);
    void *surface = properties ? e->IOSurfaceCreate(properties) : NULL;
    apple_release(e, properties);
    for (int i = 0; i < N; i++)
        apple_release(e, values[i]);
    return surface;
}
