/* SPDX-License-Identifier: MIT
 *
 * A step's gradients, for every kind of parameter, against central differences of the plain double-precision
 * model; and other guarantees of a step.
 */
#include "reference.h"
#include "train_kit.h"

static const struct train_shape plain = {
    .layers = 2, .dim = 32, .hidden = 48, .heads = 4, .kv_heads = 4, .seq = 16, .vocab = 40};
static const struct train_shape grouped = {
    .layers = 2, .dim = 32, .hidden = 48, .heads = 4, .kv_heads = 2, .seq = 16, .vocab = 40};

/* Larger than a new model's, so that attention is not flat and no gradient vanishes; matrices are rounded to
 * fp16, as on the device. */
static void parameters_fill(struct train_parameters *p) {
    cr_assert_eq(train_parameters_initialise(p, TRAIN_INIT_DEVIATION, 3), 0);
    for (size_t i = 0; i < p->n; i++)
        if (p->data[i] != 1)
            p->data[i] = fp16_round(8 * p->data[i]);
    for (int layer = 0; layer < p->shape.layers; layer++)
        for (int c = 0; c < p->shape.dim; c++) {
            train_tensor_at(p, layer, TRAIN_RMS_ATT)[c] = 1 + (float)(c % 5) / 8;
            train_tensor_at(p, layer, TRAIN_RMS_FFN)[c] = 1.5f - (float)(c % 7) / 8;
            train_tensor_at(p, 0, TRAIN_RMS_FINAL)[c] = 1.25f - (float)(c % 3) / 4;
        }
}

static double difference(
    const struct train_shape *shape, double *parameters, size_t i, const uint16_t *tokens) {
    const double step = 1e-4, middle = parameters[i];
    parameters[i] = middle + step;
    double above = reference_loss(shape, parameters, tokens);
    parameters[i] = middle - step;
    double below = reference_loss(shape, parameters, tokens);
    parameters[i] = middle;
    return (above - below) / (2 * step);
}

/* Up to 24 elements spread over a tensor: the root mean square of their errors, relative to that of the
 * gradient itself. fp16 activations cause about 1e-3. */
static void tensor_check(const struct kit *k, double *parameters, const uint16_t *tokens, int layer,
    enum train_tensor tensor) {
    const struct train_shape *shape = &k->parameters.shape;
    size_t n = train_tensor_elements(shape, tensor);
    size_t first = train_tensor_offset(shape, layer, tensor), stride = n / 24 + 1;
    double off = 0, size = 0;
    for (size_t i = 0; i < n; i += stride) {
        double expected = difference(shape, parameters, first + i, tokens);
        double got = (double)k->gradients.data[first + i];
        off += (got - expected) * (got - expected);
        size += expected * expected;
    }
    cr_assert(size > 0, "layer %d %s: no gradient", layer, train_tensor_name(tensor));
    cr_assert(off <= 1e-4 * size, "layer %d %s: the gradient is off by %.2g of its size", layer,
        train_tensor_name(tensor), sqrt(off / size));
}

static void compare(const char *device, const struct train_shape *shape, enum train_cut cut,
    enum train_weights_place place) {
    struct kit k;
    uint16_t tokens[64];
    kit_open(&k, device, shape, cut, place, 1);
    parameters_fill(&k.parameters);
    kit_tokens(shape, 5, tokens);
    double *parameters = malloc(k.parameters.n * sizeof *parameters);
    for (size_t i = 0; i < k.parameters.n; i++)
        parameters[i] = (double)k.parameters.data[i];
    kit_update(&k, 1);
    double loss = kit_step(&k, tokens), expected = reference_loss(shape, parameters, tokens);
    cr_assert(fabs(loss - expected) < 2e-3, "the loss is %g, not %g", loss, expected);
    for (int layer = 0; layer < shape->layers; layer++)
        for (int t = 0; t < TRAIN_LAYER_TENSORS; t++)
            tensor_check(&k, parameters, tokens, layer, (enum train_tensor)t);
    tensor_check(&k, parameters, tokens, 0, TRAIN_RMS_FINAL);
    tensor_check(&k, parameters, tokens, 0, TRAIN_EMBEDDING);
    free(parameters);
    kit_close(&k);
}

Test(train_gradients, six_programs) {
    compare(PLAIN_MODEL, &plain, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED);
}

Test(train_gradients, six_programs_with_groups) {
    compare(PLAIN_MODEL, &grouped, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED);
}

Test(train_gradients, three_programs) {
    compare(PLAIN_MODEL, &grouped, TRAIN_CUT_THREE, TRAIN_WEIGHTS_BAKED);
}

