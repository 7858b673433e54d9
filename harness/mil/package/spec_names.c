/* SPDX-License-Identifier: MIT */
#include "mil/package/spec.h"

#include <string.h>

/* apple/coremltools: specificationVersion, the opset's name in the protobuf and in the text. */
static const struct {
    int specification_version;
    const char *opset, *target;
} targets[] = {{6, "CoreML5", "ios15"}, {7, "CoreML6", "ios16"}, {8, "CoreML7", "ios17"},
    {9, "CoreML8", "ios18"}, {10, "CoreML9", "ios26"}};

static const struct {
    Coreml__DataType type;
    const char *name;
} dtypes[] = {{COREML__DATA_TYPE__BOOL, "bool"}, {COREML__DATA_TYPE__STRING, "string"},
    {COREML__DATA_TYPE__FLOAT16, "fp16"}, {COREML__DATA_TYPE__FLOAT32, "fp32"},
    {COREML__DATA_TYPE__FLOAT64, "fp64"}, {COREML__DATA_TYPE__BFLOAT16, "bf16"},
    {COREML__DATA_TYPE__INT8, "int8"}, {COREML__DATA_TYPE__INT16, "int16"},
    {COREML__DATA_TYPE__INT32, "int32"}, {COREML__DATA_TYPE__INT64, "int64"},
    {COREML__DATA_TYPE__INT4, "int4"}, {COREML__DATA_TYPE__UINT8, "uint8"},
    {COREML__DATA_TYPE__UINT16, "uint16"}, {COREML__DATA_TYPE__UINT32, "uint32"},
    {COREML__DATA_TYPE__UINT64, "uint64"}, {COREML__DATA_TYPE__UINT4, "uint4"},
    {COREML__DATA_TYPE__UINT2, "uint2"}, {COREML__DATA_TYPE__UINT1, "uint1"},
    {COREML__DATA_TYPE__UINT6, "uint6"}, {COREML__DATA_TYPE__UINT3, "uint3"},
    {COREML__DATA_TYPE__FLOAT8E4M3FN, "fp8e4m3fn"}, {COREML__DATA_TYPE__FLOAT8E5M2, "fp8e5m2"}};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const char *spec_target_of_opset(const char *opset) {
    for (size_t i = 0; i < COUNT(targets); i++)
        if (strcmp(targets[i].opset, opset) == 0)
            return targets[i].target;
    return NULL;
}

const char *spec_opset_of_target(const char *target, int *specification_version) {
    for (size_t i = 0; i < COUNT(targets); i++)
        if (strcmp(targets[i].target, target) == 0) {
            *specification_version = targets[i].specification_version;
            return targets[i].opset;
        }
    return NULL;
}

const char *spec_dtype_name(Coreml__DataType type) {
    for (size_t i = 0; i < COUNT(dtypes); i++)
        if (dtypes[i].type == type)
            return dtypes[i].name;
    return NULL;
}

Coreml__DataType spec_dtype_of(const char *name) {
    for (size_t i = 0; i < COUNT(dtypes); i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return dtypes[i].type;
    return COREML__DATA_TYPE__UNUSED_TYPE;
}
