/* SPDX-License-Identifier: MIT
 *
 * Types and values. Elements are stored as they are read and counted against the declared type, so
 * a large type costs no memory until its elements appear.
 */
#include "mil/fp16.h"
#include "mil/text/parser.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static int dtype_parse(struct mil_parser *parser, enum mil_dtype *out) {
    struct mil_place place = mil_lex_place(&parser->lex);
    struct mil_span word;
    int dtype;
    if (mil_lex_word(&parser->lex, "a type", &word) < 0)
        return -1;
    dtype = mil_dtype_find(word.text, word.bytes);
    if (dtype < 0)
        return mil_fail(parser->lex.error, place,
            "unknown type '%.*s'; types are fp16, fp32, bool, string, int4 to int64, uint1 to "
            "uint64, tensors and states of them, list, dict and tuple",
            word.bytes < 32 ? (int)word.bytes : 32, word.text);
    *out = (enum mil_dtype)dtype;
    return 0;
}

static int dims_parse(struct mil_parser *parser, struct mil_type *out) {
    struct mil_lex *lex = &parser->lex;
    struct mil_number number;
    struct mil_span word;
    if (mil_lex_expect(lex, "[", "before the dimensions") < 0)
        return -1;
    if (mil_lex_take(lex, ']'))
        return 0;
    do {
        struct mil_place place = mil_lex_place(lex);
        int c = mil_lex_peek(lex);
        if (out->rank == MIL_RANK_MAX)
            return mil_fail(lex->error, place, "more than 8 dimensions");
        if (mil_lex_take(lex, '?')) {
            out->dim[out->rank++] = MIL_DIM_OPEN;
            continue;
        }
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') { /* a size with a name */
            if (mil_lex_word(lex, "a size", &word) < 0)
                return -1;
            out->dim[out->rank++] = MIL_DIM_OPEN;
            continue;
        }
        if (mil_lex_number(lex, &number) < 0)
            return -1;
        if (!mil_number_int(&number, 0, INT32_MAX, &out->dim[out->rank]))
            return mil_fail(lex->error, place, "a dimension must be an integer of 0 to 2147483647");
        out->rank++;
    } while (mil_lex_take(lex, ','));
    return mil_lex_expect(lex, "]", "after the dimensions");
}

static int tensor_parse(struct mil_parser *parser, struct mil_type *out) {
    struct mil_lex *lex = &parser->lex;
    if (mil_lex_expect_text(lex, "tensor", "here") < 0 ||
        mil_lex_expect(lex, "<", "after tensor") < 0 || dtype_parse(parser, &out->dtype) < 0 ||
        mil_lex_expect(lex, ",", "after the element type") < 0 || dims_parse(parser, out) < 0)
        return -1;
    return mil_lex_expect(lex, ">", "after the dimensions");
}

/* Keeps the text from `start` to here. */
static int other_type(struct mil_parser *parser, const char *start, struct mil_type *out) {
    *out = (struct mil_type){.kind = MIL_OTHER,
        .dtype = MIL_STRING,
        .spelling =
            mil_arena_string(&parser->draft.arena, start, (size_t)(parser->lex.at - start))};
    return out->spelling ? 0 : mil_draft_no_memory(&parser->draft);
}

static bool other_comes(struct mil_lex *lex) {
    return mil_lex_comes(lex, "list<") || mil_lex_comes(lex, "dict<") ||
           mil_lex_comes(lex, "tuple<");
}

