/* SPDX-License-Identifier: MIT */
#include "mil/package/spec_speller.h"
#include "mil/text/number.h"
#include "mil/type.h"

#include <inttypes.h>
#include <string.h>

static int dimension_put(struct spec_speller *s, const Coreml__Dimension *dimension) {
    if (dimension->dimension_case == COREML__DIMENSION__DIMENSION_CONSTANT) {
        code_add(&s->out, "%" PRIu64, dimension->constant->size);
        return 0;
    }
    if (dimension->dimension_case == COREML__DIMENSION__DIMENSION_UNKNOWN &&
        !dimension->unknown->variadic) {
        code_add(&s->out, "?");
        return 0;
    }
    return spec_fail(s, "a type with any number of dimensions, which MIL text cannot express");
}

static int tensor_type_put(struct spec_speller *s, const Coreml__TensorType *type) {
    const char *name = spec_dtype_name(type->data_type);
    if (!name)
        return spec_fail(s, "element type %d is not supported", (int)type->data_type);
    if (type->rank < 0 || (uint64_t)type->rank != type->n_dimensions)
        return spec_fail(
            s, "a type has rank %" PRId64 ", but %zu dimensions", type->rank, type->n_dimensions);
    if (type->n_dimensions == 0 && !s->tensor_scalars) {
        code_add(&s->out, "%s", name);
        return 0;
    }
    code_add(&s->out, "tensor<%s, [", name);
    for (size_t i = 0; i < type->n_dimensions; i++) {
        code_add(&s->out, "%s", i ? ", " : "");
        if (dimension_put(s, type->dimensions[i]) < 0)
            return -1;
    }
    code_add(&s->out, "]>");
    return 0;
}

/* "NAME<T, T>" */
static int types_put(
    struct spec_speller *s, const char *name, Coreml__ValueType *const *types, size_t n) {
    code_add(&s->out, "%s<", name);
    for (size_t i = 0; i < n; i++) {
        code_add(&s->out, "%s", i ? ", " : "");
        if (spec_put_type(s, types[i]) < 0)
            return -1;
    }
    code_add(&s->out, ">");
    return 0;
}

static int list_type_put(struct spec_speller *s, const Coreml__ListType *type) {
    code_add(&s->out, "list<");
    if (spec_put_type(s, type->type) < 0)
        return -1;
    code_add(&s->out, ", ");
    if (!type->length)
        code_add(&s->out, "?");
    else if (dimension_put(s, type->length) < 0)
        return -1;
    code_add(&s->out, ">");
    return 0;
}

int spec_put_type(struct spec_speller *s, const Coreml__ValueType *type) {
    switch (type ? type->type_case : COREML__VALUE_TYPE__TYPE__NOT_SET) {
    case COREML__VALUE_TYPE__TYPE_TENSOR_TYPE:
        return tensor_type_put(s, type->tensor_type);
    case COREML__VALUE_TYPE__TYPE_STATE_TYPE:
        return types_put(s, "state", &type->state_type->wrapped_type, 1);
    case COREML__VALUE_TYPE__TYPE_LIST_TYPE:
        return list_type_put(s, type->list_type);
    case COREML__VALUE_TYPE__TYPE_TUPLE_TYPE:
        return types_put(s, "tuple", type->tuple_type->types, type->tuple_type->n_types);
    case COREML__VALUE_TYPE__TYPE_DICTIONARY_TYPE:
        return types_put(s, "dict",
            (Coreml__ValueType *const[]){
                type->dictionary_type->key_type, type->dictionary_type->value_type},
            2);
    default:
        return spec_fail(s, "a value without a type");
    }
}

