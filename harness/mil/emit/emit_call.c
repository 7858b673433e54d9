/* SPDX-License-Identifier: MIT
 *
 * Operators that are one call of a function of prelude_calls.c, prelude_cells.c or prelude_window.c;
 * layers over time are in emit_recurrent.c.
 */
#include "mil/emit/emit_write.h"

#include <inttypes.h>
#include <string.h>

/* The call being written. */
struct call {
    struct emit_writer *writer;
    const struct emit_lowering *lowering;
    const struct emit_step *step;
    struct op_ref ref;
    struct code *out;
};

/* [outer, n, inner] around an axis. */
struct span {
    int64_t outer, n, inner;
};

static struct span run_of(const struct mil_type *type, int axis) {
    struct span r = {.outer = 1, .n = type->dim[axis], .inner = 1};
    for (int i = 0; i < type->rank; i++)
        if (i != axis)
            *(i < axis ? &r.outer : &r.inner) *= type->dim[i];
    return r;
}

static int64_t product(const struct mil_type *type, int from, int to) {
    int64_t n = 1;
    for (int i = from; i < to; i++)
        n *= type->dim[i];
    return n;
}

/* ---- arguments of the call */

static void integer(struct call *c, int64_t value) {
    code_add(c->out, ", %" PRId64, value);
}

static void real(struct call *c, double value) {
    code_add(c->out, ", %af", (double)(float)value);
}

void emit_write_argument(struct code *out, const struct emit_lowering *lowering, int value) {
    code_add(out, ", ");
    if (value < 0 || lowering->values[lowering->values[value].root].place == EMIT_NOWHERE)
        code_add(out, "0");
    else
        emit_write_pointer(out, lowering, value);
}

static void pointer(struct call *c, int value) {
    emit_write_argument(c->out, c->lowering, value);
}

static void operand(struct call *c, const char *name) {
    pointer(c, op_operand(c->ref, name));
}

/* The last reads of the step are its tables. */
static void table(struct call *c, int from_end) {
    const struct emit_step *s = c->step;
    pointer(c, c->lowering->reads[s->first_read + s->n_reads - from_end]);
}

static void run(struct call *c, struct span r) {
    integer(c, r.outer);
    integer(c, r.n);
    integer(c, r.inner);
}

static enum mil_dtype result_dtype(const struct call *c) {
    return op_result_type(c->ref)->dtype;
}

static void half(struct call *c) {
    integer(c, result_dtype(c) == MIL_FP16);
}

/* A number as a cell's bits. */
static void bits(struct call *c, double value) {
    union mil_cell cell;
    uint32_t word;
    eval_set(&cell, result_dtype(c), value);
    memcpy(&word, &cell, sizeof word);
    code_add(c->out, ", %" PRIu32 "u", word);
}

static void begin(struct call *c, const char *name, int result) {
    code_add(c->out, "%s(", name);
    if (c->lowering->values[result].place == EMIT_NOWHERE)
        code_add(c->out, "0");
    else
        emit_write_pointer(c->out, c->lowering, result);
}

/* ---- one function a kind of operator; the closing bracket is the caller's */

static void write_pool(struct call *c) {
    enum mil_opcode code = c->ref.op->code;
    begin(c, "pool", c->step->result);
    operand(c, "x");
    emit_write_window(c->out, c->ref);
    integer(c, code == MIL_OP_MAX_POOL ? 0 : code == MIL_OP_AVG_POOL ? 1 : 2);
    integer(c, op_bool(c->ref, "exclude_padding_from_average", false));
    half(c);
}

static void write_channel_norm(struct call *c) {
    static const char *const names[] = {"x", "mean", "variance", "gamma", "beta"};
    const struct mil_type *x = op_type(c->ref, "x");
    begin(c, "channel_norm", c->step->result);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        operand(c, names[i]);
    integer(c, x->dim[0]);
    integer(c, x->dim[1]);
    integer(c, product(x, 2, x->rank));
    real(c, op_number(c->ref, "epsilon", 1e-5));
    half(c);
}

static void write_l2_norm(struct call *c) {
    const struct mil_type *x = op_type(c->ref, "x");
    begin(c, "l2_norm", c->step->result);
    operand(c, "x");
    integer(c, product(x, 0, x->rank - 3));
    integer(c, product(x, x->rank - 3, x->rank));
    real(c, op_number(c->ref, "epsilon", 1e-6));
    half(c);
}

