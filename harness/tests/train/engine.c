/* SPDX-License-Identifier: MIT
 *
 * Engines and sets: their counters, what they refuse, the ways of changing weights, and a few steps of training
 * on every device.
 */
#include "train/host/adamw.h"
#include "train_kit.h"

static const struct train_shape small = {
    .layers = 2, .dim = 32, .hidden = 64, .heads = 4, .kv_heads = 2, .seq = 32, .vocab = 64};

/* An engine, a set and an optimiser, at a fixed learning rate. */
struct trainer {
    struct kit kit;
    struct train_parameters moment1, moment2;
    uint64_t step;
};

static void trainer_open(struct trainer *t, const char *device, const struct train_shape *shape,
    enum train_cut cut, enum train_weights_place place) {
    kit_open(&t->kit, device, shape, cut, place, 1);
    cr_assert_eq(train_parameters_create(shape, &t->moment1), 0);
    cr_assert_eq(train_parameters_create(shape, &t->moment2), 0);
    cr_assert_eq(train_parameters_initialise(&t->kit.parameters, TRAIN_INIT_DEVIATION, 11), 0);
    t->step = 0;
}

static void trainer_close(struct trainer *t) {
    kit_close(&t->kit);
    train_parameters_free(&t->moment1);
    train_parameters_free(&t->moment2);
}

/* The loss before the update. */
static double trainer_step(struct trainer *t, const uint16_t *tokens, float learning_rate) {
    const struct train_adamw options = {learning_rate, 0.9f, 0.95f, 1e-8f, 0.1f};
    kit_update(&t->kit, t->step);
    double loss = kit_step(&t->kit, tokens);
    train_adamw_update(&options, ++t->step, 1, &t->kit.parameters, &t->kit.gradients, &t->moment1,
        &t->moment2, train_engine_pool(t->kit.engine));
    return loss;
}

/* ---- training -------------------------------------------------------------------------------- */

Test(train_engine, overfits_one_window) {
    struct trainer t;
    uint16_t tokens[64];
    double loss = INFINITY;
    kit_tokens(&small, 1, tokens);
    trainer_open(&t, "cpu", &small, TRAIN_CUT_THREE, TRAIN_WEIGHTS_INPUT);
    for (int i = 0; i < 200; i++)
        loss = trainer_step(&t, tokens, 1e-2f);
    cr_assert(loss < 0.1, "after 200 steps on one window the loss is still %g", loss);
    trainer_close(&t);
}

enum { STEPS = 20 };

static void losses_of(
    const char *device, enum train_cut cut, enum train_weights_place place, double losses[STEPS]) {
    struct trainer t;
    uint16_t tokens[64];
    trainer_open(&t, device, &small, cut, place);
    for (int i = 0; i < STEPS; i++) {
        kit_tokens(&small, 100 + (unsigned)i % 4, tokens);
        losses[i] = trainer_step(&t, tokens, 3e-3f);
    }
    trainer_close(&t);
}

/* Devices round the same operators to fp16, but add in different orders: a last place, 2^-11, of
 * an activation here and there. Adam's first steps have the same size whatever the gradient's, so
 * that a gradient near zero may go either way; over 20 steps losses of 3 to 4 nats stay within
 * 0.01 of each other. */
static const double tolerance = 0.01;

static void losses_compare(const char *what, const double *got, const double *expected) {
    cr_assert(expected[STEPS - 1] < expected[3] - 0.1, "nothing is learned: %g to %g", expected[3],
        expected[STEPS - 1]);
    for (int i = 0; i < STEPS; i++)
        cr_assert(fabs(got[i] - expected[i]) <= tolerance, "%s: step %d: the loss is %g, not %g",
            what, i, got[i], expected[i]);
}

Test(train_engine, devices_and_cuts_agree) {
    double expected[STEPS], got[STEPS];
    losses_of(PLAIN_MODEL, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED, expected);
    losses_of(PLAIN_MODEL, TRAIN_CUT_THREE, TRAIN_WEIGHTS_BAKED, got);
    losses_compare("model, three programs", got, expected);
    losses_of(PLAIN_MODEL, TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT, got);
    losses_compare("model, weights as input", got, expected);
    losses_of("cpu", TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT, got);
    losses_compare("cpu", got, expected);
    if (getenv("ANEPROBE_STANDIN")) {
        losses_of("ane", TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED, got);
        losses_compare("ane stand-in", got, expected);
        losses_of("ane", TRAIN_CUT_THREE, TRAIN_WEIGHTS_INPUT, got);
        losses_compare("ane stand-in, weights as input", got, expected);
        losses_of("coreml:ne", TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED, got);
        losses_compare("Core ML's stand-in", got, expected);
        losses_of("coreml:ne,model=memory", TRAIN_CUT_THREE, TRAIN_WEIGHTS_INPUT, got);
        losses_compare("Core ML's stand-in, in memory, weights as input", got, expected);
    }
}

/* ---- sets ------------------------------------------------------------------------------------ */

