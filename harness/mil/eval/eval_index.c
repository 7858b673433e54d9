/* SPDX-License-Identifier: MIT
 *
 * Operators that look up, sort or generate elements.
 */
#include "mil/eval/eval_ops.h"
#include "mil/op/op_fault.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void eval_unravel(const struct mil_type *type, int64_t i, int64_t index[MIL_RANK_MAX]) {
    for (int axis = type->rank - 1; axis >= 0; axis--) {
        index[axis] = i % type->dim[axis];
        i /= type->dim[axis];
    }
}

int64_t eval_ravel(const struct mil_type *type, const int64_t index[MIL_RANK_MAX]) {
    int64_t i = 0;
    for (int axis = 0; axis < type->rank; axis++)
        i = i * type->dim[axis] + index[axis];
    return i;
}

/* An index of an axis, counted from the end if negative; -1 and *error when out of range. */
static int64_t index_held(const struct eval_step *step, int64_t index, int64_t size) {
    int64_t from_front = index < 0 ? index + size : index;
    if (from_front >= 0 && from_front < size)
        return from_front;
    return op_fault_fail(
        step->error, step->ref.op->place, OP_FAULT_AXIS, mil_op_name(step->ref.op), index, size);
}

/* For each element of an array of type `looked` (gather's result, scatter's updates), the element
 * of `data` it refers to. */
typedef int64_t find_element(const struct eval_step *step, const struct mil_type *data,
    const struct mil_type *looked, int64_t i);

static int64_t gather_find(const struct eval_step *step, const struct mil_type *data,
    const struct mil_type *looked, int64_t i) {
    const struct mil_type *indices = op_type(step->ref, "indices");
    int64_t out[MIL_RANK_MAX], in[MIL_RANK_MAX], at[MIL_RANK_MAX];
    int axis = op_axis(step->ref, "axis", 0, data->rank),
        batch = (int)op_int(step->ref, "batch_dims", 0);
    int run = indices->rank - batch;
    eval_unravel(looked, i, out);
    for (int a = 0; a < batch; a++)
        at[a] = out[a];
    for (int a = 0; a < run; a++)
        at[batch + a] = out[axis + a];
    for (int a = 0; a < axis; a++)
        in[a] = out[a];
    for (int a = axis + 1; a < data->rank; a++)
        in[a] = out[a - 1 + run];
    in[axis] =
        index_held(step, eval_operand(step, "indices")[eval_ravel(indices, at)].i, data->dim[axis]);
    return in[axis] < 0 ? -1 : eval_ravel(data, in);
}

static int64_t along_axis_find(const struct eval_step *step, const struct mil_type *data,
    const struct mil_type *looked, int64_t i) {
    int64_t index[MIL_RANK_MAX];
    int axis = op_axis(step->ref, "axis", 0, data->rank);
    eval_unravel(looked, i, index);
    index[axis] = index_held(step, eval_operand(step, "indices")[i].i, data->dim[axis]);
    return index[axis] < 0 ? -1 : eval_ravel(data, index);
}

static int64_t nd_find(const struct eval_step *step, const struct mil_type *data,
    const struct mil_type *looked, int64_t i) {
    const struct mil_type *indices = op_type(step->ref, "indices");
    const union mil_cell *list = eval_operand(step, "indices");
    int64_t out[MIL_RANK_MAX], in[MIL_RANK_MAX], row = 0, k = indices->dim[indices->rank - 1];
    int batch = (int)op_int(step->ref, "batch_dims", 0);
    eval_unravel(looked, i, out);
    for (int a = 0; a < indices->rank - 1; a++)
        row = row * indices->dim[a] + out[a];
    for (int a = 0; a < data->rank; a++) {
        in[a] = a < batch       ? out[a]
                : a < batch + k ? index_held(step, list[row * k + a - batch].i, data->dim[a])
                                : out[indices->rank - 1 + a - batch - k];
        if (in[a] < 0)
            return -1;
    }
    return eval_ravel(data, in);
}

