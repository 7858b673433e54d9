/* SPDX-License-Identifier: MIT
 *
 * Operators that only move elements, as strided copies; and the axes of reductions.
 */
#include "mil/op/op_args.h"

bool op_is_alias(enum mil_opcode code) {
    return code == MIL_OP_RESHAPE || code == MIL_OP_IDENTITY || code == MIL_OP_EXPAND_DIMS ||
           code == MIL_OP_SQUEEZE || code == MIL_OP_FLATTEN2D;
}

static void dense_strides(const struct mil_type *type, int64_t stride[MIL_RANK_MAX]) {
    int64_t step = 1;
    for (int i = type->rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= type->dim[i];
    }
}

static void add_axis(struct op_copy *copy, int64_t dim, int64_t from_stride, int64_t to_stride) {
    if (dim == 1)
        return;
    if (copy->rank > 0) {
        int last = copy->rank - 1;
        if (copy->from_stride[last] == from_stride * dim &&
            copy->to_stride[last] == to_stride * dim) {
            copy->dim[last] *= dim;
            copy->from_stride[last] = from_stride;
            copy->to_stride[last] = to_stride;
            return;
        }
    }
    copy->dim[copy->rank] = dim;
    copy->from_stride[copy->rank] = from_stride;
    copy->to_stride[copy->rank] = to_stride;
    copy->rank++;
}

static void axes_add(struct op_copy *copy, const struct mil_type *shape, const int64_t *from_stride,
    const int64_t *to_stride) {
    for (int i = 0; i < shape->rank; i++)
        add_axis(copy, shape->dim[i], from_stride[i], to_stride[i]);
}

static void slice_copy(struct op_ref ref, struct op_copy *copy) {
    const struct mil_type *x = op_type(ref, "x");
    int64_t stride[MIL_RANK_MAX], to_stride = mil_type_elements(op_result_type(ref));
    struct op_slice slice;
    dense_strides(x, stride);
    if (ref.op->code == MIL_OP_SLICE_BY_INDEX) {
        op_slice_resolve(ref, &slice, NULL); /* succeeded when the program was parsed */
    } else {
        const int32_t *begin = op_ints(ref, "begin", NULL);
        for (int i = 0; i < x->rank; i++) {
            slice.begin[i] = begin[i];
            slice.size[i] = op_result_type(ref)->dim[i];
            slice.step[i] = 1;
        }
    }
    for (int i = 0; i < x->rank; i++) {
        to_stride /= slice.size[i];
        copy->from_offset += slice.begin[i] * stride[i];
        add_axis(copy, slice.size[i], stride[i] * slice.step[i], to_stride);
    }
}

static void concat_copy(struct op_ref ref, int part, struct op_copy *copy) {
    const struct mil_arg *values = mil_op_arg(ref.op, "values");
    const struct mil_type *x = ref.function->values[values->values[part]].type;
    int64_t axis = op_int(ref, "axis", 0), before = 0, from[MIL_RANK_MAX], to[MIL_RANK_MAX];
    if (x->rank == 0) {
        copy->to_offset = part;
        return;
    }
    if (axis < 0)
        axis += x->rank;
    for (int i = 0; i < part; i++)
        before += ref.function->values[values->values[i]].type->dim[axis];
    dense_strides(x, from);
    dense_strides(op_result_type(ref), to);
    if (op_bool(ref, "interleave", false)) { /* one of each operand in turn */
        copy->to_offset = part * to[axis];
        to[axis] *= values->n_values;
    } else {
        copy->to_offset = before * to[axis];
    }
    axes_add(copy, x, from, to);
}

static void split_copy(struct op_ref ref, int part, struct op_copy *copy) {
    const struct mil_type *x = op_type(ref, "x"), *y;
    int axis = op_axis(ref, "axis", 0, x->rank);
    int64_t from[MIL_RANK_MAX], to[MIL_RANK_MAX];
    dense_strides(x, from);
    for (int i = 0; i < part; i++)
        copy->from_offset += ref.function->values[ref.op->result + i].type->dim[axis] * from[axis];
    y = ref.function->values[ref.op->result + part].type;
    dense_strides(y, to);
    axes_add(copy, y, from, to);
}