static void write_local_norm(struct call *c) {
    const struct mil_type *x = op_type(c->ref, "x");
    begin(c, "local_norm", c->step->result);
    operand(c, "x");
    integer(c, x->dim[0]);
    integer(c, x->rank > 1 ? x->dim[1] : 1);
    integer(c, product(x, 2, x->rank));
    integer(c, op_int(c->ref, "size", 1));
    real(c, op_number(c->ref, "alpha", 1e-4));
    real(c, op_number(c->ref, "beta", 0.75));
    real(c, op_number(c->ref, "k", 1));
    half(c);
}

static void write_lookup(struct call *c) {
    begin(c, "lookup", c->step->result);
    operand(c, "x");
    table(c, 1);
    integer(c, mil_type_elements(op_result_type(c->ref)));
    bits(c, op_number(c->ref, "constant_val", 0));
}

static void write_resize(struct call *c) {
    const struct mil_type *x = op_type(c->ref, "x"), *y = op_result_type(c->ref);
    begin(c, "resize", c->step->result);
    operand(c, "x");
    integer(c, product(x, 0, x->rank - 2));
    integer(c, x->dim[x->rank - 2]);
    integer(c, x->dim[x->rank - 1]);
    integer(c, y->dim[y->rank - 2]);
    integer(c, y->dim[y->rank - 1]);
    table(c, 2);
    table(c, 1);
    half(c);
}

static int scatter_mode(struct op_ref ref) {
    static const char *const modes[] = {"update", "add", "sub", "mul", "div", "max", "min"};
    const char *mode = op_string(ref, "mode", "add");
    for (int i = 1; i < 7; i++)
        if (strcmp(mode, modes[i]) == 0)
            return i;
    return 0;
}

/* Stops the program where one of the indices is outside: n of them, from the first, `step` apart. */
static void write_outside(struct call *c, int64_t first, int64_t n, int64_t step, int64_t size) {
    code_add(c->out, "if (outside(");
    emit_write_pointer(c->out, c->lowering, op_operand(c->ref, "indices"));
    code_add(c->out, " + %" PRId64, first);
    integer(c, n);
    integer(c, step);
    integer(c, size);
    code_add(c->out, ", \"%s\", fault))\nreturn 1;\n", mil_op_name(c->ref.op));
}

static void write_pick(struct call *c) {
    enum mil_opcode code = c->ref.op->code;
    bool gathers = mil_op_arg(c->ref.op, "x") != NULL;
    int y = c->step->result, large = op_operand(c->ref, gathers ? "x" : "data");
    const struct mil_type *all = c->lowering->function->values[large].type;
    const struct mil_type *indices = op_type(c->ref, "indices");
    const char *name = code == MIL_OP_GATHER || code == MIL_OP_SCATTER         ? "pick"
                       : code == MIL_OP_GATHER_ND || code == MIL_OP_SCATTER_ND ? "pick_nd"
                                                                               : "pick_along";
    int axis = op_axis(c->ref, "axis", 0, all->rank);
    int batch = (int)op_int(c->ref, "batch_dims", 0);
    struct span r = run_of(all, axis < 0 ? 0 : axis);
    const int64_t n_indices = mil_type_elements(indices);
    if (strcmp(name, "pick_nd") == 0) {
        const int64_t k = indices->dim[indices->rank - 1];
        for (int64_t i = 0; i < k; i++)
            write_outside(c, i, n_indices / k, k, all->dim[batch + i]);
    } else {
        write_outside(c, 0, n_indices, 1, r.n);
    }
    if (!gathers) {
        begin(c, "__builtin_memcpy", y);
        operand(c, "data");
        integer(c, mil_type_elements(all) * (int64_t)sizeof(union mil_cell));
        code_add(c->out, ");\n");
    }
    code_add(c->out, "%s((void *)(", name);
    emit_write_pointer(c->out, c->lowering, gathers ? large : y);
    code_add(c->out, "), (void *)(");
    emit_write_pointer(c->out, c->lowering, gathers ? y : op_operand(c->ref, "updates"));
    code_add(c->out, ")");
    operand(c, "indices");
    if (strcmp(name, "pick") == 0) {
        integer(c, product(all, 0, batch));
        integer(c, product(all, batch, axis));
        integer(c, r.n);
        integer(c, product(indices, batch, indices->rank));
        integer(c, r.inner);
    } else if (strcmp(name, "pick_nd") == 0) {
        int k = (int)indices->dim[indices->rank - 1];
        integer(c, product(all, 0, batch));
        integer(c, product(indices, batch, indices->rank - 1));
        integer(c, k);
        code_add(c->out, ", (const long[]){");
        for (int i = 0; i < k; i++)
            code_add(c->out, "%s%" PRId64, i ? ", " : "", all->dim[batch + i]);
        code_add(c->out, "}");
        integer(c, product(all, batch + k, all->rank));
    } else {
        integer(c, r.outer);
        integer(c, r.n);
        integer(c, indices->dim[axis]);
        integer(c, r.inner);
    }
    integer(c, gathers);
    integer(c, gathers ? 0 : scatter_mode(c->ref));
    integer(c, result_dtype(c) == MIL_FP16 ? 2 : result_dtype(c) == MIL_FP32);
}

