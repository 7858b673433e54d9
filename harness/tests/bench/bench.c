/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include "mil/build/build.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int double_compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *x, size_t n) {
    qsort(x, n, sizeof *x, double_compare);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* splitmix64: uniform in (-1, 1). */
static float random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (float)((double)(z >> 11) * 0x1p-52 - 1);
}

void bench_weights_fill(const struct bench_conv *conv, uint64_t seed, int layer, float *out) {
    uint64_t state = seed * 1000 + (uint64_t)layer;
    float scale = sqrtf(3 / (float)conv->in); /* variance 1 / in */
    for (size_t i = 0; i < (size_t)conv->in * (size_t)conv->out; i++)
        out[i] = fp16_round(scale * random_next(&state));
}

void bench_input_fill(const struct bench_conv *conv, float *out) {
    uint64_t state = 7;
    for (size_t i = 0; i < (size_t)conv->in * (size_t)conv->spatial; i++)
        out[i] = fp16_round(random_next(&state));
}

#define BLOB_PATH "@model_path/weights/weight.bin"

/* All layers' weights in one file; offsets[] are where BLOBFILE finds them. */
static void *blob_make(
    const struct bench_conv *conv, uint64_t seed, uint64_t *offsets, size_t *bytes) {
    size_t n = (size_t)conv->in * (size_t)conv->out;
    float *weights = malloc(n * sizeof *weights);
    uint16_t *halves = malloc(n * sizeof *halves);
    struct mil_blob_writer *writer = mil_blob_writer_new();
    for (int i = 0; weights && halves && writer && i < conv->depth; i++) {
        bench_weights_fill(conv, seed, i, weights);
        fp16_from_floats(halves, weights, n);
        offsets[i] = mil_blob_writer_add(writer, MIL_FP16, halves, n * sizeof *halves);
    }
    free(weights);
    free(halves);
    return writer ? mil_blob_writer_finish(writer, bytes) : NULL;
}

static struct mil_program *mil_make(
    const struct bench_conv *conv, const uint64_t *offsets, struct mil_error *error) {
    struct mil_builder *b = mil_builder_new(MIL_HEADER_IOS18);
    mil_build_function(b, "main");
    int x = mil_build_input(b, "x", mil_tensor4(MIL_FP16, 1, conv->in, 1, conv->spatial));
    for (int i = 0; i < conv->depth; i++) {
        char name[32];
        snprintf(name, sizeof name, "w%d", i);
        int w = mil_build_const_blob(
            b, name, mil_tensor4(MIL_FP16, conv->out, conv->in, 1, 1), BLOB_PATH, offsets[i]);
        snprintf(name, sizeof name, "y%d", i);
        x = mil_build_conv1x1(b, name, x, w);
    }
    if (conv->depth == 0)
        x = mil_build_unary(b, MIL_OP_IDENTITY, "y", x);
    mil_build_outputs(b, &x, 1);
    return mil_builder_finish(b, error);
}

enum device_status bench_program_create(struct device *device, const struct bench_conv *conv,
    uint64_t seed, struct bench_program *out, struct device_error *error) {
    *out = (struct bench_program){0};
    uint64_t *offsets = calloc((size_t)conv->depth + 1, sizeof *offsets);
    size_t blob_bytes = 0, text_bytes = 0;
    void *blob = offsets ? blob_make(conv, seed, offsets, &blob_bytes) : NULL;
    struct mil_error why = {.text = "out of memory"};
    struct mil_program *mil = blob ? mil_make(conv, offsets, &why) : NULL;
    char *text = mil ? mil_print(mil, &text_bytes) : NULL;
    struct mil_blob_file file = {.path = BLOB_PATH, .data = blob, .bytes = blob_bytes};
    struct device_source source = {text, text_bytes, {&file, conv->depth > 0}};
    enum device_status status =
        text ? device_program_create(device, &source, &out->program, error)
             : device_error_set(error, DEVICE_BROKEN, "parse", "%s", why.text);
    free(text);
    mil_program_free(mil);
    free(blob);
    free(offsets);
    return status;
}

enum device_status bench_program_prepare(
    struct device *device, struct bench_program *p, struct device_error *error) {
    struct device_layout in, out;
    if (device_layout(device, p->program, 0, false, 0, &in, error) != DEVICE_OK ||
        device_layout(device, p->program, 0, true, 0, &out, error) != DEVICE_OK ||
        device_surface_create(device, &in, &p->x, error) != DEVICE_OK ||
        device_surface_create(device, &out, &p->y, error) != DEVICE_OK)
        return error->status;
    struct bench_conv shape = {.in = (int)in.type.dim[1], .spatial = (int)in.type.dim[3]};
    size_t n = (size_t)mil_type_elements(&in.type);
    float *x = malloc(n * sizeof *x);
    if (!x)
        return device_error_set(error, DEVICE_BROKEN, "surface", "out of memory");
    bench_input_fill(&shape, x);
    fp16_from_floats(device_surface_lock(device, p->x, true), x, n);
    device_surface_unlock(device, p->x, true);
    free(x);
    struct device_request_spec spec = {
        .program = p->program, .inputs = &p->x, .n_inputs = 1, .outputs = &p->y, .n_outputs = 1};
    return device_request_create(device, &spec, &p->request, error);
}

void bench_program_free(struct device *device, struct bench_program *p) {
    device_request_free(device, p->request);
    device_surface_free(device, p->x);
    device_surface_free(device, p->y);
    device_program_free(device, p->program);
    *p = (struct bench_program){0};
}
