/* SPDX-License-Identifier: MIT */
#include "experiment/stream.h"

#include "base/number.h"
#include "measure/memory_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CORES_DEFAULT = 16 };

static const struct format {
    const char *name;
    int bits;            /* of an element, or of its index */
    const char *indices; /* their type; NULL: no palette */
} formats[STREAM_FORMATS] = {
    [STREAM_FP16] = {"fp16", 16, NULL},
    [STREAM_INT8] = {"int8", 8, NULL},
    [STREAM_PALETTE_8] = {"palette-8", 8, "uint8"},
    [STREAM_PALETTE_6] = {"palette-6", 6, "uint6"},
    [STREAM_PALETTE_4] = {"palette-4", 4, "uint4"},
    [STREAM_PALETTE_3] = {"palette-3", 3, "uint3"},
    [STREAM_PALETTE_2] = {"palette-2", 2, "uint2"},
    [STREAM_PALETTE_1] = {"palette-1", 1, "uint1"},
    [STREAM_SPARSE] = {"sparse", 9, NULL}, /* half of them 16, and one of the mask */
    [STREAM_INT4_BLOCKS] = {"int4-blocks", 4, NULL},
};
enum { BLOCK = 32 };

const char *stream_format_name(enum stream_format format) {
    return formats[format].name;
}

static int positions_of(const struct stream_spec *spec) {
    return spec->positions > 0 ? spec->positions : 1;
}

double stream_core_bytes(const struct stream_spec *spec, int rows, int cores) {
    return ceil((double)rows / cores) * spec->inputs * formats[spec->format].bits / 8;
}

double stream_bytes(const struct stream_spec *spec) {
    return (double)spec->outputs * spec->inputs * formats[spec->format].bits / 8;
}

static void cores_note(void *context, const char *key, const char *value) {
    uint64_t cores;
    if (!strcmp(key, "eval_cores") && number_whole(value, 1, 1024, &cores))
        *(int *)context = (int)cores;
}

int stream_cores(struct trial *t) {
    int cores = 0;
    device_properties(t->device, cores_note, &cores);
    return cores > 0 ? cores : CORES_DEFAULT;
}

/* A literal of the weight file that the part and its letter name. */
static void blob_put(FILE *out, char part, char letter) {
    fprintf(out, "(BLOBFILE(path=string(\"@model_path/weights/%c%c.bin\"), offset=uint64(64)))",
        letter, part);
}

/* The matrix of a part: `rows` rows. */
static void weight_put(FILE *out, const struct stream_spec *spec, char part, int rows) {
    const struct format *format = &formats[spec->format];
    char shape[48];
    snprintf(shape, sizeof shape, "[%d, %d, 1, 1]", rows, spec->inputs);
    fprintf(out, "tensor<fp16, %s> w%c = ", shape, part);
    if (format->indices) {
        fprintf(out, "constexpr_lut_to_dense(indices=tensor<%s, %s>", format->indices, shape);
        blob_put(out, part, 'i');
        fprintf(out, ", lut=tensor<fp16, [1, 1, 1, 1, %d, 1]>", 1 << format->bits);
        blob_put(out, part, 'l');
        fprintf(out, ")[name=string(\"w%c_op\")];\n", part);
    } else if (spec->format == STREAM_SPARSE) {
        fprintf(out, "constexpr_sparse_to_dense(nonzero_data=tensor<fp16, [%lld]>",
            (long long)rows * spec->inputs / 2);
        blob_put(out, part, 'n');
        fprintf(out, ", mask=tensor<uint1, %s>", shape);
        blob_put(out, part, 'm');
        fprintf(out, ")[name=string(\"w%c_op\")];\n", part);
    } else if (spec->format == STREAM_INT4_BLOCKS) {
        fprintf(out, "constexpr_blockwise_shift_scale(data=tensor<int4, %s>", shape);
        blob_put(out, part, 'd');
        fprintf(out, ", scale=tensor<fp16, [%d, %d, 1, 1]>", rows, spec->inputs / BLOCK);
        blob_put(out, part, 's');
        fprintf(out, ")[name=string(\"w%c_op\")];\n", part);
    } else if (spec->format == STREAM_INT8) {
        fprintf(out,
            "constexpr_affine_dequantize()[name=string(\"w%c_op\"), axis=int32(0), "
            "quantized_data=tensor<int8, %s>",
            part, shape);
        blob_put(out, part, 'w');
        /* +-127 becomes uniform of standard deviation 1 / sqrt(inputs) */
        fprintf(
            out, ", scale=fp16(%.9f), zero_point=int8(0)];\n", sqrt(3) / 127 / sqrt(spec->inputs));
    } else {
        fprintf(out, "const()[name=string(\"w%c\"), val=tensor<fp16, %s>", part, shape);
        blob_put(out, part, 'w');
        fprintf(out, "];\n");
    }
}

