/* SPDX-License-Identifier: MIT
 *
 * Rates on a simulated engine, whose time is exact: what is timed, and that nothing wrong is.
 */
#include "generate/command/rate.h"
#include "generate/model/model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POSITIONS = 12, DEPTH = 3, READS = 8 };

static struct device *device;
static struct train_parameters model;
static struct sampler *reference;
static struct device_error error;
static int32_t tokens[POSITIONS];

static void world_open(void) {
    cr_assert(device_open("sim:" SIMS "/plain.sim", 1, &device, &error) == DEVICE_OK);
    cr_assert(model_open("tiny", POSITIONS, 1, &model, &error) == DEVICE_OK);
    generate_round(&model, GENERATE_FP16);
    cr_assert(sampler_new(&model, &reference, &error) == DEVICE_OK);
    for (int i = 0; i < POSITIONS; i++)
        tokens[i] = i * 7 % 256;
}

static void world_close(void) {
    sampler_free(reference);
    train_parameters_free(&model);
    device_close(device);
}

TestSuite(rate, .init = world_open, .fini = world_close);

static const struct generate_way one = {
    .positions = 1, .capacity = POSITIONS, .layers = 2, .joined = true, .classifier_parts = 1};

static struct rate_test test_of(const struct generate_way *way) {
    return (struct rate_test){.device = device,
        .model = &model,
        .reference = reference,
        .way = way,
        .tokens = tokens,
        .n_depth = DEPTH,
        .n_reads = READS,
        .reps = 3};
}

/* As long as reads DEPTH to DEPTH + READS take by hand, without those before. */
Test(rate, reads_after_a_depth) {
    const struct rate_test test = test_of(&one);
    struct rate rate;
    struct generate *g;
    float *logits = calloc((size_t)model.shape.vocab, sizeof *logits);
    cr_assert(rate_measure(&test, &rate, &error) == DEVICE_OK, "%s", error.text);
    cr_assert(generate_open(device, &model, &one, NULL, NULL, &g, &error) == DEVICE_OK);
    uint64_t begin_ns = 0;
    for (int i = 0; i < DEPTH + READS; i++) {
        if (i == DEPTH)
            begin_ns = device_clock_ns(device);
        cr_assert(generate_read(g, tokens + i, logits, &error) == DEVICE_OK);
    }
    const double expected = 1e9 * READS / (double)(device_clock_ns(device) - begin_ns);
    cr_expect(rate.outcome == RATE_RIGHT && rate.n == 3);
    /* the engine is a little noisy */
    cr_expect(fabs(rate.avg_ts / expected - 1) < 0.1, "%g, not %g", rate.avg_ts, expected);
    cr_expect(rate.stddev_ts >= 0 && rate.stddev_ts < 0.1 * rate.avg_ts);
    cr_expect(rate.logits_off > 0 && rate.logits_off <= RATE_TOLERANCE);
    cr_expect(rate.first_token_cold_ms > rate.first_token_warm_ms);
    cr_expect(
        fabs(rate.stream_gbs / (generate_costs(g).weight_bytes * rate.avg_ts / 1e9) - 1) < 1e-9);
    generate_close(g);
    free(logits);
}

Test(rate, a_prompt_counts_all_its_tokens) {
    const struct generate_way prompt = {
        .positions = POSITIONS, .layers = 2, .joined = true, .classifier_parts = 1};
    struct rate_test test = test_of(&prompt);
    struct rate rate, alone;
    test.n_depth = 0;
    test.n_reads = 1;
    cr_assert(rate_measure(&test, &rate, &error) == DEVICE_OK, "%s", error.text);
    cr_expect(rate.outcome == RATE_RIGHT);
    /* a warm read, and so many tokens in it */
    cr_expect(fabs(rate.avg_ts * rate.first_token_warm_ms / 1e3 / POSITIONS - 1) < 0.1);
    const struct rate_test single = test_of(&one);
    cr_assert(rate_measure(&single, &alone, &error) == DEVICE_OK);
    cr_expect(rate.avg_ts > 2 * alone.avg_ts);
}

Test(rate, what_is_wrong_is_not_timed) {
    struct train_parameters other;
    struct rate_test test = test_of(&one);
    struct rate rate;
    cr_assert(model_open("tiny", POSITIONS, 2, &other, &error) == DEVICE_OK);
    test.model = &other;
    cr_assert(rate_measure(&test, &rate, &error) == DEVICE_OK);
    cr_expect(rate.outcome == RATE_WRONG && isnan(rate.avg_ts) && rate.n == 0);
    cr_expect(rate.logits_off > RATE_TOLERANCE && strstr(error.text, "after token 1"));
    train_parameters_free(&other);
}

Test(rate, a_cache_that_is_too_small) {
    const struct generate_way small = {.positions = 1,
        .capacity = DEPTH + READS - 1,
        .layers = 2,
        .joined = true,
        .classifier_parts = 1};
    const struct rate_test test = test_of(&small);
    struct rate rate;
    cr_expect(rate_measure(&test, &rate, &error) == DEVICE_FAILED);
    cr_expect(rate.outcome == RATE_FAILED && isnan(rate.avg_ts) && strstr(error.text, "is full"));
}

/* More than any machine has: said before anything is compiled. */
Test(rate, a_cache_that_no_machine_holds) {
    struct train_parameters wide = model;
    struct generate *g;
    const struct generate_way way = {
        .positions = 1, .capacity = 1 << 30, .layers = 1, .classifier_parts = 0};
    wide.shape.seq = 1 << 30;
    wide.shape.layers = 1 << 10;
    cr_expect(generate_open(device, &wide, &way, NULL, NULL, &g, &error) == DEVICE_BROKEN);
    cr_expect(g == NULL && strstr(error.text, "ask for a shorter text"), "%s", error.text);
}
