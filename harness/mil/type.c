/* SPDX-License-Identifier: MIT */
#include "mil/type.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
} dtypes[] = {
    [MIL_FP16] = {"fp16", 2},
    [MIL_FP32] = {"fp32", 4},
    [MIL_INT8] = {"int8", 1},
    [MIL_INT32] = {"int32", 4},
    [MIL_UINT64] = {"uint64", 8},
    [MIL_BOOL] = {"bool", 1},
    [MIL_STRING] = {"string", 0},
};

size_t mil_dtype_bytes(enum mil_dtype dtype) {
    return dtypes[dtype].bytes;
}

const char *mil_dtype_name(enum mil_dtype dtype) {
    return dtypes[dtype].name;
}

int mil_dtype_find(const char *name, size_t bytes) {
    for (int i = 0; i < (int)(sizeof dtypes / sizeof *dtypes); i++)
        if (*dtypes[i].name == *name && strncmp(dtypes[i].name, name, bytes) == 0 &&
            dtypes[i].name[bytes] == '\0')
            return i;
    return -1;
}

bool mil_type_equal(const struct mil_type *a, const struct mil_type *b) {
    if (a->dtype != b->dtype || a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return true;
}

int64_t mil_type_elements(const struct mil_type *type) {
    int64_t elements = 1;
    for (int i = 0; i < type->rank; i++)
        elements *= type->dim[i];
    return elements;
}

size_t mil_type_bytes(const struct mil_type *type) {
    return (size_t)mil_type_elements(type) * mil_dtype_bytes(type->dtype);
}

const char *mil_type_fault(const struct mil_type *type) {
    const int64_t most = (int64_t)1 << 56;
    int64_t elements = 1;
    if (type->rank < 0 || type->rank > MIL_RANK_MAX)
        return "has more than 8 dimensions";
    for (int i = 0; i < type->rank; i++) {
        if (type->dim[i] < 1)
            return "has a dimension below 1";
        if (type->dim[i] > INT32_MAX)
            return "has a dimension above 2147483647";
        /* up to 2^32 the product cannot overflow, and needs no division */
        if (elements > UINT32_MAX && type->dim[i] > most / elements)
            return "has more than 2^56 elements";
        elements *= type->dim[i];
    }
    return elements <= most ? NULL : "has more than 2^56 elements";
}

const char *mil_type_format(char out[MIL_TYPE_TEXT_MAX], const struct mil_type *type) {
    size_t used;
    if (type->rank == 0) {
        snprintf(out, MIL_TYPE_TEXT_MAX, "%s", mil_dtype_name(type->dtype));
        return out;
    }
    used = (size_t)snprintf(out, MIL_TYPE_TEXT_MAX, "tensor<%s, [", mil_dtype_name(type->dtype));
    for (int i = 0; i < type->rank; i++)
        used += (size_t)snprintf(
            out + used, MIL_TYPE_TEXT_MAX - used, "%s%" PRId64, i ? ", " : "", type->dim[i]);
    snprintf(out + used, MIL_TYPE_TEXT_MAX - used, "]>");
    return out;
}

int mil_fail(struct mil_error *error, struct mil_place place, const char *format, ...) {
    va_list list;
    if (error) {
        error->place = place;
        va_start(list, format);
        vsnprintf(error->text, sizeof error->text, format, list);
        va_end(list);
    }
    return -1;
}
