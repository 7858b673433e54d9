/* SPDX-License-Identifier: MIT */
#include "bench_file/npy.h"

#include "base/files.h"
#include "mil/fp16.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 65536 };
#define FILE_MAX ((size_t)8 << 30)

struct npy {
    const char *path;
    const unsigned char *bytes;
    size_t n_bytes;
    const char *header; /* the dictionary, NUL-terminated */
    const unsigned char *data;
    size_t data_bytes;
};

static int fail(const struct npy *npy, struct error *error, const char *why) {
    return error_set(error, EXIT_BROKEN, "%s: %s", npy->path, why);
}

/* The text after KEY and its colon in the dictionary; NULL when KEY is missing. */
static const char *value_of(const struct npy *npy, const char *key) {
    const char *at = strstr(npy->header, key);
    if (!at)
        return NULL;
    at += strlen(key);
    at += strspn(at, "'\" ");
    if (*at++ != ':')
        return NULL;
    return at + strspn(at, " ");
}

/* Finds the dictionary and the data; `header` gets a copy of the dictionary. */
static int header_read(struct npy *npy, char *header, struct error *error) {
    static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    size_t at = 10, length;
    if (npy->n_bytes < 12 || memcmp(npy->bytes, magic, sizeof magic) != 0)
        return fail(npy, error, "not a .npy file; save the array with numpy.save");
    length = npy->bytes[8] | (size_t)npy->bytes[9] << 8;
    if (npy->bytes[6] > 1) {
        at = 12;
        length |= (size_t)npy->bytes[10] << 16 | (size_t)npy->bytes[11] << 24;
    }
    if (npy->bytes[6] < 1 || npy->bytes[6] > 3 || length >= HEADER_MAX ||
        length > npy->n_bytes - at)
        return fail(npy, error, "its header is damaged, or of a version other than 1 to 3");
    memcpy(header, npy->bytes + at, length);
    header[length] = '\0';
    npy->header = header;
    npy->data = npy->bytes + at + length;
    npy->data_bytes = npy->n_bytes - at - length;
    return 0;
}

static int shape_check(const struct npy *npy, const struct mil_type *type, struct error *error) {
    const char *at = value_of(npy, "shape"), *order = value_of(npy, "fortran_order");
    if (!at || *at++ != '(' || !order)
        return fail(npy, error, "its header lacks shape or fortran_order");
    if (strncmp(order, "False", 5) != 0)
        return fail(npy, error, "in Fortran order; save numpy.ascontiguousarray of it");
    for (int axis = 0; axis < type->rank; axis++) {
        char *end;
        at += strspn(at, ", ");
        if (*at < '0' || *at > '9' || strtoll(at, &end, 10) != type->dim[axis])
            return error_set(error, EXIT_BROKEN,
                "%s: axis %d is not the %" PRId64 " that the input has there", npy->path, axis,
                type->dim[axis]);
        at = end;
    }
    at += strspn(at, ", ");
    return *at == ')' ? 0 : fail(npy, error, "it has more axes than the input");
}

/* The kinds of elements, each read as a number. */
static bool element_get(const char *kind, const unsigned char *at, double *out, size_t *bytes) {
    uint16_t half;
    float single;
    int64_t whole = 0;
    *bytes = (size_t)(kind[1] - '0');
    if (strchr("iub", kind[0])) {
        memcpy(&whole, at, *bytes); /* little endian, like this machine */
        if (kind[0] == 'i' && *bytes < 8 && whole >> (*bytes * 8 - 1))
            whole -= (int64_t)1 << *bytes * 8;
        *out = (double)whole;
        return true;
    }
    switch (*bytes) {
    case 2:
        memcpy(&half, at, sizeof half);
        *out = (double)fp16_to_float(half);
        return true;
    case 4:
        memcpy(&single, at, sizeof single);
        *out = (double)single;
        return true;
    default:
        memcpy(out, at, sizeof *out);
        return true;
    }
}

/* False when the type cannot hold the value. */
static bool element_put(enum mil_dtype dtype, void *elements, size_t i, double value) {
    switch (dtype) {
    case MIL_FP16:
        ((uint16_t *)elements)[i] = fp16_from_float((float)value);
        return true;
    case MIL_FP32:
        ((float *)elements)[i] = (float)value;
        return true;
    case MIL_INT8:
        if (!(value >= INT8_MIN && value <= INT8_MAX))
            return false;
        ((int8_t *)elements)[i] = (int8_t)value;
        return value == trunc(value);
    case MIL_UINT8:
        if (!(value >= 0 && value <= UINT8_MAX))
            return false;
        ((uint8_t *)elements)[i] = (uint8_t)value;
        return value == trunc(value);
    case MIL_INT32:
        if (!(value >= INT32_MIN && value <= INT32_MAX))
            return false;
        ((int32_t *)elements)[i] = (int32_t)value;
        return value == trunc(value);
    case MIL_BOOL:
        ((bool *)elements)[i] = value != 0;
        return value == 0 || value == 1;
    default:
        return false;
    }
}

static int elements_read(
    const struct npy *npy, const struct mil_type *type, void *elements, struct error *error) {
    static const char *const kinds[] = {
        "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "b1"};
    const char *at = value_of(npy, "descr"), *kind = NULL;
    size_t n = (size_t)mil_type_elements(type), bytes = 0;
    if (!at || !strchr("'\"", *at))
        return fail(npy, error, "its header lacks descr");
    at++;
    if (*at == '>')
        return fail(npy, error, "big endian; save array.astype('<f4') or the like");
    at += strspn(at, "<|=");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(at, kinds[i], 2) == 0 && strchr("'\"", at[2]))
            kind = kinds[i];
    if (!kind)
        return fail(npy, error, "its elements are neither floats, integers nor booleans");
    if (npy->data_bytes / (size_t)(kind[1] - '0') < n)
        return fail(npy, error, "it is cut off: fewer elements than its shape says");
    for (size_t i = 0; i < n; i++) {
        double value;
        element_get(kind, npy->data + i * (size_t)(kind[1] - '0'), &value, &bytes);
        if (!element_put(type->dtype, elements, i, value))
            return error_set(error, EXIT_BROKEN,
                "%s: element %zu is %g, which the input cannot hold", npy->path, i, value);
    }
    return 0;
}

int npy_read(const char *path, const struct mil_type *type, void *elements, struct error *error) {
    char *bytes = NULL, *header = malloc(HEADER_MAX);
    struct npy npy = {.path = path};
    int result = -1;
    if (!header) {
        result = error_set(error, EXIT_BROKEN, "out of memory");
    } else if (file_read(path, FILE_MAX, &bytes, &npy.n_bytes, error) == 0) {
        npy.bytes = (const unsigned char *)bytes;
        if (!bytes)
            result = error_set(error, EXIT_BROKEN, "%s: %s", path, strerror(ENOENT));
        else if (header_read(&npy, header, error) == 0 && shape_check(&npy, type, error) == 0)
            result = elements_read(&npy, type, elements, error);
    }
    free(bytes);
    free(header);
    return result;
}
