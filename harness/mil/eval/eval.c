/* SPDX-License-Identifier: MIT */
#include "mil/eval/eval.h"

#include "mil/eval/eval_memo.h"
#include "mil/fp16.h"
#include "mil/type.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* From an array as it is in memory to cells. */
static void widen(union mil_cell *out, enum mil_dtype dtype, const void *in, int64_t n) {
    switch (dtype) {
    case MIL_FP16:
        fp16_to_floats(&out->f, in, (size_t)n);
        break;
    case MIL_INT8:
        for (int64_t i = 0; i < n; i++)
            out[i].i = ((const int8_t *)in)[i]; /* NOLINT(bugprone-signed-char-misuse): a number */
        break;
    case MIL_BOOL:
        for (int64_t i = 0; i < n; i++)
            out[i].i = ((const uint8_t *)in)[i] != 0;
        break;
    default:
        memcpy(out, in, (size_t)n * sizeof *out);
        break;
    }
}

/* And back; what comes here is rounded already. */
static void narrow(void *out, enum mil_dtype dtype, const union mil_cell *in, int64_t n) {
    switch (dtype) {
    case MIL_FP16:
        fp16_from_floats(out, &in->f, (size_t)n);
        break;
    case MIL_INT8:
    case MIL_BOOL:
        for (int64_t i = 0; i < n; i++)
            ((int8_t *)out)[i] = (int8_t)in[i].i;
        break;
    default:
        memcpy(out, in, (size_t)n * sizeof *in);
        break;
    }
}

int eval_literal(union mil_cell *out, const struct mil_literal *literal,
    const struct mil_weights *weights, struct mil_error *error) {
    struct mil_blob blob = {.data = literal->data};
    if (literal->blob_path && mil_literal_blob(literal, weights, &blob, error) != 0)
        return -1;
    widen(out, literal->type.dtype, blob.data, mil_type_elements(&literal->type));
    return 0;
}

const union mil_cell *eval_operand(const struct eval_step *step, const char *arg_name) {
    int value = op_operand(step->ref, arg_name);
    return value < 0 ? NULL : step->cells[value];
}

int eval_op(const struct eval_step *step) {
    const struct mil_op *op = step->ref.op;
    switch (op->code) {
    case MIL_OP_CONST:
        return eval_literal(step->out, mil_value_literal(step->ref.function, op->result),
            step->weights, step->error);
    case MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE:
        return eval_constexpr_dequantize(step);
    case MIL_OP_SDPA:
        return eval_sdpa(step);
    case MIL_OP_CONV:
        eval_conv(step);
        break;
    case MIL_OP_MATMUL:
    case MIL_OP_LINEAR:
        eval_product(step);
        break;
    case MIL_OP_ADD:
    case MIL_OP_SUB:
    case MIL_OP_MUL:
    case MIL_OP_REAL_DIV:
    case MIL_OP_POW:
        eval_binary(step);
        break;
    case MIL_OP_SIGMOID:
    case MIL_OP_TANH:
    case MIL_OP_RELU:
    case MIL_OP_GELU:
    case MIL_OP_SILU:
    case MIL_OP_EXP:
    case MIL_OP_SQRT:
    case MIL_OP_RSQRT:
    case MIL_OP_LOG:
        eval_unary(step);
        break;
    case MIL_OP_SOFTMAX:
        eval_softmax(step);
        break;
    case MIL_OP_REDUCE_SUM:
    case MIL_OP_REDUCE_MEAN:
    case MIL_OP_REDUCE_MAX:
        eval_reduce(step);
        break;
    case MIL_OP_LAYER_NORM:
        eval_layer_norm(step);
        break;
    case MIL_OP_CAST:
        eval_cast(step);
        break;
    case MIL_OP_QUANTIZE:
        eval_quantize(step);
        break;
    case MIL_OP_DEQUANTIZE:
        eval_dequantize(step);
        break;
    case MIL_OP_RESHAPE:
    case MIL_OP_TRANSPOSE:
    case MIL_OP_CONCAT:
    case MIL_OP_SLICE_BY_SIZE:
    case MIL_OP_SLICE_BY_INDEX:
    case MIL_OP_TILE:
    case MIL_OP_IDENTITY:
        eval_copy(step);
        break;
    case MIL_OP_COUNT:
        break;
    }
    return 0;
}

