/* SPDX-License-Identifier: MIT */
#include "mil/eval/eval.h"

#include "mil/eval/eval_memo.h"
#include "mil/op/op_fault.h"
#include "mil/op/op_list.h"
#include "mil/type.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
    int64_t *rooms;              /* by value: of lists; NULL: there are none */
};

/* The room that the value takes. */
static size_t value_bytes(const struct evaluation *run, int value) {
    return (size_t)op_cells(run->function->values[value].type, run->rooms ? run->rooms[value] : 0) *
           sizeof(union mil_cell);
}

/* Copies a value; of a list, the part that it uses. */
static void value_copy(
    const struct evaluation *run, int value, union mil_cell *to, const union mil_cell *from) {
    const struct mil_type *type = run->function->values[value].type;
    if (type->kind == MIL_LIST)
        eval_list_copy(to, from, type);
    else
        memcpy(to, from, value_bytes(run, value));
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
    bool used = op_writes_state(op);
    for (int i = 0; i < op->n_results; i++)
        used = used || run->last_use[op->result + i] >= 0;
    return used;
}

static bool is_recalled(const struct evaluation *run, const struct mil_op *op) {
    return op->n_results == 1 && run->cells[op->result];
}

/* What blocks read is read by their operator, the op number `index`. */
static void blocks_mark(struct evaluation *run, const struct mil_op *op, int index) {
    for (int b = 0; b < op->n_blocks; b++) {
        const struct mil_block *block = &op->blocks[b];
        for (int i = 0; i < block->n_outputs; i++)
            if (run->last_use[block->outputs[i]] < 0)
                run->last_use[block->outputs[i]] = index;
        for (int i = 0; i < block->n_ops; i++) {
            const struct mil_op *inner = &block->ops[i];
            for (int a = 0; a < inner->n_args; a++)
                for (int j = 0; j < inner->args[a].n_values; j++)
                    if (run->last_use[inner->args[a].values[j]] < 0)
                        run->last_use[inner->args[a].values[j]] = index;
            blocks_mark(run, inner, index);
        }
    }
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
        if (f->values[i].type->kind == MIL_STATE)
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
        blocks_mark(run, op, i);
    }
    return 0;
}

static int blocks_run(
    struct evaluation *run, const struct mil_op *op, const struct mil_weights *weights);

static int compute(
    struct evaluation *run, const struct mil_op *op, const struct mil_weights *weights) {
    struct op_ref ref = {run->function, op};
    for (int i = 0; i < op->n_results; i++) {
        const struct mil_value *value = &run->function->values[op->result + i];
        if (!mil_dtype_is_computed(value->type->dtype))
            return mil_fail(run->error, op->place,
                "strings and uint64 can only be settings of operators; %.40s is %s", value->name,
                mil_dtype_name(value->type->dtype));
        if (op_size_check(ref, i, run->error) != 0 || value_allocate(run, op->result + i) != 0)
            return -1;
    }
    if (op->n_blocks > 0)
        return blocks_run(run, op, weights);
    struct eval_step step = {ref, run->cells, op->n_results > 0 ? run->cells[op->result] : NULL,
        weights, run->error, run->rooms};
    return eval_op(&step);
}

/* Constants are read on first use: programs tend to declare them all at the start. */
static int load_constant(struct evaluation *run, int value, const struct mil_weights *weights) {
    const struct mil_function *f = run->function;
    if (run->cells[value] || !mil_value_literal(f, value) || f->values[value].op < 0)
        return 0;
    return compute(run, &f->ops[f->values[value].op], weights);
}

/* Computes the op, and before it the constants among its arguments. */
static int op_run(
    struct evaluation *run, const struct mil_op *op, const struct mil_weights *weights) {
    for (int a = 0; a < op->n_args; a++) {
        if (!op_arg_is_data(op, &op->args[a]) ||
            eval_streams((struct op_ref){run->function, op}, &op->args[a]))
            continue;
        for (int j = 0; j < op->args[a].n_values; j++)
            if (load_constant(run, op->args[a].values[j], weights) != 0)
                return -1;
    }
    return compute(run, op, weights);
}

/* Runs a block. All its values stay until block_end. */
static int block_run(
    struct evaluation *run, const struct mil_block *block, const struct mil_weights *weights) {
    for (int i = 0; i < block->n_ops; i++)
        if (op_run(run, &block->ops[i], weights) != 0)
            return -1;
    for (int i = 0; i < block->n_outputs; i++)
        if (load_constant(run, block->outputs[i], weights) != 0)
            return -1;
    return 0;
}

static void block_end(struct evaluation *run, const struct mil_block *block) {
    for (int i = 0; i < block->n_ops; i++)
        for (int r = 0; r < block->ops[i].n_results; r++)
            value_release(run, block->ops[i].result + r);
}

/* The block's inputs are the operator's results, which hold the variables of a loop; `results` = -1
 * takes them away again. */
static void block_inputs(struct evaluation *run, const struct mil_block *block, int results) {
    for (int i = 0; i < block->n_inputs; i++)
        run->cells[block->first_input + i] = results < 0 ? NULL : run->cells[results + i];
}

