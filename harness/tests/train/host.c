/* SPDX-License-Identifier: MIT
 *
 * The host's part: threads, RMSNorm, classifier.
 */
#include "train/host/host_classifier.h"
#include "train/host/host_norm.h"
#include "train/host/pool.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_state = 1;

static double uniform(void) { /* -1..1 */
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 11) * 0x1p-52 - 1;
}

/* ---- threads --------------------------------------------------------------------------------- */

struct counts {
    _Atomic int of[1000];
    _Atomic long sum;
};

static void count(void *context, int index) {
    struct counts *c = context;
    c->of[index]++;
    c->sum += index;
}

static void pool_try(int threads) {
    static struct counts runs, posted;
    int unfinished = 0;
    struct train_pool *pool = train_pool_create(threads, NULL, NULL);
    cr_assert(pool);
    memset(&runs, 0, sizeof runs);
    memset(&posted, 0, sizeof posted);
    for (int i = 0; i < 1000; i++) /* more than may wait */
        train_pool_post(pool, count, &posted, i, &unfinished);
    for (int round = 0; round < 10; round++)
        train_pool_run(pool, count, &runs, 1000);
    train_pool_wait(pool, &unfinished);
    cr_assert_eq(unfinished, 0);
    for (int i = 0; i < 1000; i++)
        cr_assert(runs.of[i] == 10 && posted.of[i] == 1, "%d threads: part %d: %d and %d", threads,
            i, runs.of[i], posted.of[i]);
    train_pool_free(pool);
}

Test(train_pool, every_part_once) {
    pool_try(0);
    pool_try(1);
    pool_try(7);
}

Test(train_pool, runs_without_a_pool) {
    static struct counts c;
    train_pool_run(NULL, count, &c, 1000);
    cr_assert_eq(c.sum, 999 * 1000 / 2);
    train_pool_free(NULL);
}

Test(train_pool, freeing_waits_for_what_was_posted) {
    static struct counts c;
    int unfinished = 0;
    struct train_pool *pool = train_pool_create(2, NULL, NULL);
    for (int i = 0; i < 200; i++)
        train_pool_post(pool, count, &c, i, &unfinished);
    train_pool_free(pool);
    cr_assert_eq(c.sum, 199 * 200 / 2);
}

/* ---- norm ------------------------------------------------------------------------------------ */

enum { CHANNELS = 24, POSITIONS = 10, N = CHANNELS * POSITIONS };

/* sum over everything of d * norm(x): its derivatives are what the backward pass gives. */
static double norm_sum(const double *x, const double *w, const double *d) {
    double total = 0;
    for (int s = 0; s < POSITIONS; s++) {
        double square = 0;
        for (int c = 0; c < CHANNELS; c++)
            square += x[c * POSITIONS + s] * x[c * POSITIONS + s];
        for (int c = 0; c < CHANNELS; c++)
            total +=
                d[c * POSITIONS + s] * w[c] * x[c * POSITIONS + s] / sqrt(square / CHANNELS + 1e-5);
    }
    return total;
}

static double slope(double *at, const double *x, const double *w, const double *d) {
    double middle = *at, step = 1e-5;
    *at = middle + step;
    double above = norm_sum(x, w, d);
    *at = middle - step;
    double below = norm_sum(x, w, d);
    *at = middle;
    return (above - below) / (2 * step);
}

/* Values for which epsilon matters: x^2 is a tenth of llama2.c's 1e-5. */
Test(train_norm, scale_of_small_values) {
    const float x[] = {1e-3f, -1e-3f};
    float scale[1];
    host_norm_scales(x, 2, 1, 1e-5, scale);
    cr_assert_float_eq((double)scale[0], 1 / sqrt(1.1e-5), 1e-3);
}

/* Weights other than 1, since with 1 some wrong formulas are right, too. */
Test(train_norm, backward_is_the_derivative) {
    double x[N], w[CHANNELS], d[N];
    float xf[N], wf[CHANNELS], df[N], y[N], scale[POSITIONS], dots[POSITIONS];
    float dx[N], dw[CHANNELS];
    for (int i = 0; i < N; i++) {
        xf[i] = (float)(x[i] = (double)(float)(3 * uniform()));
        df[i] = (float)(d[i] = (double)(float)uniform());
        dx[i] = 10;
    }
    for (int c = 0; c < CHANNELS; c++) {
        wf[c] = (float)(w[c] = (double)(float)(1.5 + uniform()));
        dw[c] = -20;
    }
    host_norm_scales(xf, CHANNELS, POSITIONS, 1e-5, scale);
    host_norm_apply(xf, scale, wf, CHANNELS, POSITIONS, y);
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += d[i] * (double)y[i];
    cr_assert_float_eq(sum, norm_sum(x, w, d), 1e-4);
    host_norm_backward(xf, scale, wf, df, CHANNELS, POSITIONS, dots, dx, dw);
    for (int i = 0; i < N; i++)
        cr_assert_float_eq((double)dx[i], 10 + slope(&x[i], x, w, d), 2e-5);
    for (int c = 0; c < CHANNELS; c++)
        cr_assert_float_eq((double)dw[c], -20 + slope(&w[c], x, w, d), 2e-5);
}

