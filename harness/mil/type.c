/* SPDX-License-Identifier: MIT */
#include "mil/type.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    unsigned char bytes, bits;
    bool is_computed;
} dtypes[] = {
    [MIL_FP16] = {"fp16", 2, 16, true},
    [MIL_FP32] = {"fp32", 4, 32, true},
    [MIL_INT8] = {"int8", 1, 8, true},
    [MIL_INT32] = {"int32", 4, 32, true},
    [MIL_UINT64] = {"uint64", 8, 64, false},
    [MIL_BOOL] = {"bool", 1, 8, true},
    [MIL_STRING] = {"string", 0, 0, false},
    [MIL_FP64] = {"fp64", 8, 64, false},
    [MIL_BF16] = {"bf16", 2, 16, false},
    [MIL_FP8_E4M3FN] = {"fp8e4m3fn", 1, 8, false},
    [MIL_FP8_E5M2] = {"fp8e5m2", 1, 8, false},
    [MIL_INT4] = {"int4", 1, 4, true},
    [MIL_INT16] = {"int16", 2, 16, true},
    [MIL_INT64] = {"int64", 8, 64, false},
    [MIL_UINT1] = {"uint1", 1, 1, true},
    [MIL_UINT2] = {"uint2", 1, 2, true},
    [MIL_UINT3] = {"uint3", 1, 3, true},
    [MIL_UINT4] = {"uint4", 1, 4, true},
    [MIL_UINT6] = {"uint6", 1, 6, true},
    [MIL_UINT8] = {"uint8", 1, 8, true},
    [MIL_UINT16] = {"uint16", 2, 16, true},
    [MIL_UINT32] = {"uint32", 4, 32, false},
};

size_t mil_dtype_bytes(enum mil_dtype dtype) {
    return dtypes[dtype].bytes;
}

int mil_dtype_bits(enum mil_dtype dtype) {
    return dtypes[dtype].bits;
}

const char *mil_dtype_name(enum mil_dtype dtype) {
    return dtypes[dtype].name;
}

bool mil_dtype_is_computed(enum mil_dtype dtype) {
    return dtypes[dtype].is_computed;
}

bool mil_dtype_is_float(enum mil_dtype dtype) {
    return dtype == MIL_FP16 || dtype == MIL_FP32;
}

void mil_dtype_range(enum mil_dtype dtype, int64_t *low, int64_t *high) {
    bool is_signed = dtypes[dtype].name[0] == 'i';
    int bits = dtype == MIL_BOOL ? 1 : dtypes[dtype].bits;
    int value_bits = bits - is_signed;
    *high = value_bits >= 63 ? is_signed ? INT64_MAX : ((int64_t)1 << 62) - 1
                             : ((int64_t)1 << value_bits) - 1;
    *low = is_signed ? -*high - 1 : 0;
}

int mil_dtype_find(const char *name, size_t bytes) {
    for (int i = 0; i < (int)(sizeof dtypes / sizeof *dtypes); i++)
        if (*dtypes[i].name == *name && strncmp(dtypes[i].name, name, bytes) == 0 &&
            dtypes[i].name[bytes] == '\0')
            return i;
    return -1;
}

bool mil_type_equal(const struct mil_type *a, const struct mil_type *b) {
    if (a->dtype != b->dtype || a->rank != b->rank || a->kind != b->kind)
        return false;
    if (a->kind == MIL_OTHER)
        return strcmp(a->spelling, b->spelling) == 0;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return true;
}

bool mil_type_agrees(const struct mil_type *a, const struct mil_type *b) {
    struct mil_type closed = *a;
    if (a->kind != b->kind)
        return false;
    for (int i = 0; i < a->rank && i < b->rank; i++)
        if (a->dim[i] < 0 || b->dim[i] < 0)
            closed.dim[i] = b->dim[i];
    return mil_type_equal(&closed, b);
}

bool mil_type_is_sized(const struct mil_type *type) {
    for (int i = 0; i < type->rank; i++)
        if (type->dim[i] < 0)
            return false;
    return type->kind != MIL_OTHER;
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

size_t mil_type_blob_bytes(const struct mil_type *type) {
    return ((size_t)mil_type_elements(type) * (size_t)mil_dtype_bits(type->dtype) + 7) / 8;
}

const char *mil_type_fault(const struct mil_type *type) {
    const int64_t most = (int64_t)1 << 56;
    int64_t elements = 1;
    if (type->rank < 0 || type->rank > MIL_RANK_MAX)
        return "has more than 8 dimensions";
    for (int i = 0; i < type->rank; i++) {
        if (type->dim[i] == MIL_DIM_OPEN)
            continue;
        if (type->dim[i] < 0)
            return "has a dimension below 0";
        if (type->dim[i] > INT32_MAX)
            return "has a dimension above 2147483647";
        /* below 2^32 the product cannot overflow: no division needed */
        if (elements > UINT32_MAX && type->dim[i] > most / elements)
            return "has more than 2^56 elements";
        elements *= type->dim[i];
    }
    return elements <= most ? NULL : "has more than 2^56 elements";
}

static const char *list_format(char out[MIL_TYPE_TEXT_MAX], const struct mil_type *type) {
    struct mil_type element = *type;
    char text[MIL_TYPE_TEXT_MAX], length[24] = "?";
    element.kind = MIL_TENSOR;
    if (type->length >= 0)
        snprintf(length, sizeof length, "%" PRId64, type->length);
    mil_type_format(text, &element);
    snprintf(out, MIL_TYPE_TEXT_MAX, "list<%.128s, %s>", text, length);
    return out;
}

const char *mil_type_format(char out[MIL_TYPE_TEXT_MAX], const struct mil_type *type) {
    const char *head = type->kind == MIL_STATE ? "state<" : "";
    size_t used;
    if (type->kind == MIL_OTHER) {
        snprintf(out, MIL_TYPE_TEXT_MAX, "%s", type->spelling);
        return out;
    }
    if (type->kind == MIL_LIST)
        return list_format(out, type);
    if (type->rank == 0 && type->kind == MIL_TENSOR) {
        snprintf(out, MIL_TYPE_TEXT_MAX, "%s", mil_dtype_name(type->dtype));
        return out;
    }
    used = (size_t)snprintf(
        out, MIL_TYPE_TEXT_MAX, "%stensor<%s, [", head, mil_dtype_name(type->dtype));
    for (int i = 0; i < type->rank; i++) {
        const char *comma = i ? ", " : "";
        used += type->dim[i] < 0
                    ? (size_t)snprintf(out + used, MIL_TYPE_TEXT_MAX - used, "%s?", comma)
                    : (size_t)snprintf(
                          out + used, MIL_TYPE_TEXT_MAX - used, "%s%" PRId64, comma, type->dim[i]);
    }
    snprintf(out + used, MIL_TYPE_TEXT_MAX - used, "]>%s", *head ? ">" : "");
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