/* After "list<": the type of the elements, and the length. *is_list is false for lists of anything but tensors. */
static int list_type_parse(struct mil_parser *parser, struct mil_type *out, bool *is_list) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place;
    struct mil_number number;
    struct mil_span word;
    *is_list = !other_comes(lex) && !mil_lex_comes(lex, "state<");
    if (!*is_list)
        return 0;
    if (mil_parse_type(parser, out, &place) < 0)
        return -1;
    *is_list = out->kind == MIL_TENSOR && out->dtype != MIL_STRING;
    if (!*is_list)
        return 0;
    out->kind = MIL_LIST;
    out->length = MIL_DIM_OPEN;
    if (mil_lex_expect(lex, ",", "after the type of the list's elements") < 0)
        return -1;
    const int c = mil_lex_peek(lex);
    place = mil_lex_place(lex);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') {
        if (mil_lex_word(lex, "a length", &word) < 0)
            return -1;
    } else if (!mil_lex_take(lex, '?')) {
        if (mil_lex_number(lex, &number) < 0)
            return -1;
        if (!mil_number_int(&number, 0, INT32_MAX, &out->length))
            return mil_fail(lex->error, place, "a length must be an integer of 0 to 2147483647");
    }
    return mil_lex_expect(lex, ">", "after the list's length");
}

int mil_parse_type(struct mil_parser *parser, struct mil_type *out, struct mil_place *place) {
    struct mil_lex *lex = &parser->lex;
    bool is_tensor = mil_lex_comes(lex, "tensor");
    struct mil_span inside;
    const char *start;
    memset(out, 0, sizeof *out);
    *place = mil_lex_place(lex);
    start = lex->at;
    if (is_tensor) {
        if (tensor_parse(parser, out) < 0)
            return -1;
        if (out->dtype == MIL_STRING && out->rank > 0)
            return other_type(parser, start, out);
    } else if (mil_lex_comes(lex, "state<")) {
        lex->at += 6;
        if (tensor_parse(parser, out) < 0 || mil_lex_expect(lex, ">", "after the state's type") < 0)
            return -1;
        out->kind = MIL_STATE;
        return mil_draft_type_check(&parser->draft, out, *place);
    } else if (mil_lex_comes(lex, "list<")) {
        bool is_list;
        lex->at += 5;
        const struct mil_lex inner = *lex;
        if (list_type_parse(parser, out, &is_list) < 0)
            return -1;
        if (is_list)
            return mil_draft_type_check(&parser->draft, out, *place);
        *lex = inner;
        if (mil_lex_raw(lex, '>', &inside) < 0)
            return -1;
        return other_type(parser, start, out);
    } else if (other_comes(lex)) {
        while (*lex->at != '<')
            lex->at++;
        lex->at++;
        if (mil_lex_raw(lex, '>', &inside) < 0)
            return -1;
        return other_type(parser, start, out);
    } else if (dtype_parse(parser, &out->dtype) < 0) {
        return -1;
    }
    if (out->rank == 0 && !parser->scalar_form_known) {
        parser->draft.scalar_form = is_tensor ? MIL_SCALARS_TENSOR : MIL_SCALARS_BARE;
        parser->scalar_form_known = true;
    }
    return mil_draft_type_check(&parser->draft, out, *place);
}

/* Floating-point types other than fp16 and fp32. */
static bool rare_float(enum mil_dtype dtype, const struct mil_number *number, void *to) {
    uint32_t bits;
    float value;
    if (dtype == MIL_FP64) {
        double wide = number->kind == MIL_NUMBER_NAN ? (double)NAN
                      : number->kind == MIL_NUMBER_INF
                          ? (double)INFINITY
                          : ldexp((double)number->significand, number->exponent);
        wide = number->negative ? -wide : wide;
        memcpy(to, &wide, sizeof wide);
        return true;
    }
    if (!mil_number_fp32(number, &bits))
        return false;
    memcpy(&value, &bits, sizeof value);
    if (dtype == MIL_BF16)
        *(uint16_t *)to = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    else
        *(uint8_t *)to = mil_fp8_from_float(dtype == MIL_FP8_E5M2, value);
    return true;
}