/* Memory of large values that are not needed any more, for those to come: chains of operators ask for
 * the same sizes again and again, and fresh pages cost more than to compute many a value. */
enum { SPARES = 2, SPARE_BYTES_MIN = 1 << 16 };
struct spare {
    union mil_cell *cells;
    size_t bytes;
};

/* One run: which values are alive, and how much they take. */
struct run {
    const struct mil_function *function;
    union mil_cell **cells; /* by value, NULL when not alive */
    int *last_use;          /* by value: op index, n_ops = an output, -1 = never */
    size_t live_bytes;
    struct spare spares[SPARES];
    int next_spare; /* the one to be replaced */
    struct mil_error *error;
    struct mil_eval_memo *memo;  /* NULL: nothing is kept */
    struct eval_origin *origins; /* by value, for the memo */
};

static size_t value_bytes(const struct run *run, int value) {
    return (size_t)mil_type_elements(&run->function->values[value].type) * sizeof(union mil_cell);
}

static int value_allocate(struct run *run, int value) {
    const struct mil_value *v = &run->function->values[value];
    run->live_bytes += value_bytes(run, value);
    if (run->live_bytes > MIL_EVAL_BYTES_MAX)
        return mil_fail(run->error, v->place,
            "at \"%.80s\" the values in use pass %" PRIu64
            " bytes, the most the evaluator holds: make the program smaller",
            v->name, MIL_EVAL_BYTES_MAX);
    for (int i = 0; i < SPARES && !run->cells[value]; i++)
        if (run->spares[i].cells && run->spares[i].bytes == value_bytes(run, value)) {
            run->cells[value] = run->spares[i].cells;
            run->spares[i].cells = NULL;
        }
    if (!run->cells[value])
        run->cells[value] = malloc(value_bytes(run, value));
    return run->cells[value] ? 0 : mil_fail(run->error, v->place, "out of memory");
}

static void value_release(struct run *run, int value) {
    size_t bytes = value_bytes(run, value);
    if (!run->cells[value])
        return;
    run->live_bytes -= bytes;
    if (bytes >= SPARE_BYTES_MIN) {
        struct spare *spare = &run->spares[run->next_spare];
        free(spare->cells);
        *spare = (struct spare){run->cells[value], bytes};
        run->next_spare = (run->next_spare + 1) % SPARES;
    } else {
        free(run->cells[value]);
    }
    run->cells[value] = NULL;
}

/* A value out of the memo, if it is there. */
static int value_recall(struct run *run, int value) {
    const union mil_cell *cells =
        eval_memo_find(run->memo, &run->origins[value], value_bytes(run, value));
    if (!cells)
        return 0;
    if (value_allocate(run, value) != 0)
        return -1;
    memcpy(run->cells[value], cells, value_bytes(run, value));
    return 0;
}

/* From the end: what only unused or recalled values follow from is not needed. Only arguments with
 * elements count: settings are read from the program. */
static int find_last_uses(struct run *run) {
    const struct mil_function *f = run->function;
    for (int v = 0; v < f->n_values; v++)
        run->last_use[v] = -1;
    for (int i = 0; i < f->n_outputs; i++)
        run->last_use[f->outputs[i]] = f->n_ops;
    for (int i = f->n_ops - 1; i >= 0; i--) {
        const struct mil_op *op = &f->ops[i];
        if (run->last_use[op->result] < 0)
            continue;
        if (run->memo && value_recall(run, op->result) != 0)
            return -1;
        for (int a = 0; !run->cells[op->result] && a < op->n_args; a++)
            for (int j = 0; j < op->args[a].n_values; j++)
                if (op_arg_is_data(op, &op->args[a]) && run->last_use[op->args[a].values[j]] < 0)
                    run->last_use[op->args[a].values[j]] = i;
    }
    return 0;
}

