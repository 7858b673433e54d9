/* SPDX-License-Identifier: MIT */
#include "mil/code.h"
#include "mil/fp16.h"
#include "mil/text/number.h"
#include "mil/type.h"

#include <inttypes.h>
#include <string.h>

struct out {
    struct code text;
    enum mil_scalar_form form;
};

static void put_bytes(struct out *out, const char *bytes, size_t n) {
    code_add_bytes(&out->text, bytes, n);
}

static void put(struct out *out, const char *text) {
    put_bytes(out, text, strlen(text));
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
    if (type->kind == MIL_LIST) {
        struct mil_type element = *type;
        element.kind = MIL_TENSOR;
        put(out, "list<");
        put_type(out, &element);
        if (type->length < 0)
            put(out, ", ?>");
        else
            code_add(&out->text, ", %" PRId64 ">", type->length);
    } else if (type->rank == 0 && type->kind == MIL_TENSOR && out->form == MIL_SCALARS_TENSOR) {
        put(out, "tensor<");
        put(out, mil_dtype_name(type->dtype));
        put(out, ", []>");
    } else if (type->kind == MIL_OTHER) {
        put(out, type->spelling);
    } else {
        put(out, mil_type_format(text, type));
    }
}

static void put_element(struct out *out, enum mil_dtype dtype, const void *data, size_t i) {
    char text[MIL_NUMBER_TEXT_MAX];
    float value = 0;
    uint32_t bits;
    switch (dtype) {
    case MIL_FP16:
        put_bytes(out, text, mil_number_print_fp16(text, ((const uint16_t *)data)[i]));
        return;
    case MIL_FP32:
        put_bytes(out, text, mil_number_print_fp32(text, ((const uint32_t *)data)[i]));
        return;
    case MIL_FP64:
        code_add(&out->text, "%a", ((const double *)data)[i]);
        return;
    case MIL_BF16:
        bits = (uint32_t)((const uint16_t *)data)[i] << 16;
        put_bytes(out, text, mil_number_print_fp32(text, bits));
        return;
    case MIL_FP8_E4M3FN:
    case MIL_FP8_E5M2:
        value = mil_fp8_to_float(dtype == MIL_FP8_E5M2, ((const uint8_t *)data)[i]);
        memcpy(&bits, &value, sizeof bits);
        put_bytes(out, text, mil_number_print_fp32(text, bits));
        return;
    case MIL_BOOL:
        put(out, ((const bool *)data)[i] ? "true" : "false");
        return;
    case MIL_INT4:
    case MIL_INT8:
        code_add(&out->text, "%d", ((const int8_t *)data)[i]);
        return;
    case MIL_INT16:
        code_add(&out->text, "%d", ((const int16_t *)data)[i]);
        return;
    case MIL_INT32:
        code_add(&out->text, "%" PRId32, ((const int32_t *)data)[i]);
        return;
    case MIL_INT64:
        code_add(&out->text, "%" PRId64, ((const int64_t *)data)[i]);
        return;
    case MIL_UINT16:
        code_add(&out->text, "%u", ((const uint16_t *)data)[i]);
        return;
    case MIL_UINT32:
        code_add(&out->text, "%" PRIu32, ((const uint32_t *)data)[i]);
        return;
    case MIL_UINT64:
        code_add(&out->text, "%" PRIu64, ((const uint64_t *)data)[i]);
        return;
    default:
        code_add(&out->text, "%u", ((const uint8_t *)data)[i]);
        return;
    }
}

static void put_string_value(struct out *out, const char *string) {
    put_type(out, &(struct mil_type){.dtype = MIL_STRING});
    put(out, "(");
    put_quoted(out, string);
    put(out, ")");
}

static void put_value(struct out *out, const struct mil_literal *literal) {
    const bool is_text = literal->type->kind == MIL_OTHER || literal->type->kind == MIL_LIST;
    size_t elements = is_text ? 0 : (size_t)mil_type_elements(literal->type);
    if (is_text) {
        put_type(out, literal->type);
        put(out, "(");
        put(out, literal->string);
        put(out, ")");
        return;
    }
    if (literal->string) {
        put_string_value(out, literal->string);
        return;
    }
    put_type(out, literal->type);
    put(out, "(");
    if (literal->blob_path) {
        put(out, "BLOBFILE(path = ");
        put_string_value(out, literal->blob_path);
        put(out, ", offset = ");
        put_type(out, &(struct mil_type){.dtype = MIL_UINT64});
        code_add(&out->text, "(%" PRIu64 "))", literal->blob_offset);
    } else {
        put(out, literal->type->rank ? "[" : "");
        for (size_t i = 0; i < elements; i++) {
            put(out, i ? ", " : "");
            put_element(out, literal->type->dtype, literal->data, i);
        }
        put(out, literal->type->rank ? "]" : "");
    }
    put(out, ")");
}

