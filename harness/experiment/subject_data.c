/* SPDX-License-Identifier: MIT */
#include "experiment/subject_data.h"

#include "measure/random.h"
#include "mil/build.h"
#include "mil/eval.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Padding goes in as blobs of [1, channels, up to 64, positions]: no axis is long, and what is in
 * flight stays small. */
enum { PADDING_ROWS = 64 };

int subject_positions(const struct subject_spec *spec) {
    return spec->check_positions > 0 && spec->check_positions < spec->spatial
               ? spec->check_positions
               : spec->spatial;
}

int subject_position(const struct subject_spec *spec, int i) {
    return (int)((int64_t)i * spec->spatial / subject_positions(spec));
}

size_t subject_main_elements(const struct subject_spec *spec) {
    size_t channels = (size_t)spec->channels;
    return spec->kind == SUBJECT_CONV ? channels * channels : channels;
}

/* A magnitude in [low, low + 1) times `scale`, either sign. */
static float random_weight(uint64_t *state, float low, float scale) {
    uint64_t bits = random_next(state);
    float magnitude = low + (float)(bits >> 40) * 0x1p-24f;
    return (bits & 1 ? -magnitude : magnitude) * scale;
}

static void weights_fill(uint64_t *state, float low, float scale, uint16_t *out, size_t n) {
    float some[64];
    for (size_t i = 0; i < n; i += sizeof some / sizeof *some) {
        size_t m = n - i < sizeof some / sizeof *some ? n - i : sizeof some / sizeof *some;
        for (size_t j = 0; j < m; j++)
            some[j] = random_weight(state, low, scale);
        fp16_from_floats(out + i, some, m);
    }
}

/* Magnitudes in [0.5, 1.5): none is near zero, so none can be lost without being missed. For convs
 * scaled to variance 1 / channels, so that activations keep their size through any depth. */
static void layer_fill(
    const struct subject_spec *spec, uint64_t seed, uint64_t layer, uint16_t *out, size_t n) {
    uint64_t state = seed + layer * 0xD1B54A32D192ED03u;
    float scale =
        spec->kind == SUBJECT_CONV ? 1.0f / sqrtf((float)spec->channels * (13.0f / 12.0f)) : 1.0f;
    weights_fill(&state, 0.5f, scale, out, n);
}

void subject_main_fill(const struct subject_spec *spec, uint64_t main_seed, uint16_t *out) {
    layer_fill(spec, main_seed, 0, out, subject_main_elements(spec));
}

void subject_input_fill(const struct subject_spec *spec, uint64_t seed, uint16_t *out) {
    uint64_t state = seed ^ 0x1F83D9ABFB41BD6Bu;
    size_t n = (size_t)spec->channels * (size_t)spec->spatial;
    weights_fill(&state, 1.0f / 3.0f, 0.75f, out, n);
}

/* Element i of the padding: magnitudes in [0.5, 1), straight as bit patterns, since padding may be
 * many megabytes. Four to a word of random_next, whose state counts up by a constant: any word can
 * be had without those before it, and a reference at few positions needs few. */
static void padding_fill(uint64_t seed, uint64_t first, uint16_t *out, size_t n) {
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t at = first + i;
        if (i == 0 || at % 4 == 0) {
            uint64_t state = seed + at / 4 * RANDOM_STEP;
            bits = random_next(&state) >> 16 * (at % 4);
        }
        out[i] = (uint16_t)((bits & 0x83FF) | 0x3800);
        bits >>= 16;
    }
}

static uint64_t padding_rows(const struct subject_spec *spec) {
    size_t row_bytes = (size_t)spec->channels * (size_t)spec->spatial * 2;
    return (spec->padding_bytes + row_bytes - 1) / row_bytes;
}

/* The program and its weight file, at all positions or only at those that are compared. */
struct source {
    struct mil_builder *builder;
    struct mil_blob_writer *writer;
    int positions;
    bool every; /* all positions of the spec */
    bool memory_out;
};

