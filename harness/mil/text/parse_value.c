/* SPDX-License-Identifier: MIT
 *
 * Types and values. Elements are stored as they are read and counted against the declared type, so
 * a type costs nothing until its elements are there.
 */
#include "mil/text/parser.h"

#include <inttypes.h>
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
            "no type '%.*s'; there are fp16, fp32, int8, int32, uint64, bool, string and tensors "
            "of "
            "them",
            word.bytes < 32 ? (int)word.bytes : 32, word.text);
    *out = (enum mil_dtype)dtype;
    return 0;
}

static int dims_parse(struct mil_parser *parser, struct mil_type *out) {
    struct mil_lex *lex = &parser->lex;
    struct mil_number number;
    if (mil_lex_expect(lex, "[", "before the dimensions") < 0)
        return -1;
    if (mil_lex_take(lex, ']'))
        return 0;
    do {
        struct mil_place place = mil_lex_place(lex);
        if (out->rank == MIL_RANK_MAX)
            return mil_fail(lex->error, place, "more than 8 dimensions");
        if (mil_lex_number(lex, &number) < 0)
            return -1;
        if (!mil_number_int(&number, 1, INT32_MAX, &out->dim[out->rank]))
            return mil_fail(lex->error, place, "a dimension must be an integer of 1 to 2147483647");
        out->rank++;
    } while (mil_lex_take(lex, ','));
    return mil_lex_expect(lex, "]", "after the dimensions");
}

static bool word_comes(struct mil_lex *lex, const char *word) {
    size_t bytes = strlen(word);
    mil_lex_peek(lex);
    return (size_t)(lex->end - lex->at) >= bytes && memcmp(lex->at, word, bytes) == 0;
}

int mil_parse_type(struct mil_parser *parser, struct mil_type *out, struct mil_place *place) {
    struct mil_lex *lex = &parser->lex;
    bool is_tensor = word_comes(lex, "tensor");
    memset(out, 0, sizeof *out);
    *place = mil_lex_place(lex);
    if (!is_tensor) {
        if (dtype_parse(parser, &out->dtype) < 0)
            return -1;
    } else if (mil_lex_expect(lex, "tensor", "here") < 0 ||
               mil_lex_expect(lex, "<", "after tensor") < 0 ||
               dtype_parse(parser, &out->dtype) < 0 ||
               mil_lex_expect(lex, ",", "after the element type") < 0 ||
               dims_parse(parser, out) < 0 ||
               mil_lex_expect(lex, ">", "after the dimensions") < 0) {
        return -1;
    }
    if (out->rank == 0 && !parser->scalar_form_known) {
        parser->draft.scalar_form = is_tensor ? MIL_SCALARS_TENSOR : MIL_SCALARS_BARE;
        parser->scalar_form_known = true;
    }
    return mil_draft_type_check(&parser->draft, out, *place);
}

/* Reads one element and stores it. */
static int element_parse(struct mil_parser *parser, enum mil_dtype dtype, void *to) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place;
    struct mil_number number;
    int64_t value = 0;
    bool fits;
    if (dtype == MIL_BOOL) {
        bool is_true = word_comes(lex, "true");
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
    case MIL_UINT64:
        fits = mil_number_uint64(&number, to);
        break;
    case MIL_INT8:
        fits = mil_number_int(&number, INT8_MIN, INT8_MAX, &value);
        *(int8_t *)to = (int8_t)(fits ? value : 0);
        break;
    default:
        fits = mil_number_int(&number, INT32_MIN, INT32_MAX, &value);
        *(int32_t *)to = (int32_t)(fits ? value : 0);
        break;
    }
    return fits ? 0
                : mil_fail(lex->error, place, "expected an integer in the range of %s",
                      mil_dtype_name(dtype));
}

static int list_parse(struct mil_parser *parser, struct mil_literal *out, struct mil_place place) {
    struct mil_lex *lex = &parser->lex;
    size_t wanted = (size_t)mil_type_elements(&out->type), n = 0;
    /* An element takes two bytes of text at least. */
    size_t possible = (size_t)(lex->end - lex->at) / 2 + 1;
    size_t size = mil_dtype_bytes(out->type.dtype), room = wanted < possible ? wanted : possible;
    char *data = mil_arena_take(&parser->draft.arena, room * size);
    if (!data)
        return mil_draft_no_memory(&parser->draft);
    if (mil_lex_expect(lex, "[", "before the elements") < 0)
        return -1;
    if (mil_lex_peek(lex) != ']') {
        do {
            if (mil_lex_peek(lex) == '[')
                return mil_fail(lex->error, mil_lex_place(lex),
                    "nested list; write all elements in one flat list, last axis fastest");
            if (n == room)
                return mil_fail(lex->error, mil_lex_place(lex),
                    "more elements than the %zu of the declared type", wanted);
            if (element_parse(parser, out->type.dtype, data + n * size) < 0)
                return -1;
            n++;
        } while (mil_lex_take(lex, ','));
    }
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
    if (out->type.dtype == MIL_STRING)
        return string_parse(parser, &out->string);
    if (element_parse(parser, out->type.dtype, &element) < 0)
        return -1;
    out->data = mil_arena_copy(&parser->draft.arena, &element, 1, mil_dtype_bytes(out->type.dtype));
    return out->data ? 0 : mil_draft_no_memory(&parser->draft);
}

/* NAME = DTYPE(SCALAR), as inside BLOBFILE. */
static int field_parse(
    struct mil_parser *parser, const char *name, enum mil_dtype dtype, struct mil_literal *out) {
    struct mil_lex *lex = &parser->lex;
    struct mil_place place;
    memset(out, 0, sizeof *out);
    if (mil_lex_expect(lex, name, "in BLOBFILE") < 0 || mil_lex_expect(lex, "=", "here") < 0 ||
        mil_parse_type(parser, &out->type, &place) < 0)
        return -1;
    if (out->type.rank != 0 || out->type.dtype != dtype)
        return mil_fail(
            lex->error, place, "BLOBFILE's %s must be a %s", name, mil_dtype_name(dtype));
    if (mil_lex_expect(lex, "(", "after the type") < 0 || scalar_parse(parser, out) < 0)
        return -1;
    return mil_lex_expect(lex, ")", "after the value");
}

static int blob_parse(struct mil_parser *parser, struct mil_literal *out, struct mil_place place) {
    struct mil_lex *lex = &parser->lex;
    struct mil_literal path, offset;
    if (out->type.dtype == MIL_STRING || out->type.dtype == MIL_BOOL ||
        out->type.dtype == MIL_UINT64)
        return mil_fail(lex->error, place,
            "a blob file cannot hold %s, only fp16, fp32, int8, int32",
            mil_dtype_name(out->type.dtype));
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
    memset(out, 0, sizeof *out);
    if (mil_parse_type(parser, &out->type, &place) < 0 ||
        mil_lex_expect(lex, "(", "after the type") < 0)
        return -1;
    if (word_comes(lex, "BLOBFILE"))
        failed = blob_parse(parser, out, place);
    else if (out->type.rank > 0)
        failed = list_parse(parser, out, place);
    else
        failed = scalar_parse(parser, out);
    return failed ? -1 : mil_lex_expect(lex, ")", "after the value");
}