Test(train_engine, counts_what_is_alive) {
    struct kit k;
    uint16_t tokens[64];
    struct train_program_counts counts =
        train_program_counts(&small, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED);
    cr_assert(counts.shared == 1 && counts.per_set == 10);
    kit_open(&k, PLAIN_MODEL, &small, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED, 0);
    cr_assert_eq(train_set_n_programs(k.set), 10);
    cr_assert_eq(train_engine_programs_alive(k.engine), 1);
    cr_assert_eq(train_engine_compiles(k.engine), 1);
    cr_assert_str_eq(train_set_program_name(k.set, 0), "layer 0 fwd_attn");
    cr_assert_str_eq(train_set_program_name(k.set, 4), "layer 1 ffn_bwd");
    cr_assert_str_eq(train_set_program_name(k.set, 9), "layer 0 qkv_bwd");
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    cr_assert(!train_set_is_ready(k.set));
    kit_update(&k, 1);
    cr_assert_eq(train_engine_programs_alive(k.engine), 11);
    cr_assert_eq(train_engine_compiles(k.engine), 11);
    kit_tokens(&small, 1, tokens);
    (void)kit_step(&k, tokens);
    cr_assert_eq(k.timing.evals, 12);
    kit_ok(train_set_unload(k.set, 3, error));
    cr_assert(!train_set_is_ready(k.set));
    kit_ok(train_set_load(k.set, 3, error));
    cr_assert(train_set_is_ready(k.set));
    train_set_drop(k.set, 3);
    train_set_drop(k.set, 3);
    cr_assert_eq(train_engine_programs_alive(k.engine), 10);

    counts = train_program_counts(&small, TRAIN_CUT_THREE, TRAIN_WEIGHTS_BAKED);
    cr_assert(counts.shared == 0 && counts.per_set == 6);
    counts = train_program_counts(&small, TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT);
    cr_assert(counts.shared == 6 && counts.per_set == 0);
    kit_close(&k);
}

/* One set trains while another is compiled in the background. */
Test(train_engine, two_sets) {
    struct kit k;
    struct train_set *next;
    uint16_t tokens[64];
    kit_tokens(&small, 1, tokens);
    kit_open(&k, "cpu", &small, TRAIN_CUT_THREE, TRAIN_WEIGHTS_BAKED, 1);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    kit_update(&k, 1);
    double first = kit_step(&k, tokens);
    kit_ok(train_set_create(k.engine, &next, error));
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 2), 0);
    train_set_snapshot(next, &k.parameters, 2);
    for (int i = 0; i < train_set_n_programs(next); i++) {
        kit_ok(train_set_build(next, i, error));
        kit_ok(train_set_compile_start(next, i, error));
        cr_assert_eq(kit_step(&k, tokens), first);
        kit_ok(train_set_compile_wait(next, i, error));
        kit_ok(train_set_load(next, i, error));
    }
    struct train_set *old = k.set;
    k.set = next;
    double second = kit_step(&k, tokens);
    cr_assert(fabs(second - first) > 1e-3);
    train_set_free(old);
    cr_assert_eq(kit_step(&k, tokens), second);
    kit_close(&k);
}

/* On cpu, weights written into the compiled data take effect at the next load; weights written into the source
 * files do not. */
Test(train_engine, weights_are_rewritten_on_disk) {
    struct kit k;
    uint16_t tokens[64];
    kit_tokens(&small, 1, tokens);
    kit_open(&k, "cpu", &small, TRAIN_CUT_THREE, TRAIN_WEIGHTS_BAKED, 0);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 2), 0);
    kit_update(&k, 2);
    double wanted = kit_step(&k, tokens);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    kit_update(&k, 1);
    double before = kit_step(&k, tokens);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 2), 0);
    for (int compiled = 0; compiled < 2; compiled++) {
        train_set_snapshot(k.set, &k.parameters, 2);
        for (int i = 0; i < train_set_n_programs(k.set); i++) {
            kit_ok(train_set_rewrite(k.set, i, compiled == 1, error));
            kit_ok(train_set_unload(k.set, i, error));
            kit_ok(train_set_load(k.set, i, error));
        }
        if (compiled)
            cr_assert_eq(kit_step(&k, tokens), wanted);
        else /* only the embedding, on the host, is new */
            cr_assert(kit_step(&k, tokens) != wanted);
    }
    cr_assert(before != wanted);
    kit_close(&k);
}

/* ---- what goes wrong ------------------------------------------------------------------------- */

static enum device_status try_step(
    struct kit *k, const uint16_t *tokens, struct device_error *error) {
    double loss = -1;
    enum device_status status =
        train_step(k->engine, k->set, tokens, &k->gradients, &loss, &k->timing, error);
    cr_assert(status == DEVICE_OK || loss == -1, "a failed step sets the loss");
    return status;
}

