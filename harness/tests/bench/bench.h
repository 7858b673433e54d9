/* SPDX-License-Identifier: MIT
 *
 * What the benchmarks of the cpu device share: rows, medians, programs of 1x1 convs.
 */
#ifndef ANEPROBE_TESTS_BENCH_H
#define ANEPROBE_TESTS_BENCH_H

#include "device/device.h"

static const char bench_header[] = "benchmark,metric,value,unit,reference,ratio,goal,met\n";

/* Sorts x. */
double bench_median(double *x, size_t n);

/* `depth` 1x1 convs in a row, fp16: `in` channels to `out` (depth > 1: in == out), at `spatial`
 * positions. Weights are random, as large as keeps the activations' size. Depth 0 is `identity`. */
struct bench_conv {
    int in, out, spatial, depth;
};

struct bench_program {
    struct device_program *program;
    struct device_surface *x, *y;
    struct device_request *request;
};

/* Makes the source and gives it to the device. */
enum device_status bench_program_create(struct device *device, const struct bench_conv *conv,
    uint64_t seed, struct bench_program *out, struct device_error *error);
/* Surfaces, filled input and request of a loaded program. */
enum device_status bench_program_prepare(
    struct device *device, struct bench_program *program, struct device_error *error);
void bench_program_free(struct device *device, struct bench_program *program);

/* The weights of layer `layer` and the input, as the program has them (rounded to fp16). */
void bench_weights_fill(const struct bench_conv *conv, uint64_t seed, int layer, float *out);
void bench_input_fill(const struct bench_conv *conv, float *out);

#endif
