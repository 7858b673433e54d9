/* SPDX-License-Identifier: MIT
 *
 * Rules about the header, about inputs and outputs, and about references to blobs.
 */
#include "mil/check/rules.h"

#include <inttypes.h>
#include <string.h>

static bool is_version(const struct mil_checker *c, const char *version) {
    return strcmp(c->program->version, version) == 0;
}

/* The first matmul or conv whose operands both depend on inputs. */
static const struct mil_op *runtime_product(const struct mil_checker *c) {
    for (int i = 0; i < c->n_ops; i++) {
        const struct mil_op *op = c->ops[i];
        const struct mil_arg *x = mil_op_arg(op, "x");
        const struct mil_arg *y = mil_op_arg(op, op->code == MIL_OP_MATMUL ? "y" : "weight");
        if ((op->code == MIL_OP_MATMUL || op->code == MIL_OP_CONV || op->code == MIL_OP_LINEAR) &&
            x && y && c->is_runtime[x->values[0]] && c->is_runtime[y->values[0]])
            return op;
    }
    return NULL;
}

void mil_rule_program_15(struct mil_checker *c) {
    const struct mil_op *op = is_version(c, "1.5") ? runtime_product(c) : NULL;
    if (op)
        mil_complain(
            c, op->place, "'%.60s' multiplies two values that depend on inputs", mil_rule_name(op));
}

void mil_rule_header_untried(struct mil_checker *c) {
    const char *target = c->function->target;
    if ((is_version(c, "1.3") && strcmp(target, "ios16") != 0) ||
        (is_version(c, "1.0") && strcmp(target, "ios16") == 0))
        return;
    mil_complain(c, c->function->place, "program(%.20s) with %s", c->program->version, target);
}

void mil_rule_scalar_form(struct mil_checker *c) {
    bool bare = c->program->scalar_form == MIL_SCALARS_BARE;
    if (bare ? is_version(c, "1.0") : is_version(c, "1.3"))
        mil_complain(c, c->function->place, "program(%.20s) with %s scalars", c->program->version,
            bare ? "bare" : "tensor<T, []>");
}

void mil_rule_runtime_weights_target(struct mil_checker *c) {
    const struct mil_op *op = strcmp(c->function->target, "ios17") != 0 ? runtime_product(c) : NULL;
    if (op)
        mil_complain(
            c, op->place, "'%.60s' under target %s", mil_rule_name(op), c->function->target);
}

void mil_rule_blob_path(struct mil_checker *c, const struct mil_op *op) {
    static const char head[] = "@model_path/weights/";
    for (int i = 0; i < op->n_attrs; i++) {
        const char *path = op->attrs[i].literal.blob_path;
        size_t bytes = path ? strlen(path) : 0;
        if (path && !(strncmp(path, head, sizeof head - 1) == 0 && bytes > sizeof head + 3 &&
                        strcmp(path + bytes - 4, ".bin") == 0))
            mil_complain(c, op->attrs[i].place, "path '%.100s'", path);
    }
}

void mil_rule_blob_offset(struct mil_checker *c, const struct mil_op *op) {
    for (int i = 0; i < op->n_attrs; i++) {
        const struct mil_literal *literal = &op->attrs[i].literal;
        if (literal->blob_path && (literal->blob_offset == 0 || literal->blob_offset % 64 != 0))
            mil_complain(c, op->attrs[i].place, "offset %" PRIu64, literal->blob_offset);
    }
}

void mil_rule_several_inputs(struct mil_checker *c) {
    if (c->function->n_inputs > 1)
        mil_complain(c, c->function->place, "%d inputs", c->function->n_inputs);
}

void mil_rule_several_outputs(struct mil_checker *c) {
    if (c->function->n_outputs > 1)
        mil_complain(c, c->function->place, "%d outputs", c->function->n_outputs);
}

void mil_rule_surface_slots(struct mil_checker *c) {
    int slots = c->function->n_inputs + c->function->n_outputs;
    if (slots > 128)
        mil_complain(c, c->function->place, "%d inputs and outputs", slots);
}

/* Input i, or output i, of the function. */
static const struct mil_value *slot(const struct mil_checker *c, bool is_input, int i) {
    return &c->function->values[is_input ? i : c->function->outputs[i]];
}

/* Compares each slot with the next on its side. Complains about the first pair for which sign *
 * (difference in bytes) is positive; when sign is 0, about the first names out of order. */
static void slots_compare(struct mil_checker *c, bool is_input, int sign) {
    int n = is_input ? c->function->n_inputs : c->function->n_outputs;
    for (int i = 0; i + 1 < n; i++) {
        const struct mil_value *a = slot(c, is_input, i), *b = slot(c, is_input, i + 1);
        size_t a_bytes = mil_type_bytes(a->type), b_bytes = mil_type_bytes(b->type);
        bool wrong = sign == 0  ? strcmp(a->name, b->name) > 0
                     : sign > 0 ? a_bytes > b_bytes
                                : a_bytes < b_bytes;
        if (!wrong)
            continue;
        if (sign == 0)
            mil_complain(c, c->function->place, "'%.50s' comes before '%.50s'", a->name, b->name);
        else
            mil_complain(c, c->function->place, "'%.40s' has %zu bytes, '%.40s' after it %zu",
                a->name, a_bytes, b->name, b_bytes);
        return;
    }
}

