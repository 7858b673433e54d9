/* SPDX-License-Identifier: MIT
 *
 * A function's inputs and outputs: four axes, sizes that surfaces are known to have, and an order. What
 * changes is the interface of the program; what it computes does not.
 */
#include "mil/fix/fixer.h"

#include <stdlib.h>
#include <string.h>

/* What the rules of check/rules_io.c want; surfaces that grow to more than this many times their size
 * and this many bytes are left. */
enum { LEAST_CHANNELS = 64, LEAST_WIDTH = 64, WIDTH_STEP = 32, LEAST_BYTES = 49152 };
enum { GROWTH_MOST = 16, GROWTH_BYTES = 1 << 20 };

static const struct mil_value *slot_value(const struct fixer *x, bool is_input, int before) {
    const struct mil_function *f = x->function;
    return &f->values[is_input ? before : f->outputs[before]];
}

/* The slots of the function: its inputs, then its outputs. */
static struct mil_fixed_slot *slots_of(const struct fixer *x) {
    return x->out->slots[x->function - x->from->functions];
}

static bool is_surface(const struct mil_type *type) {
    return type->rank == 4 && type->dim[0] == 1;
}

/* The same elements as [1,C,H,W]; the last axis stays, and the one before it in more than three. There
 * is one at least. */
static struct mil_type four_axes(const struct mil_type *type) {
    struct mil_type four = {.dtype = type->dtype, .rank = 4, .dim = {1, 1, 1, 1}};
    const int r = type->rank;
    four.dim[3] = type->dim[r - 1];
    four.dim[2] = r > 3 ? type->dim[r - 2] : 1;
    four.dim[1] = mil_type_elements(type) / (four.dim[2] * four.dim[3]);
    return four;
}

static int64_t whole(int64_t n, int64_t step) {
    return (n + step - 1) / step * step;
}

static bool is_small(const struct mil_type *t) {
    int64_t positions = t->dim[2] * t->dim[3];
    return t->dim[1] < 16 || positions % 16 != 0 || t->dim[3] < 32 || mil_type_bytes(t) < 16384;
}

static struct mil_type padded(const struct mil_type *type) {
    struct mil_type t = *type;
    t.dim[3] = t.dim[3] < LEAST_WIDTH ? LEAST_WIDTH : whole(t.dim[3], WIDTH_STEP);
    int64_t row = t.dim[2] * t.dim[3] * (int64_t)mil_dtype_bytes(t.dtype);
    int64_t least = (LEAST_BYTES + row - 1) / row;
    least = least < LEAST_CHANNELS ? LEAST_CHANNELS : least;
    t.dim[1] = t.dim[1] < least ? least : t.dim[1];
    return t;
}

static bool is_too_large(const struct mil_type *before, const struct mil_type *after) {
    return mil_type_bytes(after) > GROWTH_BYTES &&
           mil_type_bytes(after) / GROWTH_MOST > mil_type_bytes(before);
}

/* All slots of one size when there are several on a side; each as large as it must be. */
static void slots_pad(struct mil_fixed_slot *slots, int n_inputs, int n_outputs) {
    const int n = n_inputs + n_outputs;
    const bool is_one = n_inputs < 2 && n_outputs < 2;
    struct mil_type *types = malloc(((size_t)n + 1) * sizeof *types);
    bool needs = false, fits = types != NULL;
    int64_t most[MIL_RANK_MAX] = {1, 1, 1, 1};
    for (int i = 0; i < n && fits; i++) {
        fits = is_surface(&slots[i].type) && slots[i].type.dtype == slots[0].type.dtype;
        needs = needs || is_small(&slots[i].type) ||
                (!is_one && mil_type_bytes(&slots[i].type) != mil_type_bytes(&slots[0].type));
    }
    for (int i = 0; i < n && fits; i++) {
        types[i] = is_one && !is_small(&slots[i].type) ? slots[i].type : padded(&slots[i].type);
        for (int axis = 1; axis < 4; axis++)
            most[axis] = types[i].dim[axis] > most[axis] ? types[i].dim[axis] : most[axis];
    }
    for (int i = 0; i < n && fits; i++) {
        for (int axis = 1; axis < 4 && !is_one; axis++)
            types[i].dim[axis] = most[axis];
        fits = !is_too_large(&slots[i].type, &types[i]);
    }
    for (int i = 0; i < n && fits && needs; i++)
        slots[i].type = types[i];
    free(types);
}

/* Whether slot a comes before b: by size, inputs from the smallest and outputs from the largest, then
 * by name. */
static bool comes_first(const struct fixer *x, bool is_input, const struct mil_fixed_slot *a,
    const struct mil_fixed_slot *b) {
    const size_t left = mil_type_bytes(&a->type), right = mil_type_bytes(&b->type);
    if (x->wanted[FIX_PAD] && left != right)
        return is_input ? left < right : left > right;
    return x->wanted[FIX_ORDER] && strcmp(slot_value(x, is_input, a->before)->name,
                                       slot_value(x, is_input, b->before)->name) < 0;
}