static struct mil_type tensor(const struct source *s, const struct subject_spec *spec) {
    return mil_tensor4(MIL_FP16, 1, spec->channels, 1, s->positions);
}

static int blob_const(
    struct source *s, const char *name, struct mil_type type, const uint16_t *data) {
    uint64_t offset = mil_blob_writer_add(s->writer, MIL_FP16, data, mil_type_bytes(&type));
    s->memory_out |= offset == 0;
    return mil_build_const_blob(s->builder, name, type, SUBJECT_BLOB_PATH, offset);
}

static int layers_build(
    struct source *s, const struct subject_spec *spec, uint64_t main_seed, int x) {
    size_t n = subject_main_elements(spec);
    uint16_t *weights = malloc(n * sizeof *weights);
    if (!weights) {
        s->memory_out = true;
        return x;
    }
    int layers = spec->kind == SUBJECT_CONV ? spec->depth : 1;
    for (int i = 0; i < layers; i++) {
        char name[32], op[32];
        snprintf(name, sizeof name, "W%d", i);
        snprintf(op, sizeof op, "y%d", i);
        layer_fill(spec, i == 0 ? main_seed : spec->weight_seed, (uint64_t)i, weights, n);
        struct mil_type type = spec->kind == SUBJECT_CONV
                                   ? mil_tensor4(MIL_FP16, spec->channels, spec->channels, 1, 1)
                                   : mil_tensor4(MIL_FP16, 1, spec->channels, 1, 1);
        int w = blob_const(s, name, type, weights);
        x = spec->kind == SUBJECT_CONV ? mil_build_conv1x1(s->builder, op, x, w)
                                       : mil_build_binary(s->builder, MIL_OP_MUL, op, x, w);
    }
    free(weights);
    return x;
}

/* One line of a blob, at the positions that are built. */
static void padding_line(const struct source *s, const struct subject_spec *spec, uint64_t seed,
    uint64_t line, uint16_t *out) {
    uint64_t first = line * (uint64_t)spec->spatial;
    if (s->every)
        padding_fill(seed, first, out, (size_t)spec->spatial);
    for (int p = 0; !s->every && p < s->positions; p++)
        padding_fill(seed, first + (uint64_t)subject_position(spec, p), out + p, 1);
}

/* y + mean over the rows of (padding * x), blob after blob: every padding weight takes part in the
 * output, at one multiply-add each. Blobs of a program differ in their first line, so that none is
 * another's copy, and share the rest, which took long to make. */
static int padding_build(struct source *s, const struct subject_spec *spec, int x, int y) {
    uint64_t left = padding_rows(spec);
    if (left == 0)
        return y;
    size_t row = (size_t)spec->channels * (size_t)spec->spatial;
    uint16_t *part = malloc(row * PADDING_ROWS * sizeof *part);
    if (!part) {
        s->memory_out = true;
        return y;
    }
    int32_t axis = 2;
    bool keep = true;
    int axes = mil_build_const(s->builder, "rows_axis",
        (struct mil_type){.dtype = MIL_INT32, .rank = 1, .dim = {1}}, &axis);
    int keep_dims = mil_build_const(
        s->builder, "rows_keep", (struct mil_type){.dtype = MIL_BOOL, .rank = 0}, &keep);
    uint64_t seed = spec->weight_seed ^ 0x5BE0CD19137E2179u;
    for (int i = 0; left > 0; i++) {
        int rows = left < PADDING_ROWS ? (int)left : PADDING_ROWS;
        size_t lines = (size_t)spec->channels * (size_t)rows;
        for (size_t line = 0; line < (i == 0 ? lines : 1); line++)
            padding_line(s, spec, seed + (line == 0 ? (uint64_t)i : 0), line,
                part + line * (size_t)s->positions);
        char name[4][32];
        snprintf(name[0], sizeof name[0], "P%d", i);
        snprintf(name[1], sizeof name[1], "px%d", i);
        snprintf(name[2], sizeof name[2], "pm%d", i);
        snprintf(name[3], sizeof name[3], "z%d", i);
        int padding = blob_const(
            s, name[0], mil_tensor4(MIL_FP16, 1, spec->channels, rows, s->positions), part);
        int product = mil_build_binary(s->builder, MIL_OP_MUL, name[1], x, padding);
        struct mil_build_arg args[] = {
            {"x", &product, 1}, {"axes", &axes, 1}, {"keep_dims", &keep_dims, 1}};
        int mean = mil_build_op(s->builder, MIL_OP_REDUCE_MEAN, name[2], args, 3);
        y = mil_build_binary(s->builder, MIL_OP_ADD, name[3], y, mean);
        left -= (uint64_t)rows;
    }
    free(part);
    return y;
}

