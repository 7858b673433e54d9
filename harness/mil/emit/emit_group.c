/* SPDX-License-Identifier: MIT
 *
 * Products of fp16 matrices by one vector, such as queries, keys and values of a token, become one call.
 */
#include "mil/emit/emit_lowering.h"

#include <stdlib.h>
#include <string.h>

bool emit_is_half(const struct emit_lowering *lowering, int value) {
    return lowering->values[lowering->values[value].root].is_half;
}

/* The vector of such a product; -1: another step. */
static int vector_of(const struct emit_lowering *lowering, const struct emit_step *step) {
    if ((step->kind != EMIT_PRODUCT && step->kind != EMIT_CONV) || step->result < 0 ||
        lowering->values[step->result].root != step->result)
        return -1;
    const struct emit_product p = emit_product_of(lowering, step);
    for (int i = 0; i < p.shape.batch_rank; i++)
        if (p.shape.batch_dim[i] > 1)
            return -1;
    return emit_is_half(lowering, p.x) ? p.y : emit_is_half(lowering, p.y) ? p.x : -1;
}

/* What is computed again and again, or not at all, and what writes to memory that is there, stays where it is. */
static bool is_fixed(const struct emit_step *step) {
    return step->kind == EMIT_CONTROL || step->kind == EMIT_ASSIGN || step->kind == EMIT_LIST;
}

int emit_half_group(const struct emit_lowering *lowering, int step) {
    const int vector = vector_of(lowering, &lowering->steps[step]);
    int n = 1;
    while (vector >= 0 && step + n < lowering->n_steps &&
           vector_of(lowering, &lowering->steps[step + n]) == vector)
        n++;
    return n;
}

/* Step `from` to `to`, before it; the places of the others, by their old numbers, follow in `moved`. */
static void step_move(struct emit_lowering *lowering, int *vectors, int *order, int from, int to) {
    const struct emit_step step = lowering->steps[from];
    const int vector = vectors[from], old = order[from];
    const size_t n = (size_t)(from - to);
    memmove(&lowering->steps[to + 1], &lowering->steps[to], n * sizeof step);
    memmove(&vectors[to + 1], &vectors[to], n * sizeof vector);
    memmove(&order[to + 1], &order[to], n * sizeof old);
    lowering->steps[to] = step;
    vectors[to] = vector;
    order[to] = old;
}

int emit_lowering_group(struct emit_lowering *lowering) {
    const int n = lowering->n_steps;
    int *numbers = malloc(3 * ((size_t)n + 1) * sizeof *numbers);
    int *vectors = numbers, *order = numbers + n, *place = numbers + 2 * n;
    if (!numbers)
        return mil_fail(lowering->error, lowering->function->place, "out of memory");
    for (int i = 0; i < n; i++) {
        vectors[i] = vector_of(lowering, &lowering->steps[i]);
        order[i] = i;
    }
    for (int i = 0; i < n; i++) {
        int end = i + 1;
        for (int k = end; vectors[i] >= 0 && k < n && !is_fixed(&lowering->steps[k]); k++)
            if (vectors[k] == vectors[i])
                step_move(lowering, vectors, order, k, end++);
    }
    for (int i = 0; i < n; i++)
        place[order[i]] = i;
    for (int v = 0; v < lowering->n_values; v++) {
        struct emit_value *value = &lowering->values[v];
        value->step = value->step >= 0 ? place[value->step] : value->step;
        value->last_step = value->last_step >= 0 ? place[value->last_step] : value->last_step;
    }
    emit_lowering_reads(lowering);
    free(numbers);
    return 0;
}