static int compute(struct run *run, const struct mil_op *op, const struct mil_weights *weights) {
    struct op_ref ref = {run->function, op};
    enum mil_dtype dtype = op_result_type(ref)->dtype;
    if (dtype == MIL_STRING || dtype == MIL_UINT64)
        return mil_fail(
            run->error, op->place, "strings and uint64 can only be settings of operators");
    if (op_size_check(ref, run->error) != 0 || value_allocate(run, op->result) != 0)
        return -1;
    struct eval_step step = {ref, run->cells, run->cells[op->result], weights, run->error};
    return eval_op(&step);
}

/* Constants are read when they are first needed: programs tend to declare them all at the start. */
static int load_constant(struct run *run, int value, const struct mil_weights *weights) {
    const struct mil_function *f = run->function;
    if (run->cells[value] || !mil_value_literal(f, value))
        return 0;
    return compute(run, &f->ops[f->values[value].op], weights);
}

static int run_op(struct run *run, int index, const struct mil_weights *weights) {
    const struct mil_op *op = &run->function->ops[index];
    if (op->code == MIL_OP_CONST || run->last_use[op->result] < 0 || run->cells[op->result])
        return 0;
    for (int a = 0; a < op->n_args; a++)
        for (int j = 0; op_arg_is_data(op, &op->args[a]) && j < op->args[a].n_values; j++)
            if (load_constant(run, op->args[a].values[j], weights) != 0)
                return -1;
    if (compute(run, op, weights) != 0)
        return -1;
    if (run->memo)
        eval_memo_keep(run->memo, &run->origins[op->result], run->cells[op->result],
            value_bytes(run, op->result));
    for (int a = 0; a < op->n_args; a++)
        for (int j = 0; j < op->args[a].n_values; j++)
            if (run->last_use[op->args[a].values[j]] == index)
                value_release(run, op->args[a].values[j]);
    return 0;
}

int mil_eval_with_memo(const struct mil_program *program, int function,
    const struct mil_weights *weights, struct mil_eval_memo *memo, const void *const *inputs,
    void *const *outputs, struct mil_error *error) {
    if (function < 0 || function >= program->n_functions)
        return mil_fail(error, (struct mil_place){0}, "the program has no function of that index");
    const struct mil_function *f = &program->functions[function];
    struct run run = {.function = f,
        .cells = calloc((size_t)f->n_values + 1, sizeof *run.cells),
        .last_use = malloc(((size_t)f->n_values + 1) * sizeof *run.last_use),
        .error = error,
        .memo = memo};
    int status = -1;
    if (memo)
        run.origins = calloc((size_t)f->n_values + 1, sizeof *run.origins);
    if (!run.cells || !run.last_use || (memo && !run.origins)) {
        mil_fail(error, f->place, "out of memory");
        goto done;
    }
    if (memo)
        eval_origins(f, weights, inputs, run.origins);
    if (find_last_uses(&run) != 0)
        goto done;
    for (int i = 0; i < f->n_inputs; i++) {
        if (run.last_use[i] < 0)
            continue;
        if (value_allocate(&run, i) != 0)
            goto done;
        widen(run.cells[i], f->values[i].type.dtype, inputs[i],
            mil_type_elements(&f->values[i].type));
    }
    for (int i = 0; i < f->n_ops; i++)
        if (run_op(&run, i, weights) != 0)
            goto done;
    for (int i = 0; i < f->n_outputs; i++) {
        const struct mil_type *type = &f->values[f->outputs[i]].type;
        if (load_constant(&run, f->outputs[i], weights) != 0)
            goto done;
        narrow(outputs[i], type->dtype, run.cells[f->outputs[i]], mil_type_elements(type));
    }
    status = 0;
done:
    for (int i = 0; run.cells && i < f->n_values; i++)
        free(run.cells[i]);
    for (int i = 0; i < SPARES; i++)
        free(run.spares[i].cells);
    free(run.cells);
    free(run.last_use);
    free(run.origins);
    return status;
}

int mil_eval(const struct mil_program *program, int function, const struct mil_weights *weights,
    const void *const *inputs, void *const *outputs, struct mil_error *error) {
    return mil_eval_with_memo(program, function, weights, NULL, inputs, outputs, error);
}