static int source_build(const struct subject_spec *spec, uint64_t main_seed, bool every,
    enum mil_header header, struct mil_program **program, void **blob, size_t *blob_bytes,
    struct mil_error *error) {
    *program = NULL;
    *blob = NULL;
    struct source s = {.builder = mil_builder_new(header),
        .writer = mil_blob_writer_new(),
        .every = every,
        .positions = every ? spec->spatial : subject_positions(spec)};
    if (!s.builder || !s.writer) {
        s.memory_out = true;
    } else {
        mil_build_function(s.builder, "main");
        int x = mil_build_input(s.builder, "x", tensor(&s, spec));
        int y = layers_build(&s, spec, main_seed, x);
        y = padding_build(&s, spec, x, y);
        mil_build_outputs(s.builder, &y, 1);
    }
    if (s.builder)
        *program = mil_builder_finish(s.builder, error);
    if (s.writer)
        *blob = mil_blob_writer_finish(s.writer, blob_bytes);
    if (s.memory_out || (*program && !*blob))
        *error = (struct mil_error){.text = "out of memory while building the program"};
    if (*program && *blob && !s.memory_out)
        return 0;
    mil_program_free(*program);
    free(*blob);
    *program = NULL;
    *blob = NULL;
    return -1;
}

int subject_source_make(const struct subject_spec *spec, enum mil_header header, char **text,
    size_t *text_bytes, void **blob, size_t *blob_bytes, struct mil_error *error) {
    struct mil_program *program;
    if (source_build(spec, spec->weight_seed, true, header, &program, blob, blob_bytes, error) != 0)
        return -1;
    *text = mil_print(program, text_bytes);
    mil_program_free(program);
    if (*text)
        return 0;
    free(*blob);
    *error = (struct mil_error){.text = "out of memory while printing the program"};
    return -1;
}

int subject_reference(const struct subject_spec *spec, uint64_t main_seed, const uint16_t *input,
    uint16_t *expected, struct mil_error *error) {
    struct mil_program *program;
    void *blob;
    size_t blob_bytes;
    if (source_build(
            spec, main_seed, false, MIL_HEADER_IOS18, &program, &blob, &blob_bytes, error) != 0)
        return -1;
    size_t positions = (size_t)subject_positions(spec);
    int result = -1;
    uint16_t *part = malloc((size_t)spec->channels * positions * sizeof *part);
    if (!part) {
        *error = (struct mil_error){.text = "out of memory while computing the reference"};
        goto done;
    }
    for (size_t c = 0; c < (size_t)spec->channels; c++)
        for (size_t p = 0; p < positions; p++)
            part[c * positions + p] =
                input[c * (size_t)spec->spatial + (size_t)subject_position(spec, (int)p)];
    struct mil_blob_file file = {SUBJECT_BLOB_PATH, blob, blob_bytes};
    struct mil_weights weights = {&file, 1};
    const void *const inputs[] = {part};
    void *const outputs[] = {expected};
    result = mil_eval(program, 0, &weights, inputs, outputs, error);
done:
    free(part);
    free(blob);
    mil_program_free(program);
    return result;
}