Test(train_gradients, weights_as_input) {
    compare(PLAIN_MODEL, &plain, TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT);
    compare(PLAIN_MODEL, &grouped, TRAIN_CUT_THREE, TRAIN_WEIGHTS_INPUT);
}

Test(train_gradients, on_the_cpu) {
    compare("cpu", &grouped, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED);
    compare("cpu", &grouped, TRAIN_CUT_THREE, TRAIN_WEIGHTS_INPUT);
}

/* Two windows add up, whatever the number of threads, to the bit. */
Test(train_gradients, accumulate_and_do_not_depend_on_threads) {
    struct kit one, two;
    uint16_t a[64], b[64];
    kit_tokens(&plain, 5, a);
    kit_tokens(&plain, 6, b);
    kit_open(&one, PLAIN_MODEL, &plain, TRAIN_CUT_THREE, TRAIN_WEIGHTS_INPUT, 0);
    kit_open(&two, PLAIN_MODEL, &plain, TRAIN_CUT_THREE, TRAIN_WEIGHTS_INPUT, 3);
    parameters_fill(&one.parameters);
    parameters_fill(&two.parameters);
    kit_update(&one, 1);
    kit_update(&two, 1);
    cr_assert_eq(kit_step(&one, a), kit_step(&two, a));
    float after_a = one.gradients.data[7];
    cr_assert_eq(kit_step(&one, b), kit_step(&two, b));
    cr_assert_eq(memcmp(one.gradients.data, two.gradients.data,
                     one.gradients.n * sizeof *one.gradients.data),
        0);
    float both = one.gradients.data[7];
    memset(one.gradients.data, 0, one.gradients.n * sizeof *one.gradients.data);
    (void)kit_step(&one, b);
    cr_assert_float_eq(both, after_a + one.gradients.data[7], 1e-6 * fabs((double)both) + 1e-9);
    kit_close(&one);
    kit_close(&two);
}

/* A set keeps its version: later changes of the live parameters do not affect it, neither on the device nor on
 * the host. */
Test(train_gradients, are_those_at_the_snapshot) {
    struct kit k;
    uint16_t tokens[64];
    kit_open(&k, PLAIN_MODEL, &plain, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED, 0);
    parameters_fill(&k.parameters);
    kit_tokens(&plain, 5, tokens);
    kit_update(&k, 17);
    cr_assert_eq(train_set_version(k.set), 17);
    double loss = kit_step(&k, tokens);
    float *before = malloc(k.gradients.n * sizeof *before);
    memcpy(before, k.gradients.data, k.gradients.n * sizeof *before);
    for (size_t i = 0; i < k.parameters.n; i++)
        k.parameters.data[i] *= -3;
    memset(k.gradients.data, 0, k.gradients.n * sizeof *before);
    cr_assert_eq(kit_step(&k, tokens), loss);
    cr_assert_eq(memcmp(before, k.gradients.data, k.gradients.n * sizeof *before), 0);
    free(before);
    kit_close(&k);
}

/* Gradients of 4e-4 and far below must not become zero. The loss is the mean over positions, so a confident
 * model's gradients can be arbitrarily small; here the logits are 2^-12 of the usual ones. */
Test(train_gradients, small_ones_survive_fp16) {
    struct kit k;
    uint16_t tokens[64];
    kit_open(&k, PLAIN_MODEL, &plain, TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT, 0);
    parameters_fill(&k.parameters);
    float *final = train_tensor_at(&k.parameters, 0, TRAIN_RMS_FINAL);
    for (int c = 0; c < plain.dim; c++)
        final[c] *= 0x1p-12f;
    kit_tokens(&plain, 5, tokens);
    double *parameters = malloc(k.parameters.n * sizeof *parameters);
    for (size_t i = 0; i < k.parameters.n; i++)
        parameters[i] = (double)k.parameters.data[i];
    kit_update(&k, 1);
    (void)kit_step(&k, tokens);
    double largest = 0;
    float *w1 = train_tensor_at(&k.gradients, 0, TRAIN_W1);
    for (size_t i = 0; i < train_tensor_elements(&plain, TRAIN_W1); i++)
        largest = fmax(largest, fabs((double)w1[i]));
    cr_assert(largest > 0 && largest < 1e-4, "%g: not a test of small gradients", largest);
    for (int layer = 0; layer < plain.layers; layer++)
        for (int t = 0; t < TRAIN_N_MATRICES; t++)
            tensor_check(&k, parameters, tokens, layer, (enum train_tensor)t);
    free(parameters);
    kit_close(&k);
}