/* Reads one element and stores it. */
static int element_parse(struct mil_parser *parser, enum mil_dtype dtype, void *to) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place;
    struct mil_number number;
    int64_t value = 0, low, high;
    if (dtype == MIL_BOOL) {
        bool is_true = mil_lex_comes(lex, "true");
        *(bool *)to = is_true;
        return mil_lex_expect(lex, is_true ? "true" : "false", "or 'true'");
    }
    place = mil_lex_place(lex);
    if (mil_lex_number(lex, &number) < 0)
        return -1;
    switch (dtype) {
    case MIL_FP16:
        if (mil_number_fp16(&number, to))
            return 0;
        return mil_fail(lex->error, place,
            "beyond the largest fp16, 65504; write inf or -inf if that is meant");
    case MIL_FP32:
        if (mil_number_fp32(&number, to))
            return 0;
        return mil_fail(lex->error, place,
            "beyond the largest fp32, 3.4e38; write inf or -inf if that is meant");
    case MIL_FP64:
    case MIL_BF16:
    case MIL_FP8_E4M3FN:
    case MIL_FP8_E5M2:
        if (rare_float(dtype, &number, to))
            return 0;
        return mil_fail(lex->error, place, "beyond the range of %s", mil_dtype_name(dtype));
    case MIL_UINT64:
        if (mil_number_uint64(&number, to))
            return 0;
        break;
    default:
        mil_dtype_range(dtype, &low, &high);
        if (!mil_number_int(&number, low, high, &value))
            break;
        /* two's complement: the low bytes of the number, for either byte order */
        switch (mil_dtype_bytes(dtype)) {
        case 1:
            *(int8_t *)to = (int8_t)value;
            return 0;
        case 2:
            *(int16_t *)to = (int16_t)value;
            return 0;
        case 4:
            *(int32_t *)to = (int32_t)value;
            return 0;
        default:
            *(int64_t *)to = value;
            return 0;
        }
    }
    return mil_fail(
        lex->error, place, "expected an integer in the range of %s", mil_dtype_name(dtype));
}

/* Elements in one flat list or in nested lists, last axis fastest. */
static int list_parse(struct mil_parser *parser, struct mil_literal *out, struct mil_place place) {
    struct mil_lex *lex = &parser->lex;
    size_t wanted = (size_t)mil_type_elements(out->type), n = 0;
    /* An element takes at least two bytes of text. */
    size_t possible = (size_t)(lex->end - lex->at) / 2 + 1;
    size_t size = mil_dtype_bytes(out->type->dtype), room = wanted < possible ? wanted : possible;
    char *data = mil_arena_take(&parser->draft.arena, room * size);
    int depth = 1;
    if (!data)
        return mil_draft_no_memory(&parser->draft);
    if (mil_lex_expect(lex, "[", "before the elements") < 0)
        return -1;
    while (mil_lex_peek(lex) != ']' || n > 0) {
        while (mil_lex_take(lex, '['))
            depth++;
        if (depth > out->type->rank)
            return mil_fail(lex->error, mil_lex_place(lex),
                "lists nested deeper than the %d axes of the type", out->type->rank);
        if (n == room)
            return mil_fail(lex->error, mil_lex_place(lex),
                "more elements than the %zu of the declared type", wanted);
        if (element_parse(parser, out->type->dtype, data + n * size) < 0)
            return -1;
        n++;
        while (depth > 1 && mil_lex_take(lex, ']'))
            depth--;
        if (!mil_lex_take(lex, ','))
            break;
    }
    while (depth-- > 0)
        if (mil_lex_expect(lex, "]", "after the elements") < 0)
            return -1;
    if (n != wanted)
        return mil_fail(
            lex->error, place, "%zu elements, but the declared type has %zu", n, wanted);
    out->data = data;
    return 0;
}

static int string_parse(struct mil_parser *parser, const char **out) {
    struct mil_span span;
    bool escaped;
    char *copy, *to;
    if (mil_lex_string(&parser->lex, &span, &escaped) < 0)
        return -1;
    copy = mil_arena_string(&parser->draft.arena, span.text, span.bytes);
    if (!copy)
        return mil_draft_no_memory(&parser->draft);
    if (escaped) {
        to = copy;
        for (const char *from = copy; *from; from++) {
            from += *from == '\\';
            *to++ = *from;
        }
        *to = '\0';
    }
    *out = copy;
    return 0;
}

