/* SPDX-License-Identifier: MIT
 *
 * Whether a rewritten program gives the bits of the one before.
 */
#include "measure/random.h"
#include "mil/eval/eval.h"
#include "mil/fix/fix.h"
#include "mil/fp16.h"
#include "mil/type.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One function before and after, with its elements. */
struct pair {
    const struct mil_weights *weights;
    const struct mil_fixed *fixed;
    uint64_t seed;
    int number;
    const struct mil_program *from, *to;
    const struct mil_function *before, *after;
    const struct mil_fixed_slot *slots;
    void **in, **out, **in_fixed, **out_fixed;
};

/* Floats between -2 and 2, integers 0 and 1, which are indices of every axis. */
static void elements_fill(const struct mil_type *type, uint64_t *seed, void *elements) {
    const size_t n = (size_t)mil_type_elements(type), bytes = mil_dtype_bytes(type->dtype);
    for (size_t i = 0; i < n; i++) {
        const float value = (float)(4 * random_unit(seed) - 2);
        const uint64_t whole = random_next(seed) & 1;
        if (type->dtype == MIL_FP16)
            ((uint16_t *)elements)[i] = fp16_from_float(value);
        else if (type->dtype == MIL_FP32)
            ((float *)elements)[i] = value;
        else
            memcpy((char *)elements + i * bytes, &whole, bytes); /* little endian */
    }
}

static void **elements_make(const struct mil_function *f, bool of_inputs) {
    const int n = of_inputs ? f->n_inputs : f->n_outputs;
    void **all = calloc((size_t)n + 1, sizeof *all);
    for (int i = 0; all && i < n; i++) {
        all[i] = calloc(1, mil_type_bytes(f->values[of_inputs ? i : f->outputs[i]].type) + 1);
        if (!all[i]) {
            while (i-- > 0)
                free(all[i]);
            free(all);
            return NULL;
        }
    }
    return all;
}

static void elements_free(void **all, int n) {
    for (int i = 0; all && i < n; i++)
        free(all[i]);
    free(all);
}

/* The first element that differs; -1: none. NaNs are equal. */
static int64_t first_different(const struct mil_type *type, const void *a, const void *b) {
    const size_t bytes = mil_dtype_bytes(type->dtype);
    for (int64_t i = 0; i < mil_type_elements(type); i++) {
        const char *left = (const char *)a + (size_t)i * bytes,
                   *right = (const char *)b + (size_t)i * bytes;
        if (memcmp(left, right, bytes) == 0)
            continue;
        uint16_t half[2];
        float whole[2] = {0, 0};
        if (type->dtype == MIL_FP32) {
            memcpy(&whole[0], left, 4);
            memcpy(&whole[1], right, 4);
        } else if (type->dtype == MIL_FP16) {
            memcpy(&half[0], left, 2);
            memcpy(&half[1], right, 2);
            whole[0] = fp16_to_float(half[0]);
            whole[1] = fp16_to_float(half[1]);
        }
        if (!isnan(whole[0]) || !isnan(whole[1]))
            return i;
    }
    return -1;
}

/* What differs of one output, or of an input that is a state. */
static int slot_compare(struct pair *p, bool is_input, int at, struct mil_error *error) {
    const struct mil_fixed_slot *slot = &p->slots[is_input ? at : p->before->n_inputs + at];
    const struct mil_value *value =
        &p->before->values[is_input ? slot->before : p->before->outputs[slot->before]];
    void *taken = malloc(mil_type_bytes(value->type) + 1);
    if (!taken)
        return mil_fail(error, (struct mil_place){0}, "out of memory");
    mil_fixed_take(slot, value->type, is_input ? p->in_fixed[at] : p->out_fixed[at], taken);
    const int64_t i =
        first_different(value->type, is_input ? p->in[slot->before] : p->out[slot->before], taken);
    free(taken);
    return i < 0 ? 0
                 : mil_fail(error, (struct mil_place){0},
                       "the rewriting changes '%.60s' of '%.60s' at element %" PRId64
                       ", so it is not made; leave a rule out with --device-limits",
                       value->name, p->before->name, i);
}

static int cannot_check(const struct mil_function *f, const char *why, struct mil_error *error) {
    mil_fail(error, (struct mil_place){0},
        "'%.60s' cannot be evaluated, so that its rewriting cannot be checked and is not made: %s",
        f->name, why);
    return 1;
}

