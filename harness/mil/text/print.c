/* SPDX-License-Identifier: MIT */
#include "mil/text/number.h"
#include "mil/type.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text so far; `text` is NULL once out of memory. */
struct out {
    char *text;
    size_t bytes, room;
    enum mil_scalar_form form;
};

static void put_bytes(struct out *out, const char *bytes, size_t n) {
    if (!out->text)
        return;
    if (n >= out->room - out->bytes) {
        char *grown;
        size_t room = out->room * 2;
        while (n >= room - out->bytes)
            room *= 2;
        grown = realloc(out->text, room);
        if (!grown)
            free(out->text);
        out->text = grown;
        out->room = room;
        if (!grown)
            return;
    }
    memcpy(out->text + out->bytes, bytes, n);
    out->bytes += n;
    out->text[out->bytes] = '\0';
}

static void put(struct out *out, const char *text) {
    put_bytes(out, text, strlen(text));
}

/* For short pieces only. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
put_format(struct out *out, const char *format, ...) {
    char piece[64];
    va_list list;
    va_start(list, format);
    vsnprintf(piece, sizeof piece, format, list);
    va_end(list);
    put(out, piece);
}

static void put_quoted(struct out *out, const char *string) {
    put(out, "\"");
    for (;;) {
        size_t plain = strcspn(string, "\"\\");
        put_bytes(out, string, plain);
        string += plain;
        if (!*string)
            break;
        put(out, "\\");
        put_bytes(out, string++, 1);
    }
    put(out, "\"");
}

static void put_type(struct out *out, const struct mil_type *type) {
    char text[MIL_TYPE_TEXT_MAX];
    if (type->rank == 0 && out->form == MIL_SCALARS_TENSOR) {
        put(out, "tensor<");
        put(out, mil_dtype_name(type->dtype));
        put(out, ", []>");
    } else {
        put(out, mil_type_format(text, type));
    }
}

static void put_element(struct out *out, enum mil_dtype dtype, const void *data, size_t i) {
    char text[MIL_NUMBER_TEXT_MAX];
    switch (dtype) {
    case MIL_FP16:
        put_bytes(out, text, mil_number_print_fp16(text, ((const uint16_t *)data)[i]));
        break;
    case MIL_FP32:
        put_bytes(out, text, mil_number_print_fp32(text, ((const uint32_t *)data)[i]));
        break;
    case MIL_INT8:
        put_format(out, "%d", ((const int8_t *)data)[i]);
        break;
    case MIL_INT32:
        put_format(out, "%" PRId32, ((const int32_t *)data)[i]);
        break;
    case MIL_UINT64:
        put_format(out, "%" PRIu64, ((const uint64_t *)data)[i]);
        break;
    default:
        put(out, ((const bool *)data)[i] ? "true" : "false");
        break;
    }
}

static void put_string_value(struct out *out, const char *string) {
    put_type(out, &(struct mil_type){.dtype = MIL_STRING});
    put(out, "(");
    put_quoted(out, string);
    put(out, ")");
}

static void put_value(struct out *out, const struct mil_literal *literal) {
    size_t elements = (size_t)mil_type_elements(&literal->type);
    if (literal->string) {
        put_string_value(out, literal->string);
        return;
    }
    put_type(out, &literal->type);
    put(out, "(");
    if (literal->blob_path) {
        put(out, "BLOBFILE(path = ");
        put_string_value(out, literal->blob_path);
        put(out, ", offset = ");
        put_type(out, &(struct mil_type){.dtype = MIL_UINT64});
        put_format(out, "(%" PRIu64 "))", literal->blob_offset);
    } else {
        put(out, literal->type.rank ? "[" : "");
        for (size_t i = 0; i < elements; i++) {
            put(out, i ? ", " : "");
            put_element(out, literal->type.dtype, literal->data, i);
        }
        put(out, literal->type.rank ? "]" : "");
    }
    put(out, ")");
}

static void put_names(struct out *out, const struct mil_function *f, const int *values, int n) {
    for (int i = 0; i < n; i++) {
        put(out, i ? ", " : "");
        put(out, f->values[values[i]].name);
    }
}

static void put_op(struct out *out, const struct mil_function *f, const struct mil_op *op) {
    const struct mil_value *result = &f->values[op->result];
    put(out, "        ");
    put_type(out, &result->type);
    put(out, " ");
    put(out, result->name);
    put(out, " = ");
    put(out, mil_opcode_name(op->code));
    put(out, "(");
    for (int i = 0; i < op->n_args; i++) {
        const struct mil_arg *arg = &op->args[i];
        put(out, i ? ", " : "");
        put(out, arg->name);
        put(out, arg->is_tuple ? " = (" : " = ");
        put_names(out, f, arg->values, arg->n_values);
        put(out, arg->is_tuple ? ")" : "");
    }
    put(out, ")[name = ");
    put_string_value(out, op->name);
    for (int i = 0; i < op->n_attrs; i++) {
        put(out, ", ");
        put(out, op->attrs[i].name);
        put(out, " = ");
        put_value(out, &op->attrs[i].literal);
    }
    put(out, "];\n");
}

static void put_function(struct out *out, const struct mil_function *f) {
    put(out, "    func ");
    put(out, f->name);
    put(out, "<");
    put(out, f->target);
    put(out, ">(");
    for (int i = 0; i < f->n_inputs; i++) {
        put(out, i ? ", " : "");
        put_type(out, &f->values[i].type);
        put(out, " ");
        put(out, f->values[i].name);
    }
    put(out, ") {\n");
    for (int i = 0; i < f->n_ops; i++)
        put_op(out, f, &f->ops[i]);
    put(out, "    } -> (");
    put_names(out, f, f->outputs, f->n_outputs);
    put(out, ");\n");
}

static void put_build_info(struct out *out, const struct mil_program *program) {
    const struct mil_type string = {.dtype = MIL_STRING};
    put(out, "[buildInfo = dict<");
    put_type(out, &string);
    put(out, ", ");
    put_type(out, &string);
    put(out, ">({");
    for (int i = 0; i < program->n_build_info; i++) {
        put(out, i ? ", {" : "{");
        put_quoted(out, program->build_info[i].key);
        put(out, ", ");
        put_quoted(out, program->build_info[i].value);
        put(out, "}");
    }
    put(out, "})]\n");
}

char *mil_print(const struct mil_program *program, size_t *bytes) {
    struct out out = {.text = malloc(4096), .room = 4096, .form = program->scalar_form};
    put(&out, "program(");
    put(&out, program->version);
    put(&out, ")\n");
    if (program->n_build_info > 0)
        put_build_info(&out, program);
    put(&out, "{\n");
    for (int i = 0; i < program->n_functions; i++)
        put_function(&out, &program->functions[i]);
    put(&out, "}\n");
    if (bytes)
        *bytes = out.text ? out.bytes : 0;
    return out.text;
}
