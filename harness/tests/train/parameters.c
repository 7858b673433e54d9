/* SPDX-License-Identifier: MIT */
#include "train/model/parameters.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const struct train_shape shape = {
    .layers = 3, .dim = 24, .hidden = 40, .heads = 4, .kv_heads = 2, .seq = 16, .vocab = 70};

Test(train_parameters, stories110m_has_its_count) {
    struct train_shape s;
    char why[256];
    cr_assert_eq(train_shape_parse("stories110m", &s, why, sizeof why), 0);
    /* 84.95 M in layers and 24.58 M in the embedding (maderix/ANE) */
    cr_assert_eq(train_parameter_count(&s), 109529856);
}

/* Tensors follow each other in the stated order, without gap or overlap. */
Test(train_parameters, order_and_layout) {
    size_t next = 0;
    for (int layer = 0; layer < shape.layers; layer++)
        for (int t = 0; t < TRAIN_LAYER_TENSORS; t++) {
            cr_assert_eq(train_tensor_offset(&shape, layer, (enum train_tensor)t), next);
            next += train_tensor_elements(&shape, (enum train_tensor)t);
        }
    cr_assert_eq(train_tensor_offset(&shape, 2, TRAIN_RMS_FINAL), next);
    cr_assert_eq(train_tensor_offset(&shape, 0, TRAIN_EMBEDDING), next + 24);
    cr_assert_eq(train_parameter_count(&shape), next + 24 + 70 * 24);
    cr_assert_eq(train_tensor_elements(&shape, TRAIN_WK), 12 * 24);
    cr_assert_eq(train_tensor_extent(&shape, TRAIN_W2).columns, 40);
}

static double deviation(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum / (double)n);
}

Test(train_parameters, initial_values) {
    struct train_shape s = shape;
    s.dim = 96, s.hidden = 256;
    struct train_parameters p, again;
    cr_assert_eq(train_parameters_create(&s, &p), 0);
    cr_assert_eq(train_parameters_create(&s, &again), 0);
    cr_assert_eq(train_parameters_initialise(&p, 0.05, 7), 0);
    cr_assert_eq(train_parameters_initialise(&again, 0.05, 7), 0);
    cr_assert_eq(memcmp(p.data, again.data, p.n * sizeof *p.data), 0);
    cr_assert_eq(train_parameters_initialise(&again, 0.05, 8), 0);
    cr_assert_neq(memcmp(p.data, again.data, p.n * sizeof *p.data), 0);

    double w1 = deviation(train_tensor_at(&p, 1, TRAIN_W1), 256 * 96);
    double w2 = deviation(train_tensor_at(&p, 2, TRAIN_W2), 256 * 96);
    cr_assert_float_eq(w1, 0.05, 0.001);
    cr_assert_float_eq(w2, 0.05 / sqrt(6), 0.0006);
    for (int i = 0; i < s.dim; i++) {
        cr_assert_eq(train_tensor_at(&p, 0, TRAIN_RMS_ATT)[i], 1);
        cr_assert_eq(train_tensor_at(&p, 0, TRAIN_RMS_FINAL)[i], 1);
    }
    train_parameters_free(&p);
    train_parameters_free(&again);
}

Test(train_parameters, too_large_for_memory_is_an_error) {
    struct train_shape s = shape;
    struct train_parameters p;
    char why[256];
    s.dim = s.hidden = 1 << 14;
    s.layers = 1 << 20;
    s.seq = 16;
    cr_assert_eq(train_shape_check(&s, why, sizeof why), 0, "%s", why);
    cr_assert_eq(train_parameters_create(&s, &p), -1);
}