void mil_rule_slots_alphabetical(struct mil_checker *c) {
    slots_compare(c, true, 0);
    slots_compare(c, false, 0);
}

void mil_rule_inputs_ascending(struct mil_checker *c) {
    slots_compare(c, true, 1);
}

void mil_rule_outputs_descending(struct mil_checker *c) {
    slots_compare(c, false, -1);
}

/* Only when one side has several: one input and one output of different sizes are common. */
void mil_rule_slots_equal_size(struct mil_checker *c) {
    const struct mil_function *f = c->function;
    const struct mil_value *first;
    if (f->n_inputs < 1 || (f->n_inputs < 2 && f->n_outputs < 2))
        return;
    first = slot(c, true, 0);
    for (int i = 1; i < f->n_inputs + f->n_outputs; i++) {
        bool is_input = i < f->n_inputs;
        const struct mil_value *other = slot(c, is_input, is_input ? i : i - f->n_inputs);
        if (mil_type_bytes(other->type) == mil_type_bytes(first->type))
            continue;
        mil_complain(c, f->place, "'%.40s' has %zu bytes, '%.40s' %zu", first->name,
            mil_type_bytes(first->type), other->name, mil_type_bytes(other->type));
        return;
    }
}

static const char *side(bool is_input) {
    return is_input ? "input" : "output";
}

void mil_rule_io_type(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    if (!mil_dtype_is_float(value->type->dtype) && value->type->dtype != MIL_BOOL)
        mil_complain(c, value->place, "%s '%.60s' is %s", side(is_input), value->name,
            mil_dtype_name(value->type->dtype));
}

void mil_rule_io_bool(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    if (value->type->dtype == MIL_BOOL)
        mil_complain(c, value->place, "%s '%.60s' is bool", side(is_input), value->name);
}

void mil_rule_io_fp32(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    if (value->type->dtype == MIL_FP32)
        mil_complain(c, value->place, "%s '%.60s' is fp32", side(is_input), value->name);
}

static bool is_surface(const struct mil_value *value) {
    return value->type->rank == 4 && value->type->dim[0] == 1;
}

void mil_rule_io_rank(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    if (!is_surface(value))
        mil_complain(c, value->place, "%s '%.60s' has rank %d and %" PRId64 " elements",
            side(is_input), value->name, value->type->rank, mil_type_elements(value->type));
}

/* The next rules check the sizes of [1,C,H,W]; io-rank reports any other shape. */
static void size_complain(struct mil_checker *c, const struct mil_value *value, bool is_input,
    bool wrong, int64_t size, const char *what) {
    if (is_surface(value) && wrong)
        mil_complain(c, value->place, "%s '%.60s' has %" PRId64 " %s", side(is_input), value->name,
            size, what);
}

static int64_t positions(const struct mil_value *value) {
    return is_surface(value) ? value->type->dim[2] * value->type->dim[3] : 0;
}

void mil_rule_channels_16(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t channels = value->type->dim[1];
    size_complain(c, value, is_input, channels < 16, channels, "channels");
}

void mil_rule_channels_64(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t channels = value->type->dim[1];
    size_complain(c, value, is_input, channels < 64, channels, "channels");
}

void mil_rule_spatial_16(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t n = positions(value);
    size_complain(c, value, is_input, n < 16, n, "positions");
}

void mil_rule_spatial_multiple(
    struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t n = positions(value);
    size_complain(c, value, is_input, n % 16 != 0, n, "positions");
}

void mil_rule_width_32(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t width = value->type->dim[3];
    size_complain(c, value, is_input, width < 32, width, "elements in its last axis");
}

void mil_rule_small_64x16(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t channels = value->type->dim[1], n = positions(value);
    size_complain(c, value, is_input, channels <= 64 && n <= 16, channels * n, "elements");
}

static int64_t surface_bytes(const struct mil_value *value) {
    return (int64_t)mil_type_bytes(value->type);
}

void mil_rule_surface_16k(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t bytes = surface_bytes(value);
    size_complain(c, value, is_input, bytes < 16384, bytes, "bytes");
}

void mil_rule_surface_48k(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t bytes = surface_bytes(value);
    size_complain(c, value, is_input, bytes < 49152, bytes, "bytes");
}

void mil_rule_surface_128(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t bytes = surface_bytes(value);
    size_complain(c, value, is_input, bytes % 128 != 0, bytes, "bytes");
}

void mil_rule_row_64(struct mil_checker *c, const struct mil_value *value, bool is_input) {
    int64_t row = value->type->dim[3] * (int64_t)mil_dtype_bytes(value->type->dtype);
    size_complain(c, value, is_input, row % 64 != 0, row, "bytes in a row");
}
