/* SPDX-License-Identifier: MIT */
#include "train/host/adamw.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct train_shape shape = {
    .layers = 2, .dim = 64, .hidden = 160, .heads = 4, .kv_heads = 2, .seq = 16, .vocab = 3000};
static const struct train_adamw options = {3e-3f, 0.9f, 0.95f, 1e-8f, 0.1f};

struct state {
    struct train_parameters weights, gradients, moment1, moment2;
};

static void state_make(struct state *s) {
    cr_assert_eq(train_parameters_create(&shape, &s->weights), 0);
    cr_assert_eq(train_parameters_create(&shape, &s->gradients), 0);
    cr_assert_eq(train_parameters_create(&shape, &s->moment1), 0);
    cr_assert_eq(train_parameters_create(&shape, &s->moment2), 0);
    cr_assert_eq(train_parameters_initialise(&s->weights, TRAIN_INIT_DEVIATION, 1), 0);
}

static void state_free(struct state *s) {
    train_parameters_free(&s->weights);
    train_parameters_free(&s->gradients);
    train_parameters_free(&s->moment1);
    train_parameters_free(&s->moment2);
}

static float gradient_at(uint64_t step, size_t i) {
    return (float)((i * 2654435761u + step * 40503u) % 1000) / 500 - 1;
}

static double update_by(struct state *s, uint64_t step, struct train_pool *pool) {
    return train_adamw_update(
        &options, step, 0.25f, &s->weights, &s->gradients, &s->moment1, &s->moment2, pool);
}

static double update(struct state *s, uint64_t step, struct train_pool *pool) {
    for (size_t i = 0; i < s->gradients.n; i++)
        s->gradients.data[i] = gradient_at(step, i);
    return update_by(s, step, pool);
}

static bool decays(size_t i) {
    for (int layer = 0; layer < shape.layers; layer++) {
        size_t norms = train_tensor_offset(&shape, layer, TRAIN_RMS_ATT);
        if (i >= norms && i < norms + 2 * (size_t)shape.dim)
            return false;
    }
    size_t final = train_tensor_offset(&shape, 0, TRAIN_RMS_FINAL);
    return i < final || i >= final + (size_t)shape.dim;
}

/* The algorithm as published, element by element in double. */
Test(train_adamw, as_published) {
    struct state s;
    state_make(&s);
    float *start = malloc(s.weights.n * sizeof *start);
    memcpy(start, s.weights.data, s.weights.n * sizeof *start);
    for (uint64_t step = 1; step <= 5; step++)
        update(&s, step, NULL);
    for (size_t i = 0; i < s.weights.n; i++) {
        double w = (double)start[i], m = 0, v = 0, rate = (double)options.learning_rate;
        for (uint64_t step = 1; step <= 5; step++) {
            double g = 0.25 * (double)gradient_at(step, i);
            m = 0.9 * m + 0.1 * g;
            v = 0.95 * v + 0.05 * g * g;
            double m_hat = m / (1 - pow(0.9, (double)step));
            double v_hat = v / (1 - pow(0.95, (double)step));
            w -= rate * (m_hat / (sqrt(v_hat) + 1e-8) + (decays(i) ? 0.1 * w : 0));
        }
        cr_assert(fabs((double)s.weights.data[i] - w) < 2e-6, "element %zu is %g, not %g", i,
            (double)s.weights.data[i], w);
        cr_assert_eq(s.gradients.data[i], 0, "gradient %zu is not cleared", i);
    }
    free(start);
    state_free(&s);
}

Test(train_adamw, does_not_depend_on_threads) {
    struct state one, two;
    struct train_pool *pool = train_pool_create(3, NULL, NULL);
    cr_assert(pool);
    state_make(&one);
    state_make(&two);
    for (uint64_t step = 1; step <= 3; step++) {
        const double norm = update(&one, step, NULL);
        cr_assert_eq(update(&two, step, pool), norm);
    }
    cr_assert_eq(
        memcmp(one.weights.data, two.weights.data, one.weights.n * sizeof *one.weights.data), 0);
    state_free(&one);
    state_free(&two);
    train_pool_free(pool);
}

/* Of the gradients as they were, not of what is left of them; of every tensor. */
Test(train_adamw, gradient_norm) {
    struct state s;
    state_make(&s);
    memset(s.gradients.data, 0, s.gradients.n * sizeof *s.gradients.data);
    cr_assert_eq(update_by(&s, 1, NULL), 0);
    s.gradients.data[5] = 3;
    s.gradients.data[s.gradients.n - 1] = -4;
    cr_assert_float_eq(update_by(&s, 2, NULL), 5, 1e-12);
    for (size_t i = 0; i < s.gradients.n; i++)
        s.gradients.data[i] = i % 2 ? -1 : 1;
    cr_assert_float_eq(update_by(&s, 3, NULL), sqrt((double)s.gradients.n), 1e-9);
    state_free(&s);
}