static struct span axis_run(struct call *c, int absent) {
    const struct mil_type *x = op_type(c->ref, "x");
    return run_of(x, op_axis(c->ref, "axis", absent, x->rank));
}

static void write_arg(struct call *c) {
    begin(c, "reduce_arg", c->step->result);
    operand(c, "x");
    run(c, axis_run(c, -1));
    integer(c, c->ref.op->code == MIL_OP_REDUCE_ARGMAX);
    integer(c, dtype_is_float(op_type(c->ref, "x")->dtype));
}

static void write_sort(struct call *c) {
    const struct mil_type *x = op_type(c->ref, "x");
    bool is_topk = c->ref.op->code == MIL_OP_TOPK;
    int axis = op_axis(c->ref, "axis", -1, x->rank), y = c->step->result;
    code_add(c->out, "sort(");
    if (!is_topk || c->lowering->values[y].place == EMIT_NOWHERE)
        code_add(c->out, "0");
    else
        emit_write_pointer(c->out, c->lowering, y);
    pointer(c, !is_topk ? y : c->ref.op->n_results > 1 ? y + 1 : -1);
    operand(c, "x");
    run(c, run_of(x, axis));
    integer(c, op_result_type(c->ref)->dim[axis]);
    integer(c, op_bool(c->ref, "ascending", false));
    integer(c, dtype_is_float(x->dtype));
    code_add(c->out, ", (int32_t *)");
    emit_write_pointer(c->out, c->lowering, c->step->scratch);
}

static void write_cumsum(struct call *c) {
    bool is_float = dtype_is_float(result_dtype(c));
    begin(c, is_float ? "cumsum" : "cumsum_int", c->step->result);
    operand(c, "x");
    run(c, axis_run(c, 0));
    integer(c, op_bool(c->ref, "exclusive", false));
    integer(c, op_bool(c->ref, "reverse", false));
    if (is_float)
        half(c);
}

static void write_one_hot(struct call *c) {
    const struct mil_type *y = op_result_type(c->ref);
    begin(c, "one_hot", c->step->result);
    operand(c, "indices");
    run(c, run_of(y, op_axis(c->ref, "axis", -1, y->rank)));
    bits(c, op_number(c->ref, "on_value", 1));
    bits(c, op_number(c->ref, "off_value", 0));
}

static void write_reverse_sequence(struct call *c) {
    const struct mil_type *x = op_type(c->ref, "x");
    const int seq = op_axis(c->ref, "seq_axis", 0, x->rank);
    const int batch = op_axis(c->ref, "batch_axis", 0, x->rank);
    const int first = seq < batch ? seq : batch, second = seq < batch ? batch : seq;
    begin(c, "reverse_sequence", c->step->result);
    operand(c, "x");
    operand(c, "lengths");
    integer(c, product(x, 0, first));
    integer(c, x->dim[first]);
    integer(c, product(x, first + 1, second));
    integer(c, x->dim[second]);
    integer(c, product(x, second + 1, x->rank));
    integer(c, seq < batch);
}