static int gather(const struct eval_step *step, find_element *find) {
    const struct mil_type *type = op_result_type(step->ref), *x_type = op_type(step->ref, "x");
    const union mil_cell *x = eval_operand(step, "x");
    for (int64_t i = 0; i < mil_type_elements(type); i++) {
        int64_t from = find(step, x_type, type, i);
        if (from < 0)
            return -1;
        step->out[i] = x[from];
    }
    return 0;
}

static double combine(const char *mode, double old, double update) {
    if (strcmp(mode, "add") == 0)
        return old + update;
    if (strcmp(mode, "sub") == 0)
        return old - update;
    if (strcmp(mode, "mul") == 0)
        return old * update;
    if (strcmp(mode, "div") == 0)
        return update == 0 && old == trunc(old) ? 0 : old / update;
    if (strcmp(mode, "max") == 0)
        return old > update ? old : update;
    if (strcmp(mode, "min") == 0)
        return old < update ? old : update;
    return update;
}

static int scatter(const struct eval_step *step, find_element *find) {
    const struct mil_type *type = op_result_type(step->ref);
    const struct mil_type *updates_type = op_type(step->ref, "updates");
    const union mil_cell *updates = eval_operand(step, "updates");
    const char *mode = op_string(step->ref, "mode", "add");
    memcpy(
        step->out, eval_operand(step, "data"), (size_t)mil_type_elements(type) * sizeof *step->out);
    for (int64_t i = 0; i < mil_type_elements(updates_type); i++) {
        int64_t to = find(step, type, updates_type, i);
        if (to < 0)
            return -1;
        eval_set(&step->out[to], type->dtype,
            combine(
                mode, eval_get(&step->out[to], type->dtype), eval_get(&updates[i], type->dtype)));
    }
    return 0;
}

int eval_gather(const struct eval_step *step) {
    return gather(step, gather_find);
}

int eval_gather_along_axis(const struct eval_step *step) {
    return gather(step, along_axis_find);
}

int eval_gather_nd(const struct eval_step *step) {
    return gather(step, nd_find);
}

int eval_scatter(const struct eval_step *step) {
    return scatter(step, gather_find);
}

int eval_scatter_along_axis(const struct eval_step *step) {
    return scatter(step, along_axis_find);
}

int eval_scatter_nd(const struct eval_step *step) {
    return scatter(step, nd_find);
}

/* One element of an axis being sorted. */
struct sorted {
    double value;
    int32_t index;
};