static int scalar_parse(struct mil_parser *parser, struct mil_literal *out) {
    uint64_t element;
    if (out->type->dtype == MIL_STRING)
        return string_parse(parser, &out->string);
    if (element_parse(parser, out->type->dtype, &element) < 0)
        return -1;
    out->data =
        mil_arena_copy(&parser->draft.arena, &element, 1, mil_dtype_bytes(out->type->dtype));
    return out->data ? 0 : mil_draft_no_memory(&parser->draft);
}

/* The start of a literal, which has nothing but a type yet. */
static int literal_type_parse(
    struct mil_parser *parser, struct mil_literal *out, struct mil_place *place) {
    struct mil_type type;
    *out = (struct mil_literal){0};
    if (mil_parse_type(parser, &type, place) < 0)
        return -1;
    out->type = mil_draft_type(&parser->draft, &type);
    return out->type ? 0 : -1;
}

/* NAME = DTYPE(SCALAR), as inside BLOBFILE. */
static int field_parse(
    struct mil_parser *parser, const char *name, enum mil_dtype dtype, struct mil_literal *out) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place;
    if (mil_lex_expect(lex, name, "in BLOBFILE") < 0 || mil_lex_expect(lex, "=", "here") < 0 ||
        literal_type_parse(parser, out, &place) < 0)
        return -1;
    if (out->type->rank != 0 || out->type->dtype != dtype)
        return mil_fail(
            lex->error, place, "BLOBFILE's %s must be a %s", name, mil_dtype_name(dtype));
    if (mil_lex_expect(lex, "(", "after the type") < 0 || scalar_parse(parser, out) < 0)
        return -1;
    return mil_lex_expect(lex, ")", "after the value");
}

static int blob_parse(struct mil_parser *parser, struct mil_literal *out, struct mil_place place) {
    struct mil_lex *lex = &parser->lex;
    struct mil_literal path, offset;
    if (out->type->dtype == MIL_STRING || out->type->dtype == MIL_BOOL ||
        mil_dtype_bits(out->type->dtype) > 32)
        return mil_fail(lex->error, place,
            "a blob file cannot hold %s, only floats and integers of up to 32 bits",
            mil_dtype_name(out->type->dtype));
    if (mil_lex_expect(lex, "BLOBFILE", "here") < 0 ||
        mil_lex_expect(lex, "(", "after BLOBFILE") < 0 ||
        field_parse(parser, "path", MIL_STRING, &path) < 0 ||
        mil_lex_expect(lex, ",", "after BLOBFILE's path") < 0 ||
        field_parse(parser, "offset", MIL_UINT64, &offset) < 0)
        return -1;
    out->blob_path = path.string;
    memcpy(&out->blob_offset, offset.data, sizeof out->blob_offset);
    return mil_lex_expect(lex, ")", "after BLOBFILE's offset");
}

int mil_parse_value(struct mil_parser *parser, struct mil_literal *out) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place;
    int failed;
    if (literal_type_parse(parser, out, &place) < 0 ||
        mil_lex_expect(lex, "(", "after the type") < 0)
        return -1;
    if (out->type->kind == MIL_OTHER || out->type->kind == MIL_LIST) {
        struct mil_span raw;
        if (mil_lex_raw(lex, ')', &raw) < 0)
            return -1;
        out->string = mil_arena_string(&parser->draft.arena, raw.text, raw.bytes);
        return out->string ? 0 : mil_draft_no_memory(&parser->draft);
    }
    if (!mil_type_is_sized(out->type) || out->type->kind != MIL_TENSOR)
        return mil_fail(lex->error, place, "a literal's type must have known sizes");
    if (mil_lex_comes(lex, "BLOBFILE"))
        failed = blob_parse(parser, out, place);
    else if (out->type->rank > 0)
        failed = list_parse(parser, out, place);
    else
        failed = scalar_parse(parser, out);
    return failed ? -1 : mil_lex_expect(lex, ")", "after the value");
}
