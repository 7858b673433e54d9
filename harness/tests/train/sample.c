/* SPDX-License-Identifier: MIT
 *
 * The host's forward pass against the reference in double precision and against the device's, and
 * sampling against its odds.
 */
#include "reference.h"
#include "train_kit.h"

#include "measure/random.h"
#include "train/host/sample.h"

static const struct train_shape plain = {
    .layers = 2, .dim = 32, .hidden = 48, .heads = 4, .kv_heads = 4, .seq = 16, .vocab = 40};
static const struct train_shape grouped = {
    .layers = 2, .dim = 32, .hidden = 48, .heads = 4, .kv_heads = 2, .seq = 16, .vocab = 40};
enum { DIM = 32, SEQ = 16, VOCAB = 40 };

/* Large enough that all parts of the model matter, in fp16, too. */
static void parameters_fill(struct train_parameters *p) {
    uint64_t state = 3;
    for (size_t i = 0; i < p->n; i++)
        p->data[i] = fp16_round((float)(2 * random_unit(&state) - 1) / 2);
}

static struct train_parameters random_parameters(const struct train_shape *shape) {
    struct train_parameters p;
    cr_assert_eq(train_parameters_create(shape, &p), 0);
    parameters_fill(&p);
    return p;
}

static struct sampler *sampler_of(const struct train_parameters *p) {
    struct sampler *s;
    kit_ok(sampler_new(p, &s, error));
    return s;
}

static void check_loss(const struct train_shape *shape) {
    struct train_parameters p = random_parameters(shape);
    struct sampler *s = sampler_of(&p);
    double *doubles = malloc(p.n * sizeof *doubles);
    uint16_t window[SEQ + 1];
    for (size_t i = 0; i < p.n; i++)
        doubles[i] = (double)p.data[i];
    for (unsigned seed = 0; seed < 20; seed++) {
        kit_tokens(shape, seed, window);
        double expected = reference_loss(shape, doubles, window), loss = sampler_loss(s, window);
        cr_assert_float_eq(loss, expected, 1e-5, "%g, not %g", loss, expected);
    }
    free(doubles);
    sampler_free(s);
    train_parameters_free(&p);
}

Test(train_sample, loss_equals_the_references) {
    check_loss(&plain);
    check_loss(&grouped);
}

static void compare(const float *is, const float *should, int n) {
    for (int v = 0; v < n * VOCAB; v++)
        cr_assert_float_eq(is[v], should[v], 2e-5, "token %d, logit %d: %g, not %g", v / VOCAB,
            v % VOCAB, (double)is[v], (double)should[v]);
}

/* Keys and values of earlier tokens are kept correctly. */
Test(train_sample, one_by_one_and_in_pieces_as_all_at_once) {
    struct train_parameters p = random_parameters(&grouped);
    struct sampler *s = sampler_of(&p);
    uint16_t window[SEQ + 1];
    int32_t tokens[SEQ];
    static float all[SEQ * VOCAB];
    kit_tokens(&grouped, 7, window);
    for (int t = 0; t < SEQ; t++)
        tokens[t] = window[t];
    memcpy(all, sampler_read(s, tokens, SEQ), sizeof all);
    sampler_reset(s);
    for (int t = 0; t < SEQ; t++)
        compare(sampler_read(s, tokens + t, 1), all + t * VOCAB, 1);
    sampler_reset(s);
    const int pieces[] = {5, 1, 8, 2};
    for (int i = 0, t = 0; i < 4; t += pieces[i++])
        compare(sampler_read(s, tokens + t, pieces[i]), all + t * VOCAB, pieces[i]);
    sampler_free(s);
    train_parameters_free(&p);
}

static void check_device(
    const struct train_shape *shape, enum train_cut cut, enum train_weights_place place) {
    struct kit k;
    uint16_t window[SEQ + 1];
    kit_open(&k, PLAIN_MODEL, shape, cut, place, 0);
    parameters_fill(&k.parameters);
    kit_update(&k, 1);
    struct sampler *s = sampler_of(&k.parameters);
    for (unsigned seed = 0; seed < 5; seed++) {
        double loss = NAN;
        kit_tokens(shape, seed, window);
        kit_ok(train_loss(k.engine, k.set, window, &loss, &k.timing, error));
        double expected = sampler_loss(s, window);
        cr_assert_float_eq(loss, expected, 5e-3, "the device says %g, the host %g", loss, expected);
    }
    sampler_free(s);
    kit_close(&k);
}