/* A row of the result at a time, so that its loops become vectors; each sum runs in the evaluator's order. */
static void write_einsum(struct call *c) {
    const struct op_einsum e = op_einsum(c->ref);
    const struct mil_arg *values = mil_op_arg(c->ref.op, "values");
    const int row = e.n_result - 1;
    const int64_t n = row < 0 ? 1 : e.size[e.order[row] - 'a'];
    const bool is_half = result_dtype(c) == MIL_FP16;
    struct code body = {0};
    code_add(&body, "(float *restrict y");
    for (int v = 0; v < e.n_operands; v++)
        code_add(&body, ", const float *x%d", v);
    code_add(&body, ") {\n");
    for (int a = 0; a < row; a++)
        code_add(&body, "for (long %c = 0; %c < %" PRId64 "; %c++)\n", e.order[a], e.order[a],
            e.size[e.order[a] - 'a'], e.order[a]);
    code_add(&body, "{\nfor (long i = 0; i < %" PRId64 "; i++)\ny[i] = 0;\n", n);
    for (int a = e.n_result; a < e.n_order; a++)
        code_add(&body, "for (long %c = 0; %c < %" PRId64 "; %c++)\n", e.order[a], e.order[a],
            e.size[e.order[a] - 'a'], e.order[a]);
    code_add(&body, "for (long at = 0; at < %" PRId64 "; at++)\ny[at] += ", n);
    for (int v = 0; v < e.n_operands; v++) {
        code_add(&body, "%sx%d[0", v ? " * " : "", v);
        for (int a = 0; a < e.n_order; a++)
            if (a == row)
                code_add(&body, " + at * %" PRId64, e.stride[v][e.order[a] - 'a']);
            else
                code_add(&body, " + %c * %" PRId64, e.order[a], e.stride[v][e.order[a] - 'a']);
        code_add(&body, "]");
    }
    code_add(&body, ";\n");
    if (is_half)
        code_add(&body, "for (long at = 0; at < %" PRId64 "; at++)\ny[at] = round16(y[at]);\n", n);
    code_add(&body, "y += %" PRId64 ";\n}\n}\n", n);
    c->writer->needs |= is_half ? EMIT_NEED_ROUND : 0;
    code_add(c->out, "k%d(", emit_kernel(c->writer, &body));
    emit_write_pointer(c->out, c->lowering, c->step->result);
    for (int v = 0; v < e.n_operands; v++)
        pointer(c, values->values[v]);
}

static void write_recurrent(struct call *c) {
    emit_write_recurrent(c->out, c->lowering, c->step);
}

/* ---- which operator is which call */

static const struct kind {
    enum mil_opcode code;
    void (*write)(struct call *c);
    unsigned needs;
} kinds[] = {
    {MIL_OP_MAX_POOL, write_pool, EMIT_NEED_POOL | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_AVG_POOL, write_pool, EMIT_NEED_POOL | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_L2_POOL, write_pool, EMIT_NEED_POOL | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_BATCH_NORM, write_channel_norm, EMIT_NEED_NORM | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_INSTANCE_NORM, write_channel_norm, EMIT_NEED_NORM | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_L2_NORM, write_l2_norm, EMIT_NEED_NORM | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_LOCAL_RESPONSE_NORM, write_local_norm,
        EMIT_NEED_NORM | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_GATHER, write_pick, EMIT_NEED_PICK | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_GATHER_ALONG_AXIS, write_pick, EMIT_NEED_PICK | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_GATHER_ND, write_pick, EMIT_NEED_PICK | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_SCATTER, write_pick, EMIT_NEED_PICK | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_SCATTER_ALONG_AXIS, write_pick, EMIT_NEED_PICK | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_SCATTER_ND, write_pick, EMIT_NEED_PICK | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_REDUCE_ARGMAX, write_arg, EMIT_NEED_ARG},
    {MIL_OP_REDUCE_ARGMIN, write_arg, EMIT_NEED_ARG},
    {MIL_OP_TOPK, write_sort, EMIT_NEED_SORT},
    {MIL_OP_ARGSORT, write_sort, EMIT_NEED_SORT},
    {MIL_OP_CUMSUM, write_cumsum, EMIT_NEED_CUMSUM | EMIT_NEED_ROUND},
    {MIL_OP_ONE_HOT, write_one_hot, EMIT_NEED_ONE_HOT},
    {MIL_OP_EINSUM, write_einsum, 0},
    {MIL_OP_REVERSE_SEQUENCE, write_reverse_sequence, EMIT_NEED_REVERSED},
    {MIL_OP_RNN, write_recurrent, EMIT_NEED_RECURRENT | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_GRU, write_recurrent, EMIT_NEED_RECURRENT | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_LSTM, write_recurrent, EMIT_NEED_RECURRENT | EMIT_NEED_MATH | EMIT_NEED_ROUND},
    {MIL_OP_RESIZE, write_resize, EMIT_NEED_RESIZE | EMIT_NEED_ROUND},
    {MIL_OP_RESIZE_BILINEAR, write_resize, EMIT_NEED_RESIZE | EMIT_NEED_ROUND},
    {MIL_OP_RESIZE_NEAREST_NEIGHBOR, write_resize, EMIT_NEED_RESIZE | EMIT_NEED_ROUND},
    {MIL_OP_UPSAMPLE_BILINEAR, write_resize, EMIT_NEED_RESIZE | EMIT_NEED_ROUND},
    {MIL_OP_UPSAMPLE_NEAREST_NEIGHBOR, write_resize, EMIT_NEED_RESIZE | EMIT_NEED_ROUND},
};
static const struct kind a_lookup = {MIL_OP_UNKNOWN, write_lookup, EMIT_NEED_LOOKUP};

