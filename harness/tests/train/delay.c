/* SPDX-License-Identifier: MIT
 *
 * Each way of updating weights against a plain loop written out here: compile, wait, train a batch with weights
 * that are `delay` updates old, add the update to the newest ones. The final weights must be equal bit for bit.
 */
#include "run_kit.h"

#include "train/host/adamw.h"
#include "train/data/tokens.h"

enum { ACCUM = 3, UPDATES = 6 };
#define INSTANT_MODEL "sim:" SIMS "/train-instant.sim"

static void parameters_copy(struct train_parameters *to, const struct train_parameters *from) {
    memcpy(to->data, from->data, from->n * sizeof(float));
}

/* Leaves the weights after UPDATES updates. */
static void plain_loop(const char *device, int delay, struct train_parameters *out) {
    struct train_shape shape;
    struct train_parameters newest, moment1, moment2, history[UPDATES + 1];
    struct tokens *tokens;
    struct kit k;
    char why[200];
    uint16_t window[17];
    cr_assert_eq(train_shape_parse(RUN_SHAPE, &shape, why, sizeof why), 0, "%s", why);
    kit_open(&k, device, &shape, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED, 0);
    cr_assert_eq(train_parameters_create(&shape, &newest), 0);
    cr_assert_eq(train_parameters_create(&shape, &moment1), 0);
    cr_assert_eq(train_parameters_create(&shape, &moment2), 0);
    cr_assert_eq(train_parameters_initialise(&newest, TRAIN_INIT_DEVIATION, 1), 0);
    kit_ok(tokens_open(NULL, shape.vocab, shape.seq, &tokens, error));
    for (int version = 0; version < UPDATES; version++) {
        cr_assert_eq(train_parameters_create(&shape, &history[version]), 0);
        parameters_copy(&history[version], &newest);
        const int in_use = version > delay ? version - delay : 0;
        parameters_copy(&k.parameters, &history[in_use]);
        kit_update(&k, (uint64_t)in_use);
        for (int step = 0; step < ACCUM; step++) {
            tokens_window(tokens, 1, (uint64_t)(version * ACCUM + step), window);
            (void)kit_step(&k, window);
        }
        const struct train_adamw adamw = {
            .learning_rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.95f, .epsilon = 1e-8f};
        train_adamw_update(&adamw, (uint64_t)version + 1, 1.0f / ACCUM, &newest, &k.gradients,
            &moment1, &moment2, NULL);
    }
    *out = newest;
    for (int version = 0; version < UPDATES; version++)
        train_parameters_free(&history[version]);
    train_parameters_free(&moment1);
    train_parameters_free(&moment2);
    tokens_close(tokens);
    kit_close(&k);
}

/* The same by the trainer. */
static struct train_parameters trainer(
    const char *device, const char *update, const char *max_stale) {
    const char *const options[] = {"--update", update, "--max-stale", max_stale, NULL};
    struct run_kit r;
    run_new(&r);
    run_open(&r, device, false, options);
    cr_assert_eq(run_go(&r), TRAINING_DONE, "%s", r.error.text);
    run_close(&r);
    struct train_parameters weights = run_weights(&r);
    run_remove(&r);
    return weights;
}

static void must_be_the_same(
    const char *device, const char *update, const char *max_stale, int delay) {
    struct train_parameters plain, trained = trainer(device, update, max_stale);
    plain_loop(device, delay, &plain);
    cr_assert_eq(plain.n, trained.n);
    cr_assert_arr_eq(plain.data, trained.data, plain.n * sizeof(float));
    train_parameters_free(&plain);
    train_parameters_free(&trained);
}

Test(delay, sync_has_none) {
    must_be_the_same(PLAIN_MODEL, "sync", "1", 0);
}

Test(delay, double_with_a_bound_of_one_has_one) {
    must_be_the_same(PLAIN_MODEL, "double", "1", 1);
}

Test(delay, double_with_a_bound_of_none_has_none) {
    must_be_the_same(PLAIN_MODEL, "double", "0", 0);
}

/* Also without a bound, when the next set is always ready in time. */
Test(delay, double_on_a_device_that_compiles_at_once_has_one) {
    must_be_the_same(INSTANT_MODEL, "double", "inf", 1);
}

Test(delay, reload_has_none) {
    must_be_the_same("sim:" SIMS "/reload-works.sim", "reload", "1", 0);
}

Test(delay, mapped_has_none) {
    must_be_the_same("sim:" SIMS "/mutable-sync.sim", "mapped", "1", 0);
    must_be_the_same("sim:" SIMS "/mutable-direct.sim", "mapped", "1", 0);
}

/* A delay matters: weights with different delays differ. */
Test(delay, a_delay_of_one_differs_from_none) {
    struct train_parameters none, one;
    plain_loop(PLAIN_MODEL, 0, &none);
    plain_loop(PLAIN_MODEL, 1, &one);
    cr_assert_neq(memcmp(none.data, one.data, none.n * sizeof(float)), 0);
    train_parameters_free(&none);
    train_parameters_free(&one);
}