/* The device trains the model that llama2.c runs: the host computes by llama2.c's conventions. */
Test(train_sample, device_predicts_as_the_host_does) {
    check_device(&plain, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED);
    check_device(&grouped, TRAIN_CUT_THREE, TRAIN_WEIGHTS_BAKED);
    check_device(&grouped, TRAIN_CUT_SIX, TRAIN_WEIGHTS_INPUT);
}

/* One layer that adds nothing: the logits after token 1 are those of its own embedding, which are
 * log(odds) but for the token 1 itself. */
static const double odds[VOCAB] = {
    [0] = 3, [1] = 1, [2] = 40, [3] = 20, [4] = 8, [5] = 8, [6] = 20};

static struct train_parameters odds_parameters(void) {
    struct train_shape one = plain;
    struct train_parameters p;
    one.layers = 1;
    one.seq = 1;
    cr_assert_eq(train_parameters_create(&one, &p), 0);
    float *embedding = train_tensor_at(&p, 0, TRAIN_EMBEDDING);
    embedding[1 * DIM] = 1; /* normalised: sqrt(DIM) but for epsilon */
    float scale = 1 / sqrtf(1.0f / DIM + 1e-5f);
    train_tensor_at(&p, 0, TRAIN_RMS_FINAL)[0] = 1 / scale;
    for (int v = 0; v < VOCAB; v++)
        if (v != 1)
            embedding[v * DIM] = odds[v] > 0 ? (float)log(odds[v]) + 1 : -1000;
    return p; /* odds e times as high, as 1 for token 1 is log e */
}

static void check_odds(double temperature, double top_p, const double expected[VOCAB]) {
    enum { N = 20000 };
    struct train_parameters p = odds_parameters();
    struct sampler *s = sampler_of(&p);
    int seen[VOCAB] = {0};
    double sum = 0;
    for (int v = 0; v < VOCAB; v++)
        sum += expected[v];
    for (uint64_t seed = 0; seed < N; seed++) {
        uint16_t text[1] = {1};
        int n = sampler_write(s, &(struct sample_options){temperature, top_p, seed}, text);
        cr_assert_eq(n, text[0] != 1);
        seen[text[0]]++;
    }
    for (int v = 0; v < VOCAB; v++) {
        double share = expected[v] / sum, deviation = sqrt(N * share * (1 - share));
        cr_assert_leq(fabs(seen[v] - N * share), 4.5 * deviation,
            "temperature %g, top-p %g: token %d came %d times, not %g", temperature, top_p, v,
            seen[v], N * share);
    }
    sampler_free(s);
    train_parameters_free(&p);
}

Test(train_sample, tokens_come_by_their_odds) {
    check_odds(1, 1, odds);
    double sharper[VOCAB];
    for (int v = 0; v < VOCAB; v++)
        sharper[v] = odds[v] * odds[v];
    check_odds(0.5, 1, sharper);
}

/* 40 + 20 + 20 of 100 are the least that reach 0.7; of equals the lower number comes first. */
Test(train_sample, top_p_keeps_the_likeliest) {
    check_odds(1, 0.7, (double[VOCAB]){[2] = 40, [3] = 20, [6] = 20});
    check_odds(1, 0.59, (double[VOCAB]){[2] = 40, [3] = 20});
    check_odds(1, 0.39, (double[VOCAB]){[2] = 40});
    check_odds(1, 0, (double[VOCAB]){[2] = 40});
    check_odds(0, 1, (double[VOCAB]){[2] = 40});
}

Test(train_sample, the_same_seed_gives_the_same_text) {
    struct train_parameters p = random_parameters(&plain);
    struct sampler *s = sampler_of(&p);
    int differ = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint16_t first[SEQ], again[SEQ];
        struct sample_options options = {.temperature = 1, .top_p = 1, .seed = seed};
        int n = sampler_write(s, &options, first);
        cr_assert(n >= 0 && n <= SEQ);
        cr_assert_eq(sampler_write(s, &options, again), n);
        cr_assert_eq(memcmp(first, again, (size_t)n * sizeof *first), 0);
        for (int i = 0; i < n; i++)
            cr_assert(first[i] != 1 && first[i] < VOCAB);
        options.seed += 1000;
        differ +=
            sampler_write(s, &options, again) != n || memcmp(first, again, 2 * (size_t)n) != 0;
    }
    cr_assert_gt(differ, 10);
    sampler_free(s);
    train_parameters_free(&p);
}