static const struct kind *kind_find(enum mil_opcode code) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].code == code)
            return &kinds[i];
    return op_is_map(code) ? &a_lookup : NULL;
}

bool emit_call_is_known(enum mil_opcode code) {
    return kind_find(code) != NULL;
}

bool emit_call_fits(struct op_ref ref) {
    const struct kind *kind = kind_find(ref.op->code);
    if (kind->write == write_resize)
        return op_int(ref, "resized_dims", 2) <= 2 && dtype_is_float(op_result_type(ref)->dtype);
    if (kind->write == write_recurrent)
        return emit_recurrent_fits(ref);
    if (kind->write == write_einsum)
        return mil_op_arg(ref.op, "values")->n_values <= MIL_ARGS_MAX;
    return kind->write != write_l2_norm || op_type(ref, "x")->rank >= 3;
}

/* ---- what the call needs besides operands */

static int table_read(struct emit_lowering *lowering, int value) {
    return value < 0 ? -1 : emit_read_add(lowering, &lowering->steps[lowering->n_steps - 1], value);
}

static int map_table(struct emit_lowering *lowering, struct op_ref ref) {
    int at = emit_table_add(lowering, MIL_INT32, mil_type_elements(op_result_type(ref)));
    return table_read(lowering, at) != 0
               ? -1
               : op_map(ref, NULL, &lowering->values[at].table->i, lowering->error);
}

static int resize_tables(struct emit_lowering *lowering, struct op_ref ref) {
    const struct mil_type *x = op_type(ref, "x"), *y = op_result_type(ref);
    struct op_resize r = op_resize(ref);
    int64_t n = y->dim[y->rank - 2] + y->dim[y->rank - 1], k = 0;
    int at = emit_table_add(lowering, MIL_INT32, 2 * n);
    int share = at < 0 ? -1 : emit_table_add(lowering, MIL_FP32, n);
    if (share < 0 || table_read(lowering, at) != 0 || table_read(lowering, share) != 0)
        return -1;
    for (int axis = 0; axis < 2; axis++)
        for (int64_t i = 0; i < y->dim[y->rank - 2 + axis]; i++, k++) {
            double place = op_resize_at(&r, axis, i);
            int32_t first = (int32_t)place;
            bool has_next = first + 1 < x->dim[x->rank - 2 + axis];
            lowering->values[at].table[2 * k].i = first;
            lowering->values[at].table[2 * k + 1].i = first + has_next;
            lowering->values[share].table[k].f = (float)(place - first);
        }
    return 0;
}

int emit_call_rooms(struct emit_lowering *lowering, const struct mil_op *op) {
    struct op_ref ref = {lowering->function, op};
    const struct kind *kind = kind_find(op->code);
    const struct mil_type *x = op_type(ref, "x");
    if (kind->write == write_lookup)
        return map_table(lowering, ref);
    if (kind->write == write_resize)
        return resize_tables(lowering, ref);
    if (kind->write == write_recurrent)
        return emit_recurrent_rooms(lowering, ref);
    if (kind->write == write_sort)
        return emit_scratch_add(lowering, 2 * x->dim[op_axis(ref, "axis", -1, x->rank)]);
    return 0;
}

void emit_write_call(struct emit_writer *writer, const struct emit_lowering *lowering, int step) {
    const struct emit_step *s = &lowering->steps[step];
    const struct kind *kind = kind_find(s->op->code);
    struct call c = {writer, lowering, s, {lowering->function, s->op}, &writer->functions};
    writer->needs |= kind->needs;
    kind->write(&c);
    code_add(c.out, ");\n");
}