static int cond_run(
    struct evaluation *run, const struct mil_op *op, const struct mil_weights *weights) {
    int pred = op_operand((struct op_ref){run->function, op}, "pred");
    const struct mil_block *block = &op->blocks[run->cells[pred]->i ? 0 : 1];
    int status = block_run(run, block, weights);
    for (int r = 0; status == 0 && r < op->n_results; r++)
        value_copy(run, op->result + r, run->cells[op->result + r], run->cells[block->outputs[r]]);
    block_end(run, block);
    return status;
}

/* One iteration's new variables replace the old ones when all are there: they may be each other's
 * old values. */
static int variables_take(
    struct evaluation *run, const struct mil_op *op, const struct mil_block *body) {
    union mil_cell *made[MIL_RESULTS_MAX] = {NULL};
    int status = 0;
    for (int r = 0; status == 0 && r < op->n_results; r++) {
        made[r] = malloc(value_bytes(run, op->result + r) + 1);
        if (made[r])
            value_copy(run, op->result + r, made[r], run->cells[body->outputs[r]]);
        else
            status = mil_fail(run->error, op->place, "out of memory");
    }
    for (int r = 0; r < op->n_results; r++) {
        if (status == 0)
            value_copy(run, op->result + r, run->cells[op->result + r], made[r]);
        free(made[r]);
    }
    return status;
}

static int while_run(
    struct evaluation *run, const struct mil_op *op, const struct mil_weights *weights) {
    const struct mil_arg *vars = mil_op_arg(op, "loop_vars");
    const struct mil_block *test = &op->blocks[0], *body = &op->blocks[1];
    int status = 0;
    for (int r = 0; r < op->n_results; r++)
        value_copy(run, op->result + r, run->cells[op->result + r], run->cells[vars->values[r]]);
    for (int64_t i = 0; status == 0; i++) {
        if (i > OP_ITERATIONS_MAX)
            return op_fault_fail(
                run->error, op->place, OP_FAULT_ENDLESS, mil_op_name(op), i, OP_ITERATIONS_MAX);
        block_inputs(run, test, op->result);
        status = block_run(run, test, weights);
        bool goes_on = status == 0 && run->cells[test->outputs[0]]->i;
        block_end(run, test);
        block_inputs(run, test, -1);
        if (!goes_on)
            break;
        block_inputs(run, body, op->result);
        status = block_run(run, body, weights);
        if (status == 0)
            status = variables_take(run, op, body);
        block_end(run, body);
        block_inputs(run, body, -1);
    }
    return status;
}

static int blocks_run(
    struct evaluation *run, const struct mil_op *op, const struct mil_weights *weights) {
    return op->code == MIL_OP_COND ? cond_run(run, op, weights) : while_run(run, op, weights);
}

static int run_op(struct evaluation *run, int index, const struct mil_weights *weights) {
    const struct mil_op *op = &run->function->ops[index];
    if (op->code == MIL_OP_CONST || !is_used(run, op) || is_recalled(run, op))
        return 0;
    if (op_run(run, op, weights) != 0)
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

/* Makes run->rooms where there are lists. */
static int rooms_find(struct evaluation *run) {
    const struct mil_function *f = run->function;
    bool has_lists = false;
    for (int i = 0; i < f->n_values; i++)
        has_lists = has_lists || f->values[i].type->kind == MIL_LIST;
    if (!has_lists)
        return 0;
    run->rooms = malloc((size_t)f->n_values * sizeof *run->rooms);
    if (!run->rooms)
        return mil_fail(run->error, f->place, "out of memory");
    op_list_rooms(f, run->rooms);
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
    if (mil_function_runs(f, error) != 0 || rooms_find(&run) != 0)
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
        eval_widen(run.cells[i], f->values[i].type->dtype, inputs[i],
            mil_type_elements(f->values[i].type));
    }
    for (int i = 0; i < f->n_ops; i++)
        if (run_op(&run, i, weights) != 0)
            goto done;
    for (int i = 0; i < f->n_outputs; i++) {
        const struct mil_type *type = f->values[f->outputs[i]].type;
        if (load_constant(&run, f->outputs[i], weights) != 0)
            goto done;
        eval_narrow(outputs[i], type->dtype, run.cells[f->outputs[i]], mil_type_elements(type));
    }
    for (int i = 0; i < f->n_inputs; i++)
        if (f->values[i].type->kind == MIL_STATE)
            eval_narrow((void *)inputs[i], f->values[i].type->dtype, run.cells[i],
                mil_type_elements(f->values[i].type));
    status = 0;
done:
    for (int i = 0; run.cells && i < f->n_values; i++)
        free(run.cells[i]);
    for (int i = 0; i < SPARES; i++)
        free(run.spares[i].cells);
    free(run.cells);
    free(run.last_use);
    free(run.origins);
    free(run.rooms);
    return status;
}

int mil_eval(const struct mil_program *program, int function, const struct mil_weights *weights,
    const void *const *inputs, void *const *outputs, struct mil_error *error) {
    return mil_eval_with_memo(program, function, weights, NULL, inputs, outputs, error);
}
