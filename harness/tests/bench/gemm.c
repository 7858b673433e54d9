/* SPDX-License-Identifier: MIT
 *
 * The rate of 1x1 convs on cpu:cores=1 against cblas_sgemm on the same shapes, with as many
 * different weight matrices, on one thread, in turns. The device also converts fp16 surfaces and
 * rounds every layer's result to fp16; the reference does neither.
 */
#include "bench.h"

#include "base/clock.h"
#include "mil/fp16.h"
#include "train/host/blas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 75 };

static const double goal_ratio = 0.90;

struct reference {
    struct bench_conv conv;
    float *weights; /* of all layers */
    float *buffers[2];
};

static size_t activations(const struct bench_conv *conv) {
    return (size_t)(conv->in > conv->out ? conv->in : conv->out) * (size_t)conv->spatial;
}

static int reference_make(const struct bench_conv *conv, struct reference *r) {
    size_t n = (size_t)conv->in * (size_t)conv->out;
    *r = (struct reference){.conv = *conv,
        .weights = malloc(n * (size_t)conv->depth * sizeof(float)),
        .buffers = {
            malloc(activations(conv) * sizeof(float)), malloc(activations(conv) * sizeof(float))}};
    if (!r->weights || !r->buffers[0] || !r->buffers[1])
        return -1;
    for (int i = 0; i < conv->depth; i++)
        bench_weights_fill(conv, 1, i, r->weights + n * (size_t)i);
    return 0;
}

static void reference_free(struct reference *r) {
    free(r->weights);
    free(r->buffers[0]);
    free(r->buffers[1]);
}

/* From buffers[0]; returns where the result is. */
static float *reference_run(struct reference *r) {
    const struct bench_conv *c = &r->conv;
    size_t n = (size_t)c->in * (size_t)c->out;
    for (int i = 0; i < c->depth; i++)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, c->out, c->spatial, c->in, 1,
            r->weights + n * (size_t)i, c->in, r->buffers[i & 1], c->spatial, 0,
            r->buffers[(i + 1) & 1], c->spatial);
    return r->buffers[c->depth & 1];
}

/* Largest difference, relative to the largest element of the reference. */
static double difference(const uint16_t *got, const float *want, size_t n) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)fp16_to_float(got[i]) - (double)want[i]));
        largest = fmax(largest, fabs((double)want[i]));
    }
    return worst / largest;
}

static enum device_status measure(struct device *device, const struct bench_conv *conv, int rounds,
    const char *metric, struct device_error *error) {
    struct bench_program p;
    struct reference r;
    double device_s[ROUNDS_MAX], reference_s[ROUNDS_MAX], ratio[ROUNDS_MAX];
    enum device_status status = DEVICE_BROKEN;
    if (reference_make(conv, &r) != 0) {
        device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
        reference_free(&r);
        return DEVICE_BROKEN;
    }
    if ((status = bench_program_create(device, conv, 1, &p, error)) != DEVICE_OK ||
        (status = device_compile(device, p.program, DEVICE_QOS_DEFAULT, error)) != DEVICE_OK ||
        (status = device_load(device, p.program, DEVICE_QOS_DEFAULT, error)) != DEVICE_OK ||
        (status = bench_program_prepare(device, &p, error)) != DEVICE_OK)
        goto done;
    for (int round = -1; round < rounds; round++) { /* round -1: both warm up */
        uint64_t start_ns = clock_monotonic_ns();
        if ((status = device_eval(device, p.request, DEVICE_QOS_DEFAULT, error)) != DEVICE_OK)
            goto done;
        uint64_t device_ns = clock_monotonic_ns() - start_ns;
        bench_input_fill(conv, r.buffers[0]);
        start_ns = clock_monotonic_ns();
        const float *want = reference_run(&r);
        uint64_t reference_ns = clock_monotonic_ns() - start_ns;
        if (round < 0) {
            double worst = difference(device_surface_lock(device, p.y, false), want,
                (size_t)conv->out * (size_t)conv->spatial);
            /* fp16 rounding after each layer, 2^-11, adds up as a random walk. */
            if (!(worst < 0x1p-9 * sqrt(conv->depth))) {
                status = device_error_set(error, DEVICE_FAILED, "eval",
                    "%s: the output is off by %g of its largest element", metric, worst);
                goto done;
            }
            continue;
        }
        device_s[round] = 1e-9 * (double)device_ns;
        reference_s[round] = 1e-9 * (double)reference_ns;
        ratio[round] = (double)reference_ns / (double)device_ns;
    }
    double gflop = 2e-9 * conv->in * conv->out * conv->spatial * conv->depth;
    double of_reference = bench_median(ratio, (size_t)rounds); /* of neighbours in time */
    printf("gemm,%s,%.2f,GFLOP/s,%.2f GFLOP/s cblas_sgemm,%.3f,%.2f,%s\n", metric,
        gflop / bench_median(device_s, (size_t)rounds),
        gflop / bench_median(reference_s, (size_t)rounds), of_reference, goal_ratio,
        of_reference >= goal_ratio ? "yes" : "no");
done:
    bench_program_free(device, &p);
    reference_free(&r);
    return status;
}

int main(void) {
    static const struct {
        const char *metric;
        int rounds;
        struct bench_conv conv;
    } cases[] = {{"conv_96x_512ch_sp64", 15, {512, 512, 64, 96}},
        {"conv_768x2048_sp256", ROUNDS_MAX, {768, 2048, 256, 1}}};
    struct device *device;
    struct device_error error;
    int code = 99;
    if (device_open("cpu:cores=1", 0, &device, &error) != DEVICE_OK) {
        fprintf(stderr, "gemm: %s: %s\n", error.stage, error.text);
        return code;
    }
    fputs(bench_header, stdout);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (measure(device, &cases[i].conv, cases[i].rounds, cases[i].metric, &error) !=
            DEVICE_OK) {
            fprintf(stderr, "gemm: %s: %s\n", error.stage, error.text);
            goto done;
        }
    code = 0;
done:
    device_close(device);
    return code;
}