/* A literal argument is printed in place of a name. */
static void put_item(struct out *out, const struct mil_function *f, int value, bool may_inline) {
    const struct mil_literal *literal = f->values[value].literal;
    if (may_inline && literal && f->values[value].name[0] == '(')
        put_value(out, literal);
    else
        put(out, f->values[value].name);
}

static void put_names(
    struct out *out, const struct mil_function *f, const int *values, int n, bool may_inline) {
    for (int i = 0; i < n; i++) {
        put(out, i ? ", " : "");
        put_item(out, f, values[i], may_inline);
    }
}

static void put_attrs(
    struct out *out, const char *name, const struct mil_attr *attrs, int n_attrs) {
    if (!name && n_attrs == 0)
        return;
    put(out, "[");
    if (name) {
        put(out, "name = ");
        put_string_value(out, name);
    }
    for (int i = 0; i < n_attrs; i++) {
        put(out, i > 0 || name ? ", " : "");
        put(out, attrs[i].name);
        put(out, " = ");
        put_value(out, &attrs[i].literal);
    }
    put(out, "]");
}

static void put_params(struct out *out, const struct mil_function *f, int first, int n) {
    put(out, "(");
    for (int i = 0; i < n; i++) {
        put(out, i ? ", " : "");
        put_type(out, f->values[first + i].type);
        put(out, " ");
        put(out, f->values[first + i].name);
    }
    put(out, ")");
}

static void put_indent(struct out *out, int depth) {
    for (int i = 0; i < depth; i++)
        put(out, "    ");
}

static void put_ops(
    struct out *out, const struct mil_function *f, const struct mil_op *ops, int n_ops, int depth);

static void put_op(
    struct out *out, const struct mil_function *f, const struct mil_op *op, int depth) {
    put_indent(out, depth);
    for (int i = 0; i < op->n_results; i++) {
        const struct mil_value *result = &f->values[op->result + i];
        put(out, i ? ", " : "");
        put_type(out, result->type);
        put(out, " ");
        put(out, result->name);
    }
    put(out, op->n_results > 0 ? " = " : "");
    put(out, mil_op_name(op));
    put(out, "(");
    for (int i = 0; i < op->n_args; i++) {
        const struct mil_arg *arg = &op->args[i];
        put(out, i ? ", " : "");
        put(out, arg->name);
        put(out, arg->is_tuple ? " = (" : " = ");
        put_names(out, f, arg->values, arg->n_values, true);
        put(out, arg->is_tuple ? ")" : "");
    }
    put(out, ")");
    put_attrs(out, op->name, op->attrs, op->n_attrs);
    for (int i = 0; i < op->n_blocks; i++) {
        const struct mil_block *block = &op->blocks[i];
        put(out, " ");
        put(out, block->name);
        put_params(out, f, block->first_input, block->n_inputs);
        put(out, " {\n");
        put_ops(out, f, block->ops, block->n_ops, depth + 1);
        put_indent(out, depth);
        put(out, "} -> (");
        put_names(out, f, block->outputs, block->n_outputs, false);
        put(out, ")");
    }
    put(out, ";\n");
}

static void put_ops(
    struct out *out, const struct mil_function *f, const struct mil_op *ops, int n_ops, int depth) {
    for (int i = 0; i < n_ops; i++)
        if (!ops[i].is_inline)
            put_op(out, f, &ops[i], depth);
}

static void put_function(struct out *out, const struct mil_function *f) {
    put(out, "    func ");
    put(out, f->name);
    put(out, "<");
    put(out, f->target);
    put(out, ">");
    put_params(out, f, 0, f->n_inputs);
    put(out, " ");
    put_attrs(out, NULL, f->attrs, f->n_attrs);
    put(out, f->n_attrs > 0 ? " {\n" : "{\n");
    put_ops(out, f, f->ops, f->n_ops, 2);
    put(out, "    } -> (");
    put_names(out, f, f->outputs, f->n_outputs, false);
    put(out, ");\n");
}

static void put_build_info(struct out *out, const struct mil_program *program) {
    const struct mil_type string = {.dtype = MIL_STRING};
    put(out, "buildInfo = dict<");
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
    put(out, "})");
}

char *mil_print(const struct mil_program *program, size_t *bytes) {
    struct out out = {.form = program->scalar_form};
    put(&out, "program(");
    put(&out, program->version);
    put(&out, ")\n");
    if (program->has_build_info || program->n_attrs > 0)
        put(&out, "[");
    if (program->has_build_info)
        put_build_info(&out, program);
    for (int i = 0; i < program->n_attrs; i++) {
        put(&out, i > 0 || program->has_build_info ? ", " : "");
        put(&out, program->attrs[i].name);
        put(&out, " = ");
        put_value(&out, &program->attrs[i].literal);
    }
    if (program->has_build_info || program->n_attrs > 0)
        put(&out, "]\n");
    put(&out, "{\n");
    for (int i = 0; i < program->n_functions; i++)
        put_function(&out, &program->functions[i]);
    put(&out, "}\n");
    if (out.text.failed)
        code_free(&out.text);
    if (bytes)
        *bytes = out.text.n;
    return out.text.bytes;
}