static void slots_order(struct fixer *x, bool is_input, struct mil_fixed_slot *slots, int n) {
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && comes_first(x, is_input, &slots[k], &slots[k - 1]); k--) {
            const struct mil_fixed_slot kept = slots[k];
            slots[k] = slots[k - 1];
            slots[k - 1] = kept;
            x->out->counts[FIX_ORDER]++;
        }
}

static int slots_plan(struct fixer *x) {
    const struct mil_function *f = x->function;
    const int n = f->n_inputs + f->n_outputs;
    struct mil_fixed_slot *slots = calloc((size_t)n + 1, sizeof *slots);
    bool is_fixed = true; /* sizes are known, and nothing is a state */
    if (!slots)
        return mil_draft_no_memory(&x->draft);
    x->out->slots[f - x->from->functions] = slots;
    for (int i = 0; i < n; i++) {
        const bool is_input = i < f->n_inputs;
        slots[i].before = is_input ? i : i - f->n_inputs;
        slots[i].type = *slot_value(x, is_input, slots[i].before)->type;
        is_fixed = is_fixed && slots[i].type.kind == MIL_TENSOR &&
                   mil_type_is_sized(&slots[i].type) && mil_type_elements(&slots[i].type) > 0;
    }
    for (int i = 0; i < n && is_fixed && x->wanted[FIX_FOUR_AXES]; i++)
        if (!is_surface(&slots[i].type) && slots[i].type.rank > 0) {
            slots[i].type = four_axes(&slots[i].type);
            x->out->counts[FIX_FOUR_AXES]++;
        }
    for (int i = 0; i < n; i++)
        memcpy(slots[i].block, slots[i].type.dim, sizeof slots[i].block);
    if (is_fixed && x->wanted[FIX_PAD])
        slots_pad(slots, f->n_inputs, f->n_outputs);
    for (int i = 0; i < n; i++)
        x->out->counts[FIX_PAD] +=
            memcmp(slots[i].block, slots[i].type.dim, sizeof slots[i].block) != 0;
    if (is_fixed) {
        slots_order(x, true, slots, f->n_inputs);
        slots_order(x, false, slots + f->n_inputs, f->n_outputs);
    }
    return 0;
}

/* The first elements along every axis. */
static int cut(struct fixer *x, int value, const int64_t size[4]) {
    static const int32_t zero[4];
    int32_t sizes[4];
    for (int i = 0; i < 4; i++)
        sizes[i] = (int32_t)size[i];
    int begin = fix_const_ints(x, zero, 4), end = fix_const_ints(x, sizes, 4);
    const struct mil_arg args[] = {{.name = "x", .values = &value, .n_values = 1},
        {.name = "begin", .values = &begin, .n_values = 1},
        {.name = "size", .values = &end, .n_values = 1}};
    return fix_op(x, MIL_OP_SLICE_BY_SIZE, NULL, args, 3);
}

static bool is_padded(const struct mil_fixed_slot *slot) {
    return memcmp(slot->block, slot->type.dim, sizeof slot->block) != 0;
}

static struct mil_type block_type(const struct mil_fixed_slot *slot) {
    struct mil_type type = slot->type;
    memcpy(type.dim, slot->block, sizeof type.dim);
    return type;
}

/* Outputs that change are computed under another name, and what they become has theirs. */
static int outputs_rename(struct fixer *x) {
    const struct mil_fixed_slot *slots = slots_of(x) + x->function->n_inputs;
    for (int i = 0; i < x->function->n_outputs; i++) {
        const int value = x->function->outputs[slots[i].before];
        if (mil_type_equal(&slots[i].type, x->function->values[value].type) ||
            value < x->function->n_inputs || x->ids_new[value])
            continue;
        x->ids_new[value] = fix_name(x);
        if (!x->ids_new[value])
            return -1;
    }
    return 0;
}

const char *fix_output_id(const struct fixer *x, int before, const struct mil_type *type) {
    const struct mil_fixed_slot *slots = slots_of(x) + x->function->n_inputs;
    for (int i = 0; i < x->function->n_outputs && x->ids_new[before]; i++)
        if (x->function->outputs[slots[i].before] == before)
            return mil_type_equal(&slots[i].type, type) ? x->function->values[before].name : NULL;
    return NULL;
}