static int quoted_put(struct spec_speller *s, const char *string) {
    for (const char *p = string; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return spec_fail(s, "a string holds control byte 0x%02x", (unsigned char)*p);
    code_add(&s->out, "\"");
    while (*string) {
        int plain = (int)strcspn(string, "\"\\");
        code_add(&s->out, "%.*s", plain, string);
        string += plain;
        if (*string)
            code_add(&s->out, "\\%c", *string++);
    }
    code_add(&s->out, "\"");
    return 0;
}

int spec_put_string(struct spec_speller *s, const char *string) {
    code_add(&s->out, s->tensor_scalars ? "tensor<string, []>(" : "string(");
    if (quoted_put(s, string) < 0)
        return -1;
    code_add(&s->out, ")");
    return 0;
}

/* How elements stored as raw bytes are read: their bits, and their kind. */
struct raw {
    unsigned bits;
    bool is_signed, is_fp16;
};

static bool raw_of(Coreml__DataType type, struct raw *out) {
    switch (type) {
    case COREML__DATA_TYPE__FLOAT16:
        *out = (struct raw){16, false, true};
        return true;
    case COREML__DATA_TYPE__INT8:
        *out = (struct raw){8, true, false};
        return true;
    case COREML__DATA_TYPE__UINT8:
        *out = (struct raw){8, false, false};
        return true;
    case COREML__DATA_TYPE__INT16:
        *out = (struct raw){16, true, false};
        return true;
    case COREML__DATA_TYPE__UINT16:
        *out = (struct raw){16, false, false};
        return true;
    case COREML__DATA_TYPE__INT4:
        *out = (struct raw){4, true, false};
        return true;
    case COREML__DATA_TYPE__UINT4:
        *out = (struct raw){4, false, false};
        return true;
    case COREML__DATA_TYPE__UINT2:
        *out = (struct raw){2, false, false};
        return true;
    case COREML__DATA_TYPE__UINT1:
        *out = (struct raw){1, false, false};
        return true;
    case COREML__DATA_TYPE__UINT3:
        *out = (struct raw){3, false, false};
        return true;
    case COREML__DATA_TYPE__UINT6:
        *out = (struct raw){6, false, false};
        return true;
    default:
        return false;
    }
}

/* The number of elements of the type; false when it is too large or not constant. */
static bool type_elements(const Coreml__TensorType *type, uint64_t *n) {
    *n = 1;
    for (size_t i = 0; i < type->n_dimensions; i++) {
        const Coreml__Dimension *d = type->dimensions[i];
        if (d->dimension_case != COREML__DIMENSION__DIMENSION_CONSTANT ||
            (d->constant->size > 0 && *n > UINT64_MAX / 64 / d->constant->size))
            return false;
        *n *= d->constant->size;
    }
    return true;
}

static int64_t bits_read(const uint8_t *bytes, uint64_t at, unsigned n) {
    int64_t value = 0;
    for (unsigned i = 0; i < n; i++, at++)
        value |= (int64_t)(bytes[at / 8] >> at % 8 & 1) << i;
    return value;
}

static int raw_put(
    struct spec_speller *s, const Coreml__TensorType *type, const ProtobufCBinaryData *bytes) {
    struct raw raw;
    char number[MIL_NUMBER_TEXT_MAX];
    uint64_t n;
    if (!raw_of(type->data_type, &raw))
        return spec_fail(
            s, "elements of %s as bytes, which is not supported", spec_dtype_name(type->data_type));
    if (!type_elements(type, &n))
        return spec_fail(s, "a value whose size is open or too large");
    if (bytes->len != (n * raw.bits + 7) / 8)
        return spec_fail(s, "a value has %zu bytes for %" PRIu64 " elements of %u bits", bytes->len,
            n, raw.bits);
    for (uint64_t i = 0; i < n; i++) {
        int64_t bits = bits_read(bytes->data, i * raw.bits, raw.bits);
        code_add(&s->out, "%s", i ? ", " : "");
        if (raw.is_fp16) {
            number[mil_number_print_fp16(number, (uint16_t)bits)] = '\0';
            code_add(&s->out, "%s", number);
        } else {
            bool negative = raw.is_signed && bits >> (raw.bits - 1);
            code_add(&s->out, "%" PRId64, negative ? bits - ((int64_t)1 << raw.bits) : bits);
        }
    }
    return 0;
}

static void float_put(struct spec_speller *s, float value) {
    char number[MIL_NUMBER_TEXT_MAX];
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    number[mil_number_print_fp32(number, bits)] = '\0';
    code_add(&s->out, "%s", number);
}

#define LIST_PUT(list, format, ...)                                                                \
    for (size_t i = 0; i < (list)->n_values; i++)                                                  \
    code_add(&s->out, "%s" format, i ? ", " : "", __VA_ARGS__)

static int elements_put(
    struct spec_speller *s, const Coreml__TensorType *type, const Coreml__TensorValue *tensor) {
    switch (tensor->value_case) {
    case COREML__TENSOR_VALUE__VALUE_FLOATS:
        for (size_t i = 0; i < tensor->floats->n_values; i++) {
            code_add(&s->out, "%s", i ? ", " : "");
            float_put(s, tensor->floats->values[i]);
        }
        return 0;
    case COREML__TENSOR_VALUE__VALUE_INTS:
        if (type->data_type == COREML__DATA_TYPE__UINT32) { /* kept as its bits */
            LIST_PUT(tensor->ints, "%" PRIu32, (uint32_t)tensor->ints->values[i]);
        } else {
            LIST_PUT(tensor->ints, "%" PRId32, tensor->ints->values[i]);
        }
        return 0;
    case COREML__TENSOR_VALUE__VALUE_BOOLS:
        LIST_PUT(tensor->bools, "%s", tensor->bools->values[i] ? "true" : "false");
        return 0;
    case COREML__TENSOR_VALUE__VALUE_STRINGS:
        for (size_t i = 0; i < tensor->strings->n_values; i++) {
            code_add(&s->out, "%s", i ? ", " : "");
            if (quoted_put(s, tensor->strings->values[i]) < 0)
                return -1;
        }
        return 0;
    case COREML__TENSOR_VALUE__VALUE_LONG_INTS:
        if (type->data_type == COREML__DATA_TYPE__UINT64) {
            LIST_PUT(tensor->long_ints, "%" PRIu64, (uint64_t)tensor->long_ints->values[i]);
        } else {
            LIST_PUT(tensor->long_ints, "%" PRId64, tensor->long_ints->values[i]);
        }
        return 0;
    case COREML__TENSOR_VALUE__VALUE_DOUBLES:
        LIST_PUT(tensor->doubles, "%a", tensor->doubles->values[i]);
        return 0;
    case COREML__TENSOR_VALUE__VALUE_BYTES:
        return raw_put(s, type, &tensor->bytes->values);
    default:
        return spec_fail(s, "a tensor value without elements");
    }
}

static int content_put(struct spec_speller *s, const Coreml__Value *value);

static int contents_put(
    struct spec_speller *s, const char *brackets, Coreml__Value *const *values, size_t n) {
    code_add(&s->out, "%c", brackets[0]);
    for (size_t i = 0; i < n; i++) {
        code_add(&s->out, "%s", i ? ", " : "");
        if (content_put(s, values[i]) < 0)
            return -1;
    }
    code_add(&s->out, "%c", brackets[1]);
    return 0;
}

static int pairs_put(struct spec_speller *s, const Coreml__DictionaryValue *dictionary) {
    code_add(&s->out, "{");
    for (size_t i = 0; i < dictionary->n_values; i++) {
        code_add(&s->out, "%s", i ? ", " : "");
        if (contents_put(s, "{}",
                (Coreml__Value *const[]){dictionary->values[i]->key, dictionary->values[i]->value},
                2) < 0)
            return -1;
    }
    code_add(&s->out, "}");
    return 0;
}

/* A value without its type; spec_unpack limits how deep values are nested. */
static int content_put(struct spec_speller *s, const Coreml__Value *value) {
    const Coreml__ValueType *type = value ? value->type : NULL;
    const Coreml__ImmediateValue *content =
        value && value->value_case == COREML__VALUE__VALUE_IMMEDIATE_VALUE ? value->immediate_value
                                                                           : NULL;
    if (!type || !content)
        return spec_fail(s, "a constant without a value");
    const bool is_tensor = type->type_case == COREML__VALUE_TYPE__TYPE_TENSOR_TYPE;
    switch (content->value_case) {
    case COREML__IMMEDIATE_VALUE__VALUE_TENSOR: {
        if (!is_tensor)
            break;
        const bool has_axes = type->tensor_type->n_dimensions > 0;
        code_add(&s->out, "%s", has_axes ? "[" : "");
        if (elements_put(s, type->tensor_type, content->tensor) < 0)
            return -1;
        code_add(&s->out, "%s", has_axes ? "]" : "");
        return 0;
    }
    case COREML__IMMEDIATE_VALUE__VALUE_LIST:
        return is_tensor ? spec_fail(s, "a tensor whose value is not one of a tensor")
                         : contents_put(s, "[]", content->list->values, content->list->n_values);
    case COREML__IMMEDIATE_VALUE__VALUE_TUPLE:
        return is_tensor ? spec_fail(s, "a tensor whose value is not one of a tensor")
                         : contents_put(s, "()", content->tuple->values, content->tuple->n_values);
    case COREML__IMMEDIATE_VALUE__VALUE_DICTIONARY:
        return is_tensor ? spec_fail(s, "a tensor whose value is not one of a tensor")
                         : pairs_put(s, content->dictionary);
    default:
        break;
    }
    return spec_fail(s, is_tensor ? "a tensor whose value is not one of a tensor"
                                  : "a constant whose value is not of its type");
}

int spec_put_value(struct spec_speller *s, const Coreml__Value *value) {
    int result;
    if (!value)
        return spec_fail(s, "a value is missing");
    if (spec_put_type(s, value->type) < 0)
        return -1;
    code_add(&s->out, "(");
    if (value->value_case == COREML__VALUE__VALUE_BLOB_FILE_VALUE) {
        code_add(&s->out, "BLOBFILE(path = ");
        if (spec_put_string(s, value->blob_file_value->file_name) < 0)
            return -1;
        code_add(&s->out,
            s->tensor_scalars ? ", offset = tensor<uint64, []>(%" PRIu64 "))"
                              : ", offset = uint64(%" PRIu64 "))",
            value->blob_file_value->offset);
        result = 0;
    } else {
        result = content_put(s, value);
    }
    code_add(&s->out, ")");
    return result;
}
