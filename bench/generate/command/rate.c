/* SPDX-License-Identifier: MIT */
#include "generate/command/rate.h"

#include "measure/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct rate_run {
    const struct rate_test *test;
    struct generate *generate;
    float *logits;
    double *rates;
};

static enum device_status read_one(
    const struct rate_run *r, int first, struct device_error *error) {
    return generate_read(r->generate, r->test->tokens + first, r->logits, error);
}

/* RATE_WRONG leaves the reason in *error. */
static enum device_status reads_check(
    const struct rate_run *r, struct rate *out, struct device_error *error) {
    const struct rate_test *t = r->test;
    const int positions = t->way->positions, vocab = t->model->shape.vocab;
    const int n = t->n_depth + t->n_reads * positions;
    enum device_status status = DEVICE_OK;
    sampler_reset(t->reference);
    out->logits_off = 0;
    generate_reset(r->generate);
    for (int i = 0; status == DEVICE_OK && out->outcome == RATE_RIGHT && i < n; i += positions) {
        status = read_one(r, i, error);
        if (status != DEVICE_OK)
            break;
        const float *expected = sampler_read(t->reference, t->tokens + i, positions);
        const double off = generate_logits_off(
            r->logits, expected + (size_t)(positions - 1) * (size_t)vocab, vocab);
        out->logits_off = fmax(out->logits_off, off);
        if (off > RATE_TOLERANCE) {
            out->outcome = RATE_WRONG;
            (void)device_error_set(error, DEVICE_FAILED, "eval",
                "the logits after token %d are off by %.3g of the largest; %.3g is allowed",
                i + positions, off, RATE_TOLERANCE);
        }
    }
    return status;
}

static enum device_status repetition(
    const struct rate_run *r, double *ts, struct device_error *error) {
    const struct rate_test *t = r->test;
    const int positions = t->way->positions;
    enum device_status status = DEVICE_OK;
    generate_reset(r->generate);
    for (int i = 0; status == DEVICE_OK && i < t->n_depth; i++)
        status = read_one(r, i, error);
    const uint64_t begin_ns = device_clock_ns(t->device);
    for (int i = 0; status == DEVICE_OK && i < t->n_reads; i++)
        status = read_one(r, t->n_depth + i * positions, error);
    const double elapsed_ns = (double)(device_clock_ns(t->device) - begin_ns);
    *ts = elapsed_ns > 0 ? 1e9 * t->n_reads * positions / elapsed_ns : NAN;
    return status;
}

static enum device_status reads_time(
    const struct rate_run *r, struct rate *out, struct device_error *error) {
    const struct generate_costs costs = generate_costs(r->generate);
    const int reps = r->test->reps;
    double warm_up;
    enum device_status status = repetition(r, &warm_up, error);
    for (int i = 0; status == DEVICE_OK && i < reps; i++)
        status = repetition(r, &r->rates[i], error);
    if (status != DEVICE_OK)
        return status;
    out->n = reps;
    out->avg_ts = stats_mean(r->rates, (size_t)reps);
    out->stddev_ts = stats_sd(r->rates, (size_t)reps);
    out->stream_gbs = costs.weight_bytes * out->avg_ts / r->test->way->positions / 1e9;
    return DEVICE_OK;
}

/* From nothing to the first logits, and again with all programs loaded. */
static enum device_status firsts_time(
    struct rate_run *r, struct rate *out, struct device_error *error) {
    const struct rate_test *t = r->test;
    uint64_t begin_ns = device_clock_ns(t->device);
    enum device_status status =
        generate_open(t->device, t->model, t->way, NULL, NULL, &r->generate, error);
    if (status == DEVICE_OK)
        status = read_one(r, 0, error);
    if (status != DEVICE_OK)
        return status;
    if (!generate_costs(r->generate).cached)
        out->first_token_cold_ms = (double)(device_clock_ns(t->device) - begin_ns) / 1e6;
    generate_reset(r->generate);
    begin_ns = device_clock_ns(t->device);
    status = read_one(r, 0, error);
    out->first_token_warm_ms = (double)(device_clock_ns(t->device) - begin_ns) / 1e6;
    return status;
}

enum device_status rate_measure(
    const struct rate_test *test, struct rate *out, struct device_error *error) {
    struct rate_run r = {.test = test,
        .logits = calloc((size_t)test->model->shape.vocab, sizeof *r.logits),
        .rates = calloc((size_t)test->reps, sizeof *r.rates)};
    enum device_status status = DEVICE_OK;
    *out = (struct rate){.outcome = RATE_RIGHT,
        .avg_ts = NAN,
        .stddev_ts = NAN,
        .stream_gbs = NAN,
        .first_token_cold_ms = NAN,
        .first_token_warm_ms = NAN,
        .logits_off = NAN};
    if (!r.logits || !r.rates)
        status = device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    if (status == DEVICE_OK)
        status = firsts_time(&r, out, error);
    if (status == DEVICE_OK)
        status = reads_check(&r, out, error);
    if (status == DEVICE_OK && out->outcome == RATE_RIGHT)
        status = reads_time(&r, out, error);
    if (status != DEVICE_OK)
        out->outcome = RATE_FAILED;
    generate_close(r.generate);
    free(r.logits);
    free(r.rates);
    return status;
}

void rate_test_name(
    unsigned n_prompt, unsigned n_gen, unsigned n_depth, bool is_prompt, char *out, size_t bytes) {
    if (is_prompt)
        snprintf(out, bytes, "pp%u", n_prompt);
    else if (n_depth > 0)
        snprintf(out, bytes, "tg%u @ d%u", n_gen, n_depth);
    else
        snprintf(out, bytes, "tg%u", n_gen);
}
