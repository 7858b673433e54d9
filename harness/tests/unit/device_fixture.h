/* SPDX-License-Identifier: MIT
 *
 * Small programs for tests of devices: y = w * x with one weight a channel, so that the output
 * tells which weights are in use.
 */
#ifndef ANEPROBE_TESTS_DEVICE_FIXTURE_H
#define ANEPROBE_TESTS_DEVICE_FIXTURE_H

#include "device/device.h"
#include "mil/eval/eval.h"
#include "mil/fp16.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 8, POSITIONS = 16, ELEMENTS = CHANNELS * POSITIONS };

#define BLOB_PATH "@model_path/weights/weight.bin"
enum { BLOB_OFFSET = 64 };

static const char scale_text[] =
    "program(1.3)[buildInfo = dict<string, string>({{\"coremlc-version\", \"3505.4.1\"}})]\n"
    "{\n"
    "  func main<ios18>(tensor<fp16, [1, 8, 1, 16]> x) {\n"
    "    tensor<fp16, [1, 8, 1, 1]> w = const()[name = string(\"w\"), val = tensor<fp16, "
    "[1, 8, 1, 1]>(BLOBFILE(path = string(\"" BLOB_PATH "\"), offset = uint64(64)))];\n"
    "    tensor<fp16, [1, 8, 1, 16]> y = mul(x = x, y = w)[name = string(\"y\")];\n"
    "  } -> (y);\n"
    "}\n";

/* The weights number `variant`: channel c has variant + c / 8. */
static inline void weights_fill(uint16_t w[CHANNELS], float variant) {
    for (int c = 0; c < CHANNELS; c++)
        w[c] = fp16_from_float(variant + (float)c / 8);
}

static inline uint16_t input_element(int i) {
    return fp16_from_float((float)(i % 13 + 1) / 4);
}

/* Text and weights in one place; source_free when done. */
struct fixture_source {
    struct device_source source;
    struct mil_blob_file file;
    void *blob;
};

static inline void source_make(struct fixture_source *f, const char *text, float variant) {
    uint16_t w[CHANNELS];
    weights_fill(w, variant);
    struct mil_blob_writer *writer = mil_blob_writer_new();
    cr_assert_eq(mil_blob_writer_add(writer, MIL_FP16, w, sizeof w), BLOB_OFFSET);
    size_t bytes;
    f->blob = mil_blob_writer_finish(writer, &bytes);
    cr_assert_not_null(f->blob);
    f->file = (struct mil_blob_file){.path = BLOB_PATH, .data = f->blob, .bytes = bytes};
    f->source = (struct device_source){text, strlen(text), {&f->file, 1}};
}

static inline void source_free(struct fixture_source *f) {
    free(f->blob);
}

static inline struct device *open_or_fail(const char *name) {
    struct device *device;
    struct device_error error;
    cr_assert_eq(device_open(name, 1, &device, &error), DEVICE_OK, "%s", error.text);
    return device;
}

static inline struct device_program *scale_create(struct device *device, float variant) {
    struct fixture_source f;
    struct device_program *program;
    struct device_error error;
    source_make(&f, scale_text, variant);
    enum device_status status = device_program_create(device, &f.source, &program, &error);
    source_free(&f);
    cr_assert_eq(status, DEVICE_OK, "%s", error.text);
    return program;
}

#define OK(call) cr_assert_eq((call), DEVICE_OK, "%s: %s", error.stage, error.text)

/* A program with surfaces and a request. The program must be loaded. */
struct fixture_run {
    struct device_surface *in, *out;
    struct device_request *request;
};

static inline void run_make_of(
    struct device *device, struct device_program *program, int elements, struct fixture_run *run) {
    struct device_layout layout;
    struct device_error error;
    OK(device_layout(device, program, 0, false, 0, &layout, &error));
    OK(device_surface_create(device, &layout, &run->in, &error));
    OK(device_layout(device, program, 0, true, 0, &layout, &error));
    OK(device_surface_create(device, &layout, &run->out, &error));
    struct device_request_spec spec = {.program = program,
        .inputs = &run->in,
        .n_inputs = 1,
        .outputs = &run->out,
        .n_outputs = 1};
    OK(device_request_create(device, &spec, &run->request, &error));
    uint16_t *x = device_surface_lock(device, run->in, true);
    for (int i = 0; i < elements; i++)
        x[i] = input_element(i);
    device_surface_unlock(device, run->in, true);
}

static inline void run_make(
    struct device *device, struct device_program *program, struct fixture_run *run) {
    run_make_of(device, program, ELEMENTS, run);
}

static inline void run_free(struct device *device, struct fixture_run *run) {
    device_request_free(device, run->request);
    device_surface_free(device, run->in);
    device_surface_free(device, run->out);
}

static inline void run_poison(struct device *device, struct fixture_run *run) {
    uint16_t *y = device_surface_lock(device, run->out, true);
    memset(y, 0xa5, ELEMENTS * sizeof *y);
    device_surface_unlock(device, run->out, true);
}

/* Does the output hold what `variant`'s weights make of the input, to the bit? */
static inline bool run_output_is(struct device *device, struct fixture_run *run, float variant) {
    uint16_t w[CHANNELS];
    weights_fill(w, variant);
    const uint16_t *y = device_surface_lock(device, run->out, false);
    bool same = true;
    for (int i = 0; i < ELEMENTS; i++)
        same = same && y[i] == fp16_from_float(fp16_to_float(input_element(i)) *
                                               fp16_to_float(w[i / POSITIONS]));
    device_surface_unlock(device, run->out, false);
    return same;
}

/* poison, eval, compare */
static inline bool run_gives(struct device *device, struct fixture_run *run, float variant) {
    struct device_error error;
    run_poison(device, run);
    OK(device_eval(device, run->request, DEVICE_QOS_DEFAULT, &error));
    return run_output_is(device, run, variant);
}

#endif