static int ascending(const void *left, const void *right) {
    const struct sorted *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int descending(const void *left, const void *right) {
    const struct sorted *a = left, *b = right;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* topk and argsort; equal elements stay in order. */
int eval_sort(const struct eval_step *step) {
    const struct mil_type *x_type = op_type(step->ref, "x"), *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    bool is_topk = step->ref.op->code == MIL_OP_TOPK;
    int axis = op_axis(step->ref, "axis", -1, x_type->rank);
    int64_t n = x_type->dim[axis], k = type->dim[axis], inner = 1;
    union mil_cell *indices = !is_topk                      ? step->out
                              : step->ref.op->n_results > 1 ? step->cells[step->ref.op->result + 1]
                                                            : NULL;
    struct sorted *row = malloc((size_t)n * sizeof *row);
    if (!row)
        return mil_fail(step->error, step->ref.op->place, "out of memory");
    for (int i = axis + 1; i < x_type->rank; i++)
        inner *= x_type->dim[i];
    for (int64_t r = 0; r < mil_type_elements(x_type) / n; r++) {
        int64_t outer = r / inner, column = r % inner;
        for (int64_t i = 0; i < n; i++)
            row[i] = (struct sorted){
                eval_get(&x[(outer * n + i) * inner + column], x_type->dtype), (int32_t)i};
        qsort(row, (size_t)n, sizeof *row,
            op_bool(step->ref, "ascending", false) ? ascending : descending);
        for (int64_t i = 0; i < k; i++) {
            int64_t to = (outer * k + i) * inner + column;
            if (is_topk)
                eval_set(&step->out[to], type->dtype, row[i].value);
            if (indices)
                indices[to].i = row[i].index;
        }
    }
    free(row);
    return 0;
}

int eval_reduce_arg(const struct eval_step *step) {
    const struct mil_type *type = op_type(step->ref, "x");
    const union mil_cell *x = eval_operand(step, "x");
    bool greatest = step->ref.op->code == MIL_OP_REDUCE_ARGMAX;
    int axis = op_axis(step->ref, "axis", -1, type->rank);
    int64_t n = type->dim[axis], inner = 1;
    for (int i = axis + 1; i < type->rank; i++)
        inner *= type->dim[i];
    for (int64_t r = 0; r < mil_type_elements(type) / n; r++) {
        int64_t best = 0;
        double value = 0;
        for (int64_t i = 0; i < n; i++) {
            double here = eval_get(&x[(r / inner * n + i) * inner + r % inner], type->dtype);
            if (i == 0 || (greatest ? here > value : here < value)) {
                best = i;
                value = here;
            }
        }
        step->out[r].i = (int32_t)best;
    }
    return 0;
}

int eval_one_hot(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *indices = eval_operand(step, "indices");
    int axis = op_axis(step->ref, "axis", -1, type->rank);
    double on = op_number(step->ref, "on_value", 1), off = op_number(step->ref, "off_value", 0);
    int64_t inner = 1, size = type->dim[axis];
    for (int i = axis + 1; i < type->rank; i++)
        inner *= type->dim[i];
    for (int64_t i = 0; i < mil_type_elements(type); i++) {
        int64_t here = i / inner % size, index = indices[i / inner / size * inner + i % inner].i;
        eval_set(&step->out[i], type->dtype, here == index ? on : off);
    }
    return 0;
}

int eval_cumsum(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    const union mil_cell *x = eval_operand(step, "x");
    int axis = op_axis(step->ref, "axis", 0, type->rank);
    bool exclusive = op_bool(step->ref, "exclusive", false),
         back = op_bool(step->ref, "reverse", false);
    int64_t n = type->dim[axis], inner = 1;
    for (int i = axis + 1; i < type->rank; i++)
        inner *= type->dim[i];
    for (int64_t r = 0; r < mil_type_elements(type) / n; r++) {
        float sum = 0;
        int32_t whole = 0;
        for (int64_t i = 0; i < n; i++) {
            int64_t at = (r / inner * n + (back ? n - 1 - i : i)) * inner + r % inner;
            float before = sum;
            int32_t whole_before = whole;
            if (dtype_is_float(type->dtype)) {
                sum += x[at].f;
                step->out[at].f = eval_round(type->dtype, exclusive ? before : sum);
            } else {
                whole = (int32_t)((uint32_t)whole + (uint32_t)x[at].i);
                step->out[at].i = exclusive ? whole_before : whole;
            }
        }
    }
    return 0;
}

int eval_fill(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    double value = op_number(step->ref, "value", 0);
    for (int64_t i = 0; i < mil_type_elements(type); i++)
        eval_set(&step->out[i], type->dtype, value);
    return 0;
}

int eval_range(const struct eval_step *step) {
    const struct mil_type *type = op_result_type(step->ref);
    double start = op_number(step->ref, "start", 0), by = op_number(step->ref, "step", 1);
    for (int64_t i = 0; i < mil_type_elements(type); i++)
        eval_set(&step->out[i], type->dtype, start + (double)i * by);
    return 0;
}

int eval_shape(const struct eval_step *step) {
    const struct mil_type *x = op_type(step->ref, "x");
    for (int i = 0; i < x->rank; i++)
        step->out[i].i = (int32_t)x->dim[i];
    return 0;
}

/* A state is a value that operators write to. */
int eval_state(const struct eval_step *step) {
    enum mil_opcode code = step->ref.op->code;
    bool reads = code == MIL_OP_READ_STATE;
    int state = op_state(step->ref);
    size_t bytes =
        (size_t)mil_type_elements(step->ref.function->values[state].type) * sizeof *step->out;
    if (!reads)
        memcpy(step->cells[state],
            eval_operand(step, code == MIL_OP_WRITE_STATE ? "data" : "value"), bytes);
    if (step->out)
        memcpy(step->out, step->cells[state], bytes);
    return 0;
}
