/* SPDX-License-Identifier: MIT
 *
 * The arena: walks the steps, gives each value the smallest free block that fits and frees the
 * block after the value's last use. A loop may overwrite an operand whose last use it is, if it
 * reads that operand only at the index it writes.
 */
#include "mil/emit/emit_lowering.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Refuse a larger arena now rather than fail when it is allocated. */
#define ARENA_BYTES_MAX ((uint64_t)2 << 30)

struct block {
    uint64_t offset, bytes;
};

/* Free blocks, by offset, no two adjacent; everything after `end` is free. */
struct arena_state {
    struct block *free;
    int n_free;
    uint64_t end;
};

static uint64_t value_bytes(const struct emit_value *value) {
    uint64_t bytes = (uint64_t)op_cells(&value->type, value->room) * sizeof(union mil_cell);
    return (bytes + MIL_ARENA_ALIGN - 1) / MIL_ARENA_ALIGN * MIL_ARENA_ALIGN;
}

static void block_remove(struct arena_state *state, int i) {
    state->n_free--;
    memmove(
        state->free + i, state->free + i + 1, (size_t)(state->n_free - i) * sizeof *state->free);
}

static uint64_t block_take(struct arena_state *state, uint64_t bytes) {
    int best = -1;
    for (int i = 0; i < state->n_free; i++)
        if (state->free[i].bytes >= bytes &&
            (best < 0 || state->free[i].bytes < state->free[best].bytes))
            best = i;
    if (best >= 0) {
        uint64_t offset = state->free[best].offset;
        state->free[best].offset += bytes;
        state->free[best].bytes -= bytes;
        if (state->free[best].bytes == 0)
            block_remove(state, best);
        return offset;
    }
    /* grow, from the last free block if it reaches the end */
    int last = state->n_free - 1;
    uint64_t offset = state->end;
    if (last >= 0 && state->free[last].offset + state->free[last].bytes == state->end) {
        offset = state->free[last].offset;
        block_remove(state, last);
    }
    state->end = offset + bytes;
    return offset;
}

static void block_give(struct arena_state *state, uint64_t offset, uint64_t bytes) {
    int i = 0;
    while (i < state->n_free && state->free[i].offset < offset)
        i++;
    memmove(
        state->free + i + 1, state->free + i, (size_t)(state->n_free - i) * sizeof *state->free);
    state->free[i] = (struct block){offset, bytes};
    state->n_free++;
    if (i + 1 < state->n_free && offset + bytes == state->free[i + 1].offset) {
        state->free[i].bytes += state->free[i + 1].bytes;
        block_remove(state, i + 1);
    }
    if (i > 0 && state->free[i - 1].offset + state->free[i - 1].bytes == offset) {
        state->free[i - 1].bytes += state->free[i].bytes;
        block_remove(state, i);
    }
}

/* The root whose memory expr's result may reuse: an arena operand of the same size whose last use
 * is this loop, and which the loop only reads element by element, in full. -1 = none. */
static int donor(const struct emit_lowering *lowering, int step_index, const struct emit_expr *expr,
    const bool *given) {
    const struct emit_step *step = &lowering->steps[step_index];
    const struct emit_value *result = &lowering->values[expr->result];
    for (int r = 0; r < step->n_reads; r++) {
        int root = lowering->values[lowering->reads[step->first_read + r]].root;
        const struct emit_value *from = &lowering->values[root];
        bool fits = from->place == EMIT_ARENA && !given[root] && from->last_step == step_index &&
                    value_bytes(from) == value_bytes(result) &&
                    dtype_is_float(from->type.dtype) == dtype_is_float(result->type.dtype);
        for (int i = 0; fits && i < step->n_reads; i++) {
            const struct emit_value *read =
                &lowering->values[lowering->reads[step->first_read + i]];
            if (read->root == root)
                fits = read->root_offset == 0 && read->type.rank == result->type.rank &&
                       memcmp(read->type.dim, result->type.dim,
                           (size_t)result->type.rank * sizeof *result->type.dim) == 0;
        }
        if (fits)
            return root;
    }
    return -1;
}

static void place_value(struct emit_lowering *lowering, struct arena_state *state, int value) {
    lowering->values[value].offset = block_take(state, value_bytes(&lowering->values[value]));
}

int emit_lowering_arena(struct emit_lowering *lowering) {
    /* at most one entry per value */
    struct arena_state state = {
        .free = malloc(((size_t)lowering->n_values + 1) * sizeof *state.free)};
    bool *given = calloc((size_t)lowering->n_values + 1, sizeof *given); /* reused blocks */
    int status = -1;
    if (!state.free || !given) {
        mil_fail(lowering->error, lowering->function->place, "out of memory");
        goto done;
    }
    for (int i = 0; i < lowering->n_steps; i++) {
        const struct emit_step *step = &lowering->steps[i];
        for (int e = 0; e < step->n_exprs; e++) {
            const struct emit_expr *expr = &lowering->exprs[step->first_expr + e];
            struct emit_value *result = &lowering->values[expr->result];
            if (result->place != EMIT_ARENA)
                continue;
            int from = donor(lowering, i, expr, given);
            if (from >= 0) {
                given[from] = true;
                result->offset = lowering->values[from].offset;
            } else {
                place_value(lowering, &state, expr->result);
            }
        }
        for (int r = 0; r < emit_step_results(step); r++)
            if (lowering->values[emit_step_result(step) + r].place == EMIT_ARENA)
                place_value(lowering, &state, emit_step_result(step) + r);
        if (step->scratch >= 0)
            place_value(lowering, &state, step->scratch);
        for (int r = 0; r < step->n_reads; r++) {
            int root = lowering->values[lowering->reads[step->first_read + r]].root;
            if (lowering->values[root].place != EMIT_ARENA ||
                lowering->values[root].last_step != i || given[root])
                continue;
            given[root] = true;
            block_give(&state, lowering->values[root].offset, value_bytes(&lowering->values[root]));
        }
        if (step->scratch >= 0)
            block_give(&state, lowering->values[step->scratch].offset,
                value_bytes(&lowering->values[step->scratch]));
    }
    if (state.end > ARENA_BYTES_MAX) {
        mil_fail(lowering->error, lowering->function->place,
            "its values in use take %" PRIu64 " bytes, at most %" PRIu64
            " are possible: make the program smaller",
            state.end, ARENA_BYTES_MAX);
        goto done;
    }
    lowering->arena_bytes = state.end;
    status = 0;
done:
    free(state.free);
    free(given);
    return status;
}
