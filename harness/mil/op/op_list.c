/* SPDX-License-Identifier: MIT */
#include "mil/op/op_list.h"

#include <inttypes.h>
#include <string.h>

int op_list_length(
    struct op_ref ref, const struct mil_type *list, int64_t *length, struct mil_error *error) {
    const struct mil_literal *literal = op_literal(ref, "init_length");
    const bool is_known = literal && literal->data;
    const int64_t each = mil_type_elements(list);
    *length = is_known                            ? (int64_t)literal_number(literal, 0)
              : mil_op_arg(ref.op, "init_length") ? 0
                                                  : 1;
    if (*length >= 0 && *length <= OP_ELEMENTS_MAX / (each > 0 ? each : 1))
        return 0;
    return op_fail(ref, error, "init_length",
        "a list of %" PRId64 " elements, which is below 0 or has more than 2^30 numbers", *length);
}

/* A list of fixed length is as long as it is said to be; others can hold what fits. */
static int64_t made_room(struct op_ref ref) {
    const struct mil_literal *length = op_literal(ref, "init_length");
    const bool is_known = length || !mil_op_arg(ref.op, "init_length");
    const int64_t n = op_int(ref, "init_length", 1);
    const int64_t each = mil_type_elements(op_result_type(ref));
    const int64_t fits =
        each < OP_LIST_NUMBERS_MAX ? OP_LIST_NUMBERS_MAX / (each > 0 ? each : 1) : 1;
    if (is_known && !op_bool(ref, "dynamic_length", true))
        return n;
    return fits > n ? fits : n;
}

static bool raise_to(int64_t *room, int64_t least) {
    const bool changes = *room < least;
    if (changes)
        *room = least;
    return changes;
}

/* cond and while_loop: results, and a loop's variables, hold what any way through the blocks leaves in them. */
static bool blocks_pass(const struct mil_op *op, int64_t *rooms) {
    const struct mil_arg *vars = op->code == MIL_OP_WHILE_LOOP ? mil_op_arg(op, "loop_vars") : NULL;
    const struct mil_block *last = &op->blocks[op->n_blocks - 1];
    bool changed = false;
    for (int r = 0; r < op->n_results; r++) {
        int64_t *room = &rooms[op->result + r];
        changed |= vars && raise_to(room, rooms[vars->values[r]]);
        changed |= !vars && raise_to(room, rooms[op->blocks[0].outputs[r]]);
        changed |= raise_to(room, rooms[last->outputs[r]]);
        for (int b = 0; vars && b < op->n_blocks; b++)
            changed |= raise_to(&rooms[op->blocks[b].first_input + r], *room);
    }
    return changed;
}

/* Whether anything changed. */
static bool ops_pass(
    const struct mil_function *f, const struct mil_op *ops, int n_ops, int64_t *rooms) {
    bool changed = false;
    for (int i = 0; i < n_ops; i++) {
        const struct op_ref ref = {f, &ops[i]};
        for (int b = 0; b < ops[i].n_blocks; b++)
            changed |= ops_pass(f, ops[i].blocks[b].ops, ops[i].blocks[b].n_ops, rooms);
        if (ops[i].n_blocks > 0)
            changed |= blocks_pass(&ops[i], rooms);
        else if (ops[i].code == MIL_OP_MAKE_LIST)
            changed |= raise_to(&rooms[ops[i].result], made_room(ref));
        else if (ops[i].code == MIL_OP_LIST_WRITE || ops[i].code == MIL_OP_LIST_SCATTER)
            changed |= raise_to(&rooms[ops[i].result], rooms[op_operand(ref, "ls")]);
    }
    return changed;
}

void op_list_rooms(const struct mil_function *function, int64_t *rooms) {
    memset(rooms, 0, (size_t)function->n_values * sizeof *rooms);
    while (ops_pass(function, function->ops, function->n_ops, rooms))
        ;
}
