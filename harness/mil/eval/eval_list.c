/* SPDX-License-Identifier: MIT
 *
 * Lists: op_list.h says how they are held.
 */
#include "mil/eval/eval_ops.h"
#include "mil/op/op_fault.h"
#include "mil/op/op_list.h"

#include <string.h>

static int fault(const struct eval_step *step, enum op_fault kind, int64_t found, int64_t limit) {
    return op_fault_fail(
        step->error, step->ref.op->place, kind, mil_op_name(step->ref.op), found, limit);
}

void eval_list_copy(union mil_cell *to, const union mil_cell *from, const struct mil_type *type) {
    memcpy(to, from, (size_t)op_cells(type, from[OP_LIST_LENGTH].i) * sizeof *to);
}

/* Its elements from its length on are zeros up to `length`, which it then has. */
static void lengthen(union mil_cell *list, const struct mil_type *type, int64_t length) {
    const int64_t before = op_cells(type, list[OP_LIST_LENGTH].i), after = op_cells(type, length);
    memset(list + before, 0, (size_t)(after - before) * sizeof *list);
    list[OP_LIST_LENGTH].i = (int32_t)length;
}

int eval_make_list(const struct eval_step *step) {
    const union mil_cell *given = eval_operand(step, "init_length");
    const int64_t length = given ? given->i : 1, room = step->rooms[step->ref.op->result];
    if (length < 0 || length > room)
        return fault(step, OP_FAULT_ROOM, length, room);
    step->out[OP_LIST_LENGTH].i = 0;
    step->out[OP_LIST_GROWS].i = op_bool(step->ref, "dynamic_length", true);
    lengthen(step->out, op_result_type(step->ref), length);
    return 0;
}

int eval_list_length(const struct eval_step *step) {
    step->out[0].i = eval_operand(step, "ls")[OP_LIST_LENGTH].i;
    return 0;
}

/* list_read and list_gather. */
int eval_list_get(const struct eval_step *step) {
    const bool is_one = step->ref.op->code == MIL_OP_LIST_READ;
    const struct mil_type *type = op_type(step->ref, "ls");
    const union mil_cell *list = eval_operand(step, "ls");
    const union mil_cell *index = eval_operand(step, is_one ? "index" : "indices");
    const int64_t n = is_one ? 1 : op_type(step->ref, "indices")->dim[0];
    const size_t each = (size_t)mil_type_elements(type);
    for (int64_t i = 0; i < n; i++) {
        if (index[i].i < 0 || index[i].i >= list[OP_LIST_LENGTH].i)
            return fault(step, OP_FAULT_LIST, index[i].i, list[OP_LIST_LENGTH].i);
        memcpy(
            step->out + (size_t)i * each, list + op_cells(type, index[i].i), each * sizeof *list);
    }
    return 0;
}

/* list_write and list_scatter: in a list that grows, an index beyond its end makes it longer. */
int eval_list_set(const struct eval_step *step) {
    const bool is_one = step->ref.op->code == MIL_OP_LIST_WRITE;
    const struct mil_type *type = op_type(step->ref, "ls");
    const union mil_cell *index = eval_operand(step, is_one ? "index" : "indices");
    const union mil_cell *value = eval_operand(step, "value");
    const int64_t n = is_one ? 1 : op_type(step->ref, "indices")->dim[0];
    const int64_t room = step->rooms[step->ref.op->result];
    const size_t each = (size_t)mil_type_elements(type);
    union mil_cell *list = step->out;
    eval_list_copy(list, eval_operand(step, "ls"), type);
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = index[i].i, length = list[OP_LIST_LENGTH].i;
        if (at < 0 || (at >= length && !list[OP_LIST_GROWS].i))
            return fault(step, OP_FAULT_LIST, at, length);
        if (at >= room)
            return fault(step, OP_FAULT_ROOM, at + 1, room);
        if (at >= length)
            lengthen(list, type, at + 1);
        memcpy(list + op_cells(type, at), value + (size_t)i * each, each * sizeof *list);
    }
    return 0;
}
