/* SPDX-License-Identifier: MIT
 *
 * The host's forward pass against one written out in double precision, and sampling against its
 * odds.
 */
#include "train/sample.h"

#include "measure/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const struct train_shape shape = {
    .layers = 2, .dim = 24, .hidden = 20, .heads = 6, .kv_heads = 2, .seq = 12, .vocab = 17};
enum { LAYERS = 2, DIM = 24, HIDDEN = 20, HEADS = 6, KV_HEADS = 2, SEQ = 12, VOCAB = 17 };
enum { HEAD_DIM = DIM / HEADS, KV_DIM = HEAD_DIM * KV_HEADS };

static struct train_parameters random_parameters(void) {
    struct train_parameters p;
    uint64_t state = 3;
    cr_assert_eq(train_parameters_create(&shape, &p), 0);
    for (size_t i = 0; i < p.n; i++)
        p.data[i] = (float)(2 * random_unit(&state) - 1) / 2;
    return p;
}

static struct sampler *sampler_of(const struct train_parameters *p) {
    struct sampler *s;
    struct device_error error;
    cr_assert_eq(sampler_new(p, &s, &error), DEVICE_OK, "%s", error.text);
    return s;
}

static const uint16_t tokens[SEQ + 1] = {1, 16, 4, 4, 0, 9, 12, 3, 5, 2, 16, 7, 11};

/* out = W in */
static void product(const float *w, const double *in, int rows, int columns, double *out) {
    for (int r = 0; r < rows; r++) {
        out[r] = 0;
        for (int c = 0; c < columns; c++)
            out[r] += (double)w[r * columns + c] * in[c];
    }
}

static void norm(const float *w, const double *in, double *out) {
    double sum = 0;
    for (int c = 0; c < DIM; c++)
        sum += in[c] * in[c];
    for (int c = 0; c < DIM; c++)
        out[c] = (double)w[c] * in[c] / sqrt(sum / DIM + 1e-5);
}

static void turn(double *x, int channels, int position) {
    for (int c = 0; c < channels; c += 2) {
        double angle = position / pow(10000, (double)(c % HEAD_DIM) / HEAD_DIM), a = x[c];
        x[c] = a * cos(angle) - x[c + 1] * sin(angle);
        x[c + 1] = a * sin(angle) + x[c + 1] * cos(angle);
    }
}

/* Token by token, as the definition has it. */
static void logits_slowly(const struct train_parameters *p, double logits[SEQ][VOCAB]) {
    static double keys[LAYERS][SEQ][KV_DIM], values[LAYERS][SEQ][KV_DIM];
    const float *embedding = train_tensor_at(p, 0, TRAIN_EMBEDDING);
    for (int t = 0; t < SEQ; t++) {
        double x[DIM], n[DIM], q[DIM], mixed[DIM], more[DIM], gate[HIDDEN], up[HIDDEN];
        for (int c = 0; c < DIM; c++)
            x[c] = (double)embedding[tokens[t] * DIM + c];
        for (int l = 0; l < LAYERS; l++) {
            norm(train_tensor_at(p, l, TRAIN_RMS_ATT), x, n);
            product(train_tensor_at(p, l, TRAIN_WQ), n, DIM, DIM, q);
            product(train_tensor_at(p, l, TRAIN_WK), n, KV_DIM, DIM, keys[l][t]);
            product(train_tensor_at(p, l, TRAIN_WV), n, KV_DIM, DIM, values[l][t]);
            turn(q, DIM, t);
            turn(keys[l][t], KV_DIM, t);
            for (int h = 0; h < HEADS; h++) {
                int kv = h * KV_HEADS / HEADS * HEAD_DIM;
                double odds[SEQ], sum = 0;
                for (int u = 0; u <= t; u++) {
                    double score = 0;
                    for (int c = 0; c < HEAD_DIM; c++)
                        score += q[h * HEAD_DIM + c] * keys[l][u][kv + c];
                    sum += odds[u] = exp(score / sqrt(HEAD_DIM));
                }
                for (int c = 0; c < HEAD_DIM; c++) {
                    mixed[h * HEAD_DIM + c] = 0;
                    for (int u = 0; u <= t; u++)
                        mixed[h * HEAD_DIM + c] += odds[u] / sum * values[l][u][kv + c];
                }
            }
            product(train_tensor_at(p, l, TRAIN_WO), mixed, DIM, DIM, more);
            for (int c = 0; c < DIM; c++)
                x[c] += more[c];
            norm(train_tensor_at(p, l, TRAIN_RMS_FFN), x, n);
            product(train_tensor_at(p, l, TRAIN_W1), n, HIDDEN, DIM, gate);
            product(train_tensor_at(p, l, TRAIN_W3), n, HIDDEN, DIM, up);
            for (int i = 0; i < HIDDEN; i++)
                gate[i] *= up[i] / (1 + exp(-gate[i]));
            product(train_tensor_at(p, l, TRAIN_W2), gate, DIM, HIDDEN, more);
            for (int c = 0; c < DIM; c++)
                x[c] += more[c];
        }
        norm(train_tensor_at(p, 0, TRAIN_RMS_FINAL), x, n);
        product(embedding, n, VOCAB, DIM, logits[t]);
    }
}

static void compare(const float *is, const double *should, int n) {
    for (int v = 0; v < n * VOCAB; v++)
        cr_assert_float_eq((double)is[v], should[v], 2e-5, "token %d, logit %d: %g, not %g",
            v / VOCAB, v % VOCAB, (double)is[v], should[v]);
}

/* All at once, one by one and in unequal pieces: keys and values are kept rightly. */
Test(train_sample, forward_pass) {
    static double should[SEQ][VOCAB];
    struct train_parameters p = random_parameters();
    struct sampler *s = sampler_of(&p);
    logits_slowly(&p, should);
    compare(sampler_read(s, tokens, SEQ), should[0], SEQ);
    sampler_reset(s);
    for (int t = 0; t < SEQ; t++)
        compare(sampler_read(s, tokens + t, 1), should[t], 1);
    sampler_reset(s);
    const int pieces[] = {5, 1, 4, 2};
    for (int i = 0, t = 0; i < 4; t += pieces[i++])
        compare(sampler_read(s, tokens + t, pieces[i]), should[t], pieces[i]);
    sampler_free(s);
    train_parameters_free(&p);
}

Test(train_sample, loss) {
    static double logits[SEQ][VOCAB];
    struct train_parameters p = random_parameters();
    struct sampler *s = sampler_of(&p);
    double should = 0;
    logits_slowly(&p, logits);
    for (int t = 0; t < SEQ; t++) {
        double sum = 0;
        for (int v = 0; v < VOCAB; v++)
            sum += exp(logits[t][v]);
        should += (log(sum) - logits[t][tokens[t + 1]]) / SEQ;
    }
    for (int again = 0; again < 2; again++)
        cr_assert_float_eq(sampler_loss(s, tokens), should, 1e-5);
    sampler_free(s);
    train_parameters_free(&p);
}

/* One layer that adds nothing: the logits after token 1 are those of its own embedding, which are
 * log(odds) but for the token 1 itself. */
static const double odds[VOCAB] = {
    [0] = 3, [1] = 1, [2] = 40, [3] = 20, [4] = 8, [5] = 8, [6] = 20};

static struct train_parameters odds_parameters(void) {
    struct train_shape one = shape;
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

Test(train_sample, a_text_is_its_seed) {
    struct train_parameters p = random_parameters();
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