/* A part as a convolution of x. */
static void part_put(FILE *out, const struct stream_spec *spec, char name, int rows) {
    weight_put(out, spec, name, rows);
    fprintf(out,
        "tensor<fp16, [1, %d, 1, %d]> y%c = conv(x=x, weight=w%c, strides=strides, "
        "pad_type=pad_type, pad=pad, dilations=dilations, groups=groups)"
        "[name=string(\"y%c_op\")];\n",
        rows, positions_of(spec), name, name, name);
}

/* The statements, to free(); NULL when out of memory. */
static char *body_make(const struct stream_spec *spec) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    fputs(MIL_CONV_PLAIN, out);
    if (spec->first_rows > 0)
        part_put(out, spec, 'a', spec->first_rows);
    part_put(out, spec, 'b', spec->outputs - spec->first_rows);
    if (memory_file_close(out, &text) == 0)
        return text;
    free(text);
    return NULL;
}

enum device_status stream_open(struct trial *t, const struct stream_spec *spec,
    struct specimen **out, bool *right, struct device_error *error) {
    char inputs[64];
    char *body = body_make(spec);
    *out = NULL;
    *right = false;
    if (!body)
        return device_error_set(
            error, DEVICE_BROKEN, "parse", "out of memory for a program's text");
    snprintf(
        inputs, sizeof inputs, "tensor<fp16, [1, %d, 1, %d]> x", spec->inputs, positions_of(spec));
    const struct specimen_function function = {
        "main", inputs, MIL_BODY(body), spec->first_rows > 0 ? "ya, yb" : "yb"};
    /* sums of thousands of terms, in whatever order and with whatever bits a device adds them up */
    const struct specimen_spec specimen = {.functions = &function,
        .n_functions = 1,
        .weight_seed = trial_random(t),
        .tolerance = 0x1p-6};
    enum specimen_outcome outcome = SPECIMEN_WRONG;
    enum device_status status = specimen_start(t, &specimen, out, error);
    free(body);
    if (status == DEVICE_OK)
        status = specimen_eval(*out, &outcome, error);
    *right = status == DEVICE_OK && outcome == SPECIMEN_RIGHT;
    return status;
}

/* ---- judgement */

double *stream_times(
    struct judgement *j, const char *arm, struct judgement_pick pick, const char *per) {
    pick.column = per;
    const double *share = judgement_picked(j, arm, &pick);
    pick.column = "eval_ns";
    double *times = judgement_picked(j, arm, &pick);
    for (size_t trial = 0; share && times && trial < judgement_trials(j); trial++)
        times[trial] /= share[trial];
    return share ? times : NULL;
}

struct stream_ratio stream_ratio_of(
    struct judgement *j, const double *slow, const double *a, const double *b) {
    double *ratios = judgement_memory(j, judgement_trials(j) + 1, sizeof *ratios);
    struct stream_ratio r = {{NAN, NAN, NAN}, 0};
    for (size_t trial = 0; slow && a && b && ratios && trial < judgement_trials(j); trial++) {
        const double ratio = slow[trial] / fmax(a[trial], b[trial]);
        if (isfinite(ratio) && ratio > 0 && isfinite(a[trial]) && isfinite(b[trial]))
            ratios[r.n++] = ratio;
    }
    if (r.n > 0)
        r.interval = judgement_mean_ratio(j, ratios, r.n, judgement_level(j, 0.95));
    return r;
}