static int pair_compare(struct pair *p, struct mil_error *error) {
    const struct mil_function *f = p->before;
    struct mil_error why;
    uint64_t seed = p->seed;
    for (int i = 0; i < f->n_inputs; i++) {
        const struct mil_type *type = f->values[p->slots[i].before].type;
        elements_fill(p->after->values[i].type, &seed, p->in_fixed[i]); /* what is ignored, too */
        elements_fill(type, &seed, p->in[p->slots[i].before]);
        mil_fixed_put(&p->slots[i], type, p->in[p->slots[i].before], p->in_fixed[i]);
    }
    if (mil_eval(p->from, p->number, p->weights, (const void *const *)p->in, p->out, &why) < 0)
        return cannot_check(f, why.text, error);
    if (mil_eval(p->to, p->number, &p->fixed->weights, (const void *const *)p->in_fixed,
            p->out_fixed, &why) < 0)
        return mil_fail(error, (struct mil_place){0}, "'%.60s', rewritten, cannot be evaluated: %s",
            f->name, why.text);
    for (int i = 0; i < f->n_inputs; i++)
        if (f->values[p->slots[i].before].type->kind == MIL_STATE &&
            slot_compare(p, true, i, error) < 0)
            return -1;
    for (int i = 0; i < f->n_outputs; i++)
        if (slot_compare(p, false, i, error) < 0)
            return -1;
    return 0;
}

/* The program with this size wherever the function's inputs have an open one; NULL: it does not follow. */
static struct mil_program *sized(const struct mil_program *program, int number, int64_t size) {
    const struct mil_function *f = &program->functions[number];
    struct mil_type *types = calloc((size_t)f->n_inputs + 1, sizeof *types);
    struct mil_program *out = NULL;
    for (int i = 0; types && i < f->n_inputs; i++) {
        types[i] = *f->values[i].type;
        for (int axis = 0; axis < types[i].rank; axis++)
            if (types[i].dim[axis] < 0)
                types[i].dim[axis] = size;
    }
    if (types && mil_program_resize(program, number, types, &out, NULL) == 0 &&
        mil_function_runs(&out->functions[number], NULL) < 0) {
        mil_program_free(out);
        out = NULL;
    }
    free(types);
    return out;
}

/* Whether the function gives the same bits before and after, in programs that can be evaluated. */
static int evaluated_compare(struct pair *p, const struct mil_program *before,
    const struct mil_program *after, struct mil_error *error) {
    p->from = before;
    p->to = after;
    p->before = &before->functions[p->number];
    p->after = &after->functions[p->number];
    p->in = elements_make(p->before, true);
    p->out = elements_make(p->before, false);
    p->in_fixed = elements_make(p->after, true);
    p->out_fixed = elements_make(p->after, false);
    int result = p->in && p->out && p->in_fixed && p->out_fixed
                     ? pair_compare(p, error)
                     : mil_fail(error, (struct mil_place){0}, "out of memory");
    elements_free(p->in, p->before->n_inputs);
    elements_free(p->out, p->before->n_outputs);
    elements_free(p->in_fixed, p->after->n_inputs);
    elements_free(p->out_fixed, p->after->n_outputs);
    return result;
}

/* With a size that fits for the open ones; the slots are then as they were. */
static int sized_compare(struct pair *p, const struct mil_program *before,
    const struct mil_program *after, struct mil_error *error) {
    const struct mil_function *f = &after->functions[p->number];
    const int n = f->n_inputs + f->n_outputs;
    struct mil_fixed_slot *slots = calloc((size_t)n + 1, sizeof *slots);
    if (!slots)
        return mil_fail(error, (struct mil_place){0}, "out of memory");
    for (int i = 0; i < n; i++) {
        slots[i].before = p->slots[i].before;
        slots[i].type = *f->values[i < f->n_inputs ? i : f->outputs[i - f->n_inputs]].type;
        memcpy(slots[i].block, slots[i].type.dim, sizeof slots[i].block);
    }
    p->slots = slots;
    int result = evaluated_compare(p, before, after, error);
    free(slots);
    return result;
}

static int function_compare(
    struct pair p, const struct mil_program *program, struct mil_error *error) {
    static const int64_t sizes[] = {16, 32, 64, 128, 1, 2, 224, 256};
    struct mil_error why;
    const struct mil_function *f = &program->functions[p.number];
    if (mil_function_runs(f, &why) == 0)
        return mil_inputs_check(f, &why) < 0
                   ? cannot_check(f, why.text, error)
                   : evaluated_compare(&p, program, p.fixed->program, error);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct mil_program *before = sized(program, p.number, sizes[i]);
        struct mil_program *after = before ? sized(p.fixed->program, p.number, sizes[i]) : NULL;
        const int result = after ? sized_compare(&p, before, after, error) : 0;
        mil_program_free(before);
        mil_program_free(after);
        if (after)
            return result;
    }
    return cannot_check(f, why.text, error);
}

int mil_fixed_check(const struct mil_program *program, const struct mil_weights *weights,
    const struct mil_fixed *fixed, uint64_t seed, struct mil_error *error) {
    int result = 0;
    for (int i = 0; i < program->n_functions && result == 0; i++)
        result = function_compare((struct pair){.weights = weights,
                                      .fixed = fixed,
                                      .number = i,
                                      .slots = fixed->slots[i],
                                      .seed = seed},
            program, error);
    return result;
}