static void stack_copy(struct op_ref ref, int part, struct op_copy *copy) {
    const struct mil_arg *values = mil_op_arg(ref.op, "values");
    const struct mil_type *x = ref.function->values[values->values[part]].type;
    int axis = op_axis(ref, "axis", 0, x->rank + 1);
    int64_t from[MIL_RANK_MAX], to[MIL_RANK_MAX];
    dense_strides(x, from);
    dense_strides(op_result_type(ref), to);
    copy->to_offset = part * to[axis];
    for (int i = 0; i < x->rank; i++)
        add_axis(copy, x->dim[i], from[i], to[i < axis ? i : i + 1]);
}

/* The whole of x, or the update to its place. */
static void update_copy(struct op_ref ref, int part, struct op_copy *copy) {
    const struct mil_type *x = op_type(ref, "x"), *update = op_type(ref, "update");
    int64_t stride[MIL_RANK_MAX], from_stride = mil_type_elements(update);
    struct op_slice slice;
    dense_strides(x, stride);
    if (part == 0) {
        axes_add(copy, x, stride, stride);
        return;
    }
    op_slice_resolve(ref, &slice, NULL); /* succeeded when the program was parsed */
    for (int i = 0; i < x->rank; i++) {
        from_stride /= slice.size[i];
        copy->to_offset += slice.begin[i] * stride[i];
        add_axis(copy, slice.size[i], from_stride, stride[i] * slice.step[i]);
    }
}

struct op_copy op_copy(struct op_ref ref, int part) {
    struct op_copy copy = {0};
    const struct mil_type *x = op_type(ref, "x"), *y = op_result_type(ref);
    int64_t from[MIL_RANK_MAX], to[MIL_RANK_MAX];
    const int32_t *list;
    switch (ref.op->code) {
    case MIL_OP_TRANSPOSE:
        list = op_ints(ref, "perm", NULL);
        dense_strides(x, from);
        dense_strides(y, to);
        for (int i = 0; i < y->rank; i++) {
            int64_t axis = list[i] < 0 ? list[i] + x->rank : list[i];
            add_axis(&copy, y->dim[i], from[axis], to[i]);
        }
        break;
    case MIL_OP_TILE:
        list = op_ints(ref, "reps", NULL);
        dense_strides(x, from);
        dense_strides(y, to);
        for (int i = 0; i < x->rank; i++) {
            add_axis(&copy, list[i], 0, to[i] * x->dim[i]);
            add_axis(&copy, x->dim[i], from[i], to[i]);
        }
        break;
    case MIL_OP_CONCAT:
        concat_copy(ref, part, &copy);
        break;
    case MIL_OP_SPLIT:
        split_copy(ref, part, &copy);
        break;
    case MIL_OP_STACK:
        stack_copy(ref, part, &copy);
        break;
    case MIL_OP_SLICE_UPDATE:
        update_copy(ref, part, &copy);
        break;
    default:
        slice_copy(ref, &copy);
        break;
    }
    if (copy.rank == 0) {
        copy.rank = 1;
        copy.dim[0] = copy.from_stride[0] = copy.to_stride[0] = 1;
    }
    return copy;
}

struct op_split op_split(struct op_ref ref) {
    const struct mil_type *x = op_type(ref, "x");
    struct op_split split = {.kept = 1, .reduced = 1};
    int64_t stride[MIL_RANK_MAX];
    bool reduced[MIL_RANK_MAX];
    struct mil_error none; /* it succeeded when the program was parsed */
    op_axes_mark(ref, x->rank, reduced, &none);
    dense_strides(x, stride);
    for (int i = 0; i < x->rank; i++) {
        if (reduced[i]) {
            split.reduced_dim[split.n_reduced] = x->dim[i];
            split.reduced_stride[split.n_reduced++] = stride[i];
            split.reduced *= x->dim[i];
        } else {
            split.kept_dim[split.n_kept] = x->dim[i];
            split.kept_stride[split.n_kept++] = stride[i];
            split.kept *= x->dim[i];
        }
    }
    return split;
}

struct op_softmax op_softmax(struct op_ref ref) {
    const struct mil_type *x = op_type(ref, "x");
    struct op_softmax shape = {.outer = 1, .n = 1, .inner = 1};
    int axis = op_axis(ref, "axis", -1, x->rank);
    for (int i = 0; i < x->rank; i++)
        *(i < axis ? &shape.outer : i == axis ? &shape.n : &shape.inner) *= x->dim[i];
    return shape;
}