Test(train_engine, wrong_calls_are_refused) {
    struct kit k;
    struct device_error error = {.text = ""};
    uint16_t tokens[64];
    kit_tokens(&small, 1, tokens);
    kit_open(&k, PLAIN_MODEL, &small, TRAIN_CUT_THREE, TRAIN_WEIGHTS_BAKED, 0);
    cr_assert_eq(try_step(&k, tokens, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, "not ready"));
    cr_assert_eq(train_set_build(k.set, 0, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, "snapshot"), "%s", error.text);
    cr_assert_eq(train_set_load(k.set, 0, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, "not built yet"), "%s", error.text);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    kit_update(&k, 1);
    cr_assert_eq(train_set_build(k.set, 0, &error), DEVICE_BROKEN);
    cr_assert_eq(train_set_load(k.set, 0, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, "already loaded"), "%s", error.text);
    cr_assert_eq(train_set_write_weights(k.set, &error), DEVICE_UNSUPPORTED);
    tokens[small.seq] = (uint16_t)small.vocab;
    cr_assert_eq(try_step(&k, tokens, &error), DEVICE_BROKEN);
    cr_assert(strstr(error.text, "token 32"), "%s", error.text);
    kit_close(&k);
}

/* Weights that lead to infinities are reported at the program that produces them. */
Test(train_engine, divergence_is_an_error) {
    struct kit k;
    struct device_error error = {.text = ""};
    uint16_t tokens[64];
    kit_tokens(&small, 1, tokens);
    kit_open(&k, PLAIN_MODEL, &small, TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT, 0);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    float *w1 = train_tensor_at(&k.parameters, 1, TRAIN_W1);
    for (size_t i = 0; i < train_tensor_elements(&small, TRAIN_W1); i++)
        w1[i] = 60000;
    kit_update(&k, 1);
    cr_assert_eq(try_step(&k, tokens, &error), DEVICE_FAILED);
    cr_assert(strstr(error.text, "layer 1 fwd_ffn"), "%s", error.text);
    train_tensor_at(&k.parameters, 1, TRAIN_W1)[0] = NAN;
    kit_update(&k, 2);
    cr_assert_eq(try_step(&k, tokens, &error), DEVICE_FAILED);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    train_tensor_at(&k.parameters, 0, TRAIN_EMBEDDING)[0] = INFINITY;
    tokens[0] = 0;
    kit_update(&k, 3);
    cr_assert_eq(try_step(&k, tokens, &error), DEVICE_FAILED);
    kit_close(&k);
}

static void tensor_scale(struct kit *k, enum train_tensor tensor, float factor) {
    float *w = train_tensor_at(&k->parameters, 0, tensor);
    for (size_t i = 0; i < train_tensor_elements(&small, tensor); i++)
        w[i] *= factor;
}

/* A gradient that overflows is computed again with a smaller scale, and comes out right: W1 is larger by the
 * factor by which W3 is smaller, so the forward pass stays about the same, but dh1 times W1 does not. With W2
 * that is about 2^10 too large: three times a sixteenth. */
Test(train_engine, overflow_is_rescaled) {
    struct kit k;
    uint16_t tokens[64];
    kit_tokens(&small, 1, tokens);
    kit_open(&k, PLAIN_MODEL, &small, TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT, 0);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    tensor_scale(&k, TRAIN_W1, 0x1p12f);
    tensor_scale(&k, TRAIN_W2, 0x1p17f);
    tensor_scale(&k, TRAIN_W3, 0x1p-13f);
    kit_update(&k, 1);
    (void)kit_step(&k, tokens);
    cr_assert_eq(k.timing.rescales, 3, "%d", (int)k.timing.rescales);
    const float *gradient = train_tensor_at(&k.gradients, 0, TRAIN_W1);
    double sum = 0;
    for (size_t i = 0; i < train_tensor_elements(&small, TRAIN_W1); i++)
        sum += fabs((double)gradient[i]);
    cr_assert(isfinite(sum) && sum > 0);
    kit_close(&k);
}

/* Gradients near fp32's smallest: the scale that would bring them to 16 has no finite inverse, or is infinite. */
Test(train_engine, tiny_gradients_are_scaled_as_far_as_can_be) {
    struct kit k;
    uint16_t tokens[64];
    kit_tokens(&small, 1, tokens);
    kit_open(&k, PLAIN_MODEL, &small, TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT, 0);
    cr_assert_eq(train_parameters_initialise(&k.parameters, TRAIN_INIT_DEVIATION, 1), 0);
    tensor_scale(&k, TRAIN_RMS_FINAL, 0x1p-124f);
    kit_update(&k, 1);
    (void)kit_step(&k, tokens);
    cr_assert_eq(k.timing.rescales, 0, "%d", (int)k.timing.rescales);
    double sum = 0;
    for (size_t i = 0; i < train_tensor_elements(&small, TRAIN_W1); i++)
        sum += fabs((double)train_tensor_at(&k.gradients, 0, TRAIN_W1)[i]);
    cr_assert(isfinite(sum));
    kit_close(&k);
}