int fix_inputs(struct fixer *x) {
    const struct mil_function *f = x->function;
    if (slots_plan(x) < 0 || outputs_rename(x) < 0)
        return -1;
    const struct mil_fixed_slot *slots = slots_of(x);
    for (int i = 0; i < f->n_inputs; i++) {
        const char *name = f->values[slots[i].before].name;
        int value = mil_draft_input(&x->draft, (struct mil_span){name, strlen(name)},
            &slots[i].type, (struct mil_place){0});
        if (value < 0)
            return -1;
        x->map[slots[i].before] = value;
    }
    for (int i = 0; i < f->n_inputs; i++) {
        const struct mil_type *before = f->values[slots[i].before].type;
        const struct mil_type block = block_type(&slots[i]);
        int *value = &x->map[slots[i].before];
        if (is_padded(&slots[i]))
            *value = cut(x, *value, slots[i].block);
        if (*value < 0)
            return -1;
        if (!mil_type_equal(&block, before)) { /* in its own shape when it is used so */
            x->shaped[slots[i].before] = *value;
            *value = -1;
        }
    }
    return 0;
}

/* The elements again, after themselves, up to the size: what follows the first has no meaning. */
static int grow(
    struct fixer *x, const char *id, int value, struct mil_type *type, int axis, int64_t to) {
    struct mil_type more = *type;
    int values[2] = {value, value};
    if (to < 2 * type->dim[axis]) {
        more.dim[axis] = to - type->dim[axis];
        values[1] = cut(x, value, more.dim);
    }
    int along = fix_const_int(x, axis), in_turn = fix_const_bool(x, false);
    const struct mil_arg args[] = {{.name = "axis", .values = &along, .n_values = 1},
        {.name = "interleave", .values = &in_turn, .n_values = 1},
        {.name = "values", .values = values, .n_values = 2, .is_tuple = true}};
    type->dim[axis] += more.dim[axis];
    return fix_op(x, MIL_OP_CONCAT, id, args, 3);
}

static int output_write(struct fixer *x, const struct mil_fixed_slot *slot) {
    const int before = x->function->outputs[slot->before];
    const char *id = x->ids_new[before] ? x->function->values[before].name : NULL;
    struct mil_type type = block_type(slot);
    int value = x->map[before] < 0 ? x->shaped[before] : x->map[before];
    if (value < 0)
        return -1;
    if (id && strcmp(x->draft.values[value].name, id) == 0)
        return value;          /* it was made so */
    x->ids_new[before] = NULL; /* the name is taken from now on */
    if (!mil_type_equal(&type, x->draft.values[value].type))
        value = fix_reshape(x, is_padded(slot) ? NULL : id, value, &type);
    while (value >= 0 && !mil_type_equal(&type, &slot->type)) {
        int axis = 3;
        while (type.dim[axis] == slot->type.dim[axis])
            axis--;
        struct mil_type next = type;
        next.dim[axis] =
            2 * type.dim[axis] < slot->type.dim[axis] ? 2 * type.dim[axis] : slot->type.dim[axis];
        bool is_last = mil_type_equal(&next, &slot->type);
        value = grow(x, is_last ? id : NULL, value, &type, axis, next.dim[axis]);
    }
    return value;
}

int fix_outputs(struct fixer *x) {
    const struct mil_function *f = x->function;
    const struct mil_fixed_slot *slots = slots_of(x) + f->n_inputs;
    x->outputs =
        mil_arena_copy(&x->draft.arena, f->outputs, (size_t)f->n_outputs, sizeof *x->outputs);
    if (!x->outputs)
        return mil_draft_no_memory(&x->draft);
    for (int i = 0; i < f->n_outputs; i++)
        if ((x->outputs[i] = output_write(x, &slots[i])) < 0)
            return -1;
    return 0;
}

/* Copies rows of the block: from dense to the slot, or back. */
static void block_copy(const struct mil_fixed_slot *slot, const struct mil_type *type,
    const char *from, char *to, bool is_put) {
    const size_t item = mil_dtype_bytes(type->dtype);
    const int rank = slot->type.rank;
    const size_t row = (rank > 0 ? (size_t)slot->block[rank - 1] : 1) * item;
    const size_t n_rows = row > 0 ? mil_type_bytes(type) / row : 0;
    for (size_t i = 0; i < n_rows; i++) {
        size_t rest = i, stride = rank > 0 ? (size_t)slot->type.dim[rank - 1] * item : 0, at = 0;
        for (int axis = rank - 2; axis >= 0; axis--) {
            at += rest % (size_t)slot->block[axis] * stride;
            rest /= (size_t)slot->block[axis];
            stride *= (size_t)slot->type.dim[axis];
        }
        memcpy(to + (is_put ? at : i * row), from + (is_put ? i * row : at), row);
    }
}

void mil_fixed_put(
    const struct mil_fixed_slot *slot, const struct mil_type *type, const void *from, void *to) {
    block_copy(slot, type, from, to, true);
}

void mil_fixed_take(
    const struct mil_fixed_slot *slot, const struct mil_type *type, const void *from, void *to) {
    block_copy(slot, type, from, to, false);
}
