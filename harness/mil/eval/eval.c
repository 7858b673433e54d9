/* SPDX-License-Identifier: MIT */
#include "mil/eval/eval.h"

#include "mil/eval/eval_memo.h"
#include "mil/fp16.h"
#include "mil/type.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* From an array in memory to cells. */
static void widen(union mil_cell *out, enum mil_dtype dtype, const void *in, int64_t n) {
    if (dtype == MIL_FP16) {
        fp16_to_floats(&out->f, in, (size_t)n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        switch (dtype) {
        case MIL_INT4:
        case MIL_INT8:
            out[i].i = ((const int8_t *)in)[i]; /* NOLINT(bugprone-signed-char-misuse): a number */
            break;
        case MIL_BOOL:
            out[i].i = ((const uint8_t *)in)[i] != 0;
            break;
        case MIL_UINT1:
        case MIL_UINT2:
        case MIL_UINT3:
        case MIL_UINT4:
        case MIL_UINT6:
        case MIL_UINT8:
            out[i].i = ((const uint8_t *)in)[i];
            break;
        case MIL_INT16:
            out[i].i = ((const int16_t *)in)[i];
            break;
        case MIL_UINT16:
            out[i].i = ((const uint16_t *)in)[i];
            break;
        default:
            memcpy(out, in, (size_t)n * sizeof *out);
            return;
        }
}

/* From cells to an array in memory; the numbers are already rounded. */
static void narrow(void *out, enum mil_dtype dtype, const union mil_cell *in, int64_t n) {
    if (dtype == MIL_FP16) {
        fp16_from_floats(out, &in->f, (size_t)n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        switch (mil_dtype_bytes(dtype)) {
        case 1:
            ((int8_t *)out)[i] = (int8_t)in[i].i;
            break;
        case 2:
            ((int16_t *)out)[i] = (int16_t)in[i].i;
            break;
        default:
            memcpy(out, in, (size_t)n * sizeof *in);
            return;
        }
}

/* Elements of less than 8 bits, packed from the lowest bit up. */
static void unpack(union mil_cell *out, enum mil_dtype dtype, const unsigned char *in, int64_t n) {
    int bits = mil_dtype_bits(dtype);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = i * bits;
        unsigned both = in[at / 8];
        if (at % 8 + bits > 8)
            both |= (unsigned)in[at / 8 + 1] << 8;
        int32_t value = (int32_t)(both >> at % 8 & ((1u << bits) - 1));
        out[i].i = dtype == MIL_INT4 && value > 7 ? value - 16 : value;
    }
}

int eval_literal(union mil_cell *out, const struct mil_literal *literal,
    const struct mil_weights *weights, struct mil_error *error) {
    struct mil_blob blob = {.data = literal->data};
    int64_t n = mil_type_elements(&literal->type);
    if (literal->blob_path && mil_literal_blob(literal, weights, &blob, error) != 0)
        return -1;
    if (literal->blob_path && mil_dtype_bits(literal->type.dtype) < 8)
        unpack(out, literal->type.dtype, blob.data, n);
    else
        widen(out, literal->type.dtype, blob.data, n);
    return 0;
}

const union mil_cell *eval_operand(const struct eval_step *step, const char *arg_name) {
    int value = op_operand(step->ref, arg_name);
    return value < 0 ? NULL : step->cells[value];
}

static int eval_const(const struct eval_step *step) {
    return eval_literal(step->out, &step->ref.op->attrs[0].literal, step->weights, step->error);
}

static eval_operator *const operators[MIL_OP_COUNT] = {
    [MIL_OP_ABS] = eval_unary,
    [MIL_OP_ACOS] = eval_unary,
    [MIL_OP_ADD] = eval_binary,
    [MIL_OP_ARGSORT] = eval_sort,
    [MIL_OP_ASIN] = eval_unary,
    [MIL_OP_ATAN] = eval_unary,
    [MIL_OP_ATANH] = eval_unary,
    [MIL_OP_AVG_POOL] = eval_pool,
    [MIL_OP_BAND_PART] = eval_map,
    [MIL_OP_BATCH_NORM] = eval_channel_norm,
    [MIL_OP_BATCH_TO_SPACE] = eval_map,
    [MIL_OP_CAST] = eval_cast,
    [MIL_OP_CEIL] = eval_unary,
    [MIL_OP_CLAMPED_RELU] = eval_unary,
    [MIL_OP_CLIP] = eval_unary,
    [MIL_OP_CONCAT] = eval_copy,
    [MIL_OP_CONST] = eval_const,
    [MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE] = eval_affine,
    [MIL_OP_CONSTEXPR_BLOCKWISE_SHIFT_SCALE] = eval_blockwise,
    [MIL_OP_CONSTEXPR_CAST] = eval_constexpr_cast,
    [MIL_OP_CONSTEXPR_LUT_TO_DENSE] = eval_lut_to_dense,
    [MIL_OP_CONSTEXPR_LUT_TO_SPARSE] = eval_lut_to_sparse,
    [MIL_OP_CONSTEXPR_SPARSE_BLOCKWISE_SHIFT_SCALE] = eval_sparse_blockwise,
    [MIL_OP_CONSTEXPR_SPARSE_TO_DENSE] = eval_sparse_to_dense,
    [MIL_OP_CONV] = eval_conv,
    [MIL_OP_CONV_TRANSPOSE] = eval_conv_transpose,
    [MIL_OP_COREML_UPDATE_STATE] = eval_state,
    [MIL_OP_COS] = eval_unary,
    [MIL_OP_COSH] = eval_unary,
    [MIL_OP_CROP] = eval_map,
    [MIL_OP_CUMSUM] = eval_cumsum,
    [MIL_OP_DEPTH_TO_SPACE] = eval_map,
    [MIL_OP_DEQUANTIZE] = eval_dequantize,
    [MIL_OP_EINSUM] = eval_einsum,
    [MIL_OP_ELU] = eval_unary,
    [MIL_OP_EQUAL] = eval_compare,
    [MIL_OP_ERF] = eval_unary,
    [MIL_OP_EXP] = eval_unary,
    [MIL_OP_EXP2] = eval_unary,
    [MIL_OP_EXPAND_DIMS] = eval_copy,
    [MIL_OP_FILL] = eval_fill,
    [MIL_OP_FILL_LIKE] = eval_fill,
    [MIL_OP_FLATTEN2D] = eval_copy,
    [MIL_OP_FLOOR] = eval_unary,
    [MIL_OP_FLOOR_DIV] = eval_binary,
    [MIL_OP_GATHER] = eval_gather,
    [MIL_OP_GATHER_ALONG_AXIS] = eval_gather_along_axis,
    [MIL_OP_GATHER_ND] = eval_gather_nd,
    [MIL_OP_GELU] = eval_unary,
    [MIL_OP_GREATER] = eval_compare,
    [MIL_OP_GREATER_EQUAL] = eval_compare,
    [MIL_OP_GRU] = eval_recurrent,
    [MIL_OP_IDENTITY] = eval_copy,
    [MIL_OP_INSTANCE_NORM] = eval_channel_norm,
    [MIL_OP_INVERSE] = eval_unary,
    [MIL_OP_L2_NORM] = eval_l2_norm,
    [MIL_OP_L2_POOL] = eval_pool,
    [MIL_OP_LAYER_NORM] = eval_layer_norm,
    [MIL_OP_LEAKY_RELU] = eval_unary,
    [MIL_OP_LESS] = eval_compare,
    [MIL_OP_LESS_EQUAL] = eval_compare,
    [MIL_OP_LINEAR] = eval_product,
    [MIL_OP_LINEAR_ACTIVATION] = eval_unary,
    [MIL_OP_LOCAL_RESPONSE_NORM] = eval_local_response_norm,
    [MIL_OP_LOG] = eval_unary,
    [MIL_OP_LOGICAL_AND] = eval_compare,
    [MIL_OP_LOGICAL_NOT] = eval_unary,
    [MIL_OP_LOGICAL_OR] = eval_compare,
    [MIL_OP_LOGICAL_XOR] = eval_compare,
    [MIL_OP_LSTM] = eval_recurrent,
    [MIL_OP_MATMUL] = eval_product,
    [MIL_OP_MAX_POOL] = eval_pool,
    [MIL_OP_MAXIMUM] = eval_binary,
    [MIL_OP_MINIMUM] = eval_binary,
    [MIL_OP_MOD] = eval_binary,
    [MIL_OP_MUL] = eval_binary,
    [MIL_OP_NOT_EQUAL] = eval_compare,
    [MIL_OP_ONE_HOT] = eval_one_hot,
    [MIL_OP_PAD] = eval_map,
    [MIL_OP_PIXEL_SHUFFLE] = eval_map,
    [MIL_OP_PIXEL_UNSHUFFLE] = eval_map,
    [MIL_OP_POW] = eval_binary,
    [MIL_OP_PRELU] = eval_unary,
    [MIL_OP_QUANTIZE] = eval_quantize,
    [MIL_OP_RANGE_1D] = eval_range,
    [MIL_OP_READ_STATE] = eval_state,
    [MIL_OP_REAL_DIV] = eval_binary,
    [MIL_OP_REDUCE_ARGMAX] = eval_reduce_arg,
    [MIL_OP_REDUCE_ARGMIN] = eval_reduce_arg,
    [MIL_OP_REDUCE_L1_NORM] = eval_reduce,
    [MIL_OP_REDUCE_L2_NORM] = eval_reduce,
    [MIL_OP_REDUCE_LOG_SUM] = eval_reduce,
    [MIL_OP_REDUCE_LOG_SUM_EXP] = eval_reduce,
    [MIL_OP_REDUCE_MAX] = eval_reduce,
    [MIL_OP_REDUCE_MEAN] = eval_reduce,
    [MIL_OP_REDUCE_MIN] = eval_reduce,
    [MIL_OP_REDUCE_PROD] = eval_reduce,
    [MIL_OP_REDUCE_SUM] = eval_reduce,
    [MIL_OP_REDUCE_SUM_SQUARE] = eval_reduce,
    [MIL_OP_RELU] = eval_unary,
    [MIL_OP_RELU6] = eval_unary,
    [MIL_OP_RESHAPE] = eval_copy,
    [MIL_OP_RESHAPE_LIKE] = eval_reshape_like,
    [MIL_OP_RESIZE] = eval_resize,
    [MIL_OP_RESIZE_BILINEAR] = eval_resize,
    [MIL_OP_RESIZE_NEAREST_NEIGHBOR] = eval_resize,
    [MIL_OP_REVERSE] = eval_map,
    [MIL_OP_REVERSE_SEQUENCE] = eval_map,
    [MIL_OP_RNN] = eval_recurrent,
    [MIL_OP_ROUND] = eval_unary,
    [MIL_OP_RSQRT] = eval_unary,
    [MIL_OP_SCALED_TANH] = eval_unary,
    [MIL_OP_SCATTER] = eval_scatter,
    [MIL_OP_SCATTER_ALONG_AXIS] = eval_scatter_along_axis,
    [MIL_OP_SCATTER_ND] = eval_scatter_nd,
    [MIL_OP_SDPA] = eval_sdpa,
    [MIL_OP_SELECT] = eval_select,
    [MIL_OP_SHAPE] = eval_shape,
    [MIL_OP_SIGMOID] = eval_unary,
    [MIL_OP_SIGMOID_HARD] = eval_unary,
    [MIL_OP_SIGN] = eval_unary,
    [MIL_OP_SILU] = eval_unary,
    [MIL_OP_SIN] = eval_unary,
    [MIL_OP_SINH] = eval_unary,
    [MIL_OP_SLICE_BY_INDEX] = eval_copy,
    [MIL_OP_SLICE_BY_SIZE] = eval_copy,
    [MIL_OP_SLICE_UPDATE] = eval_copy,
    [MIL_OP_SLIDING_WINDOWS] = eval_map,
    [MIL_OP_SOFTMAX] = eval_softmax,
    [MIL_OP_SOFTPLUS] = eval_unary,
    [MIL_OP_SOFTPLUS_PARAMETRIC] = eval_unary,
    [MIL_OP_SOFTSIGN] = eval_unary,
    [MIL_OP_SPACE_TO_BATCH] = eval_map,
    [MIL_OP_SPACE_TO_DEPTH] = eval_map,
    [MIL_OP_SPLIT] = eval_copy,
    [MIL_OP_SQRT] = eval_unary,
    [MIL_OP_SQUARE] = eval_unary,
    [MIL_OP_SQUEEZE] = eval_copy,
    [MIL_OP_STACK] = eval_copy,
    [MIL_OP_SUB] = eval_binary,
    [MIL_OP_TAN] = eval_unary,
    [MIL_OP_TANH] = eval_unary,
    [MIL_OP_THRESHOLD] = eval_unary,
    [MIL_OP_THRESHOLDED_RELU] = eval_unary,
    [MIL_OP_TILE] = eval_copy,
    [MIL_OP_TOPK] = eval_sort,
    [MIL_OP_TRANSPOSE] = eval_copy,
    [MIL_OP_UPSAMPLE_BILINEAR] = eval_resize,
    [MIL_OP_UPSAMPLE_NEAREST_NEIGHBOR] = eval_resize,
    [MIL_OP_WRITE_STATE] = eval_state,
};

bool eval_op_is_known(enum mil_opcode code) {
    return operators[code] != NULL;
}

int eval_op(const struct eval_step *step) {
    eval_operator *f = operators[step->ref.op->code];
    if (f)
        return f(step);
    return mil_fail(
        step->error, step->ref.op->place, "%s is not evaluated here", mil_op_name(step->ref.op));
}

/* Memory of large values that are no longer needed, kept for reuse: chains of operators need the
 * same sizes again and again, and fresh pages often cost more than the computation. */
enum { SPARES = 2, SPARE_BYTES_MIN = 1 << 16 };
struct spare {
    union mil_cell *cells;
    size_t bytes;
};

/* One run: which values are alive, and how much memory they use. */
struct evaluation {
    const struct mil_function *function;
    union mil_cell **cells; /* by value, NULL when not alive */
    int *last_use;          /* by value: op index, n_ops = an output, -1 = never */
    size_t live_bytes;
    struct spare spares[SPARES];
    int next_spare; /* the next one to replace */
    struct mil_error *error;
    struct mil_eval_memo *memo;  /* NULL: no memo */
    struct eval_origin *origins; /* by value; used with the memo */
};

static size_t value_bytes(const struct evaluation *run, int value) {
    return (size_t)mil_type_elements(&run->function->values[value].type) * sizeof(union mil_cell);
}

static int value_allocate(struct evaluation *run, int value) {
    const struct mil_value *v = &run->function->values[value];
    run->live_bytes += value_bytes(run, value);
    if (run->live_bytes > MIL_EVAL_BYTES_MAX)
        return mil_fail(run->error, v->place,
            "at \"%.80s\" the values in use pass %" PRIu64
            " bytes, the evaluator's limit: make the program smaller",
            v->name, MIL_EVAL_BYTES_MAX);
    for (int i = 0; i < SPARES && !run->cells[value]; i++)
        if (run->spares[i].cells && run->spares[i].bytes == value_bytes(run, value)) {
            run->cells[value] = run->spares[i].cells;
            run->spares[i].cells = NULL;
        }
    if (!run->cells[value])
        run->cells[value] = malloc(value_bytes(run, value) + 1); /* never 0 bytes */
    return run->cells[value] ? 0 : mil_fail(run->error, v->place, "out of memory");
}

static void value_release(struct evaluation *run, int value) {
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

/* Takes a value from the memo, if it is there. */
static int value_recall(struct evaluation *run, int value) {
    const union mil_cell *cells =
        eval_memo_find(run->memo, &run->origins[value], value_bytes(run, value));
    if (!cells)
        return 0;
    if (value_allocate(run, value) != 0)
        return -1;
    memcpy(run->cells[value], cells, value_bytes(run, value));
    return 0;
}

/* Whether a result is read later or the op writes a state. */
static bool is_used(const struct evaluation *run, const struct mil_op *op) {
    bool used = op->code == MIL_OP_WRITE_STATE || op->code == MIL_OP_COREML_UPDATE_STATE;
    for (int i = 0; i < op->n_results; i++)
        used = used || run->last_use[op->result + i] >= 0;
    return used;
}

static bool is_recalled(const struct evaluation *run, const struct mil_op *op) {
    return op->n_results == 1 && run->cells[op->result];
}

/* Walks from the end: an op is not needed if only unused or recalled values depend on it. Only
 * arguments with elements count; settings are read from the program. */
static int find_last_uses(struct evaluation *run) {
    const struct mil_function *f = run->function;
    for (int v = 0; v < f->n_values; v++)
        run->last_use[v] = -1;
    for (int i = 0; i < f->n_outputs; i++)
        run->last_use[f->outputs[i]] = f->n_ops;
    for (int i = 0; i < f->n_inputs; i++)
        if (f->values[i].type.kind == MIL_STATE)
            run->last_use[i] = f->n_ops;
    for (int i = f->n_ops - 1; i >= 0; i--) {
        const struct mil_op *op = &f->ops[i];
        if (!is_used(run, op))
            continue;
        if (run->memo && op->n_results == 1 && value_recall(run, op->result) != 0)
            return -1;
        for (int a = 0; !is_recalled(run, op) && a < op->n_args; a++)
            for (int j = 0; j < op->args[a].n_values; j++)
                if (op_arg_is_data(op, &op->args[a]) && run->last_use[op->args[a].values[j]] < 0)
                    run->last_use[op->args[a].values[j]] = i;
    }
    return 0;
}

static int compute(
    struct evaluation *run, const struct mil_op *op, const struct mil_weights *weights) {
    struct op_ref ref = {run->function, op};
    for (int i = 0; i < op->n_results; i++) {
        const struct mil_value *value = &run->function->values[op->result + i];
        if (!mil_dtype_is_computed(value->type.dtype))
            return mil_fail(run->error, op->place,
                "strings and uint64 can only be settings of operators; %.40s is %s", value->name,
                mil_dtype_name(value->type.dtype));
        if (op_size_check(ref, i, run->error) != 0 || value_allocate(run, op->result + i) != 0)
            return -1;
    }
    struct eval_step step = {
        ref, run->cells, op->n_results > 0 ? run->cells[op->result] : NULL, weights, run->error};
    return eval_op(&step);
}

/* Constants are read on first use: programs tend to declare them all at the start. */
static int load_constant(struct evaluation *run, int value, const struct mil_weights *weights) {
    const struct mil_function *f = run->function;
    if (run->cells[value] || !mil_value_literal(f, value))
        return 0;
    return compute(run, &f->ops[f->values[value].op], weights);
}

static int run_op(struct evaluation *run, int index, const struct mil_weights *weights) {
    const struct mil_op *op = &run->function->ops[index];
    if (op->code == MIL_OP_CONST || !is_used(run, op) || is_recalled(run, op))
        return 0;
    for (int a = 0; a < op->n_args; a++)
        for (int j = 0; op_arg_is_data(op, &op->args[a]) && j < op->args[a].n_values; j++)
            if (load_constant(run, op->args[a].values[j], weights) != 0)
                return -1;
    if (compute(run, op, weights) != 0)
        return -1;
    if (run->memo && op->n_results == 1)
        eval_memo_keep(run->memo, &run->origins[op->result], run->cells[op->result],
            value_bytes(run, op->result));
    for (int i = 0; i < op->n_results; i++)
        if (run->last_use[op->result + i] < 0)
            value_release(run, op->result + i);
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
        return mil_fail(
            error, (struct mil_place){0}, "the program has no function with that index");
    const struct mil_function *f = &program->functions[function];
    struct evaluation run = {.function = f,
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
    if (mil_function_runs(f, error) != 0)
        goto done;
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
    for (int i = 0; i < f->n_inputs; i++)
        if (f->values[i].type.kind == MIL_STATE)
            narrow((void *)inputs[i], f->values[i].type.dtype, run.cells[i],
                mil_type_elements(&f->values[i].type));
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