/* ---- classifier ------------------------------------------------------------------------------ */

static const struct train_shape shape = {
    .layers = 1, .dim = 20, .hidden = 4, .heads = 2, .kv_heads = 2, .seq = 12, .vocab = 2500};

struct problem {
    float *embedding, *x, *dx, *embedding_gradient;
    uint16_t targets[12];
    double *probability; /* [vocab][seq] */
    double loss;
};

/* Softmax in double. Position 0 is confident and wrong: its target's probability is below what
 * fp32 holds. */
static void problem_make(struct problem *p) {
    size_t n = (size_t)shape.vocab * (size_t)shape.dim;
    p->embedding = malloc(n * sizeof(float));
    p->embedding_gradient = malloc(n * sizeof(float));
    p->x = malloc((size_t)(shape.dim * shape.seq) * sizeof(float));
    p->dx = malloc((size_t)(shape.dim * shape.seq) * sizeof(float));
    p->probability = malloc((size_t)(shape.vocab * shape.seq) * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        p->embedding[i] = (float)uniform();
        p->embedding_gradient[i] = 1;
    }
    for (int i = 0; i < shape.dim * shape.seq; i++)
        p->x[i] = (float)(2 * uniform() * (i % shape.seq == 0 ? 20 : 1));
    p->loss = 0;
    for (int s = 0; s < shape.seq; s++) {
        double sum = 0, largest = -INFINITY, smallest = INFINITY;
        p->targets[s] = (uint16_t)(s * 227 % shape.vocab);
        for (int v = 0; v < shape.vocab; v++) {
            double *logit = &p->probability[v * shape.seq + s];
            *logit = 0;
            for (int c = 0; c < shape.dim; c++)
                *logit += (double)p->embedding[v * shape.dim + c] * (double)p->x[c * shape.seq + s];
            largest = fmax(largest, *logit);
            if (s == 0 && *logit < smallest) {
                smallest = *logit;
                p->targets[0] = (uint16_t)v;
            }
        }
        for (int v = 0; v < shape.vocab; v++)
            sum += exp(p->probability[v * shape.seq + s] - largest);
        p->loss += (largest + log(sum) - p->probability[p->targets[s] * shape.seq + s]) / shape.seq;
        for (int v = 0; v < shape.vocab; v++)
            p->probability[v * shape.seq + s] =
                exp(p->probability[v * shape.seq + s] - largest) / sum;
    }
}

static void problem_free(struct problem *p) {
    free(p->embedding);
    free(p->embedding_gradient);
    free(p->x);
    free(p->dx);
    free(p->probability);
}

static double logit_gradient(const struct problem *p, int v, int s) {
    return (p->probability[v * shape.seq + s] - (p->targets[s] == v)) / shape.seq;
}

static void problem_try(struct problem *p, int threads) {
    struct host_classifier classifier;
    struct train_pool *pool = train_pool_create(threads, NULL, NULL);
    cr_assert_eq(host_classifier_create(&shape, &classifier), 0);
    double loss = host_classifier_loss(&classifier, pool, p->embedding, p->x, p->targets);
    cr_assert_float_eq(loss, p->loss, 1e-5 * p->loss, "%g, not %g", loss, p->loss);
    host_classifier_backward(&classifier, pool, p->dx, p->embedding_gradient);
    train_pool_wait(pool, &classifier.unfinished);
    for (int c = 0; c < shape.dim; c++)
        for (int s = 0; s < shape.seq; s++) {
            double expected = 0;
            for (int v = 0; v < shape.vocab; v++)
                expected += (double)p->embedding[v * shape.dim + c] * logit_gradient(p, v, s);
            cr_assert_float_eq((double)p->dx[c * shape.seq + s], expected, 2e-6);
        }
    for (int v = 0; v < shape.vocab; v++)
        for (int c = 0; c < shape.dim; c++) {
            double expected = 1;
            for (int s = 0; s < shape.seq; s++)
                expected += logit_gradient(p, v, s) * (double)p->x[c * shape.seq + s];
            cr_assert_float_eq((double)p->embedding_gradient[v * shape.dim + c], expected, 1e-4);
            p->embedding_gradient[v * shape.dim + c] = 1;
        }
    host_classifier_free(&classifier);
    train_pool_free(pool);
}

Test(train_classifier, against_double) {
    struct problem p;
    problem_make(&p);
    cr_assert(p.probability[p.targets[0] * shape.seq] < 1e-38);
    problem_try(&p, 0);
    problem_try(&p, 3);
    problem_free(&p);
}
