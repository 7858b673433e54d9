/* SPDX-License-Identifier: MIT */
#include "experiment/subject_data.h"

#include "experiment/stretch.h"
#include "experiment/subject_padding.h"
#include "measure/random.h"
#include "mil/build/build.h"
#include "mil/eval/eval.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
static float weight_of(uint32_t word, float low, float scale) {
    const float sign = (float)(1 - 2 * (int32_t)(word & 1)); /* a branch costs more */
    return sign * (low + (float)(int32_t)(word >> 8) * 0x1p-24f) * scale;
}

static void weights_fill(uint64_t *state, float low, float scale, uint16_t *out, size_t n) {
    enum { AT_ONCE = 64 };
    float some[AT_ONCE];
    const size_t drawn = stretch_drawn(n);
    for (size_t i = 0; i < drawn; i += AT_ONCE) {
        for (size_t j = 0; j < AT_ONCE; j += 2) {
            const uint64_t bits = random_next(state);
            some[j] = weight_of((uint32_t)bits, low, scale);
            some[j + 1] = weight_of((uint32_t)(bits >> 32), low, scale);
        }
        fp16_from_floats(out + i, some, drawn - i < AT_ONCE ? drawn - i : AT_ONCE);
    }
    stretch_repeat(out, n, sizeof *out);
}

/* Magnitudes in [0.5, 1.5): none is near zero, so the loss of any is noticed. For convs scaled to
 * variance 1 / channels, so that activations keep their size at any depth. */
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

uint16_t *subject_compared(const struct subject_spec *spec, const uint16_t *input) {
    size_t channels = (size_t)spec->channels, positions = (size_t)subject_positions(spec);
    uint16_t *part = malloc(channels * positions * sizeof *part);
    for (size_t c = 0; part && c < channels; c++)
        for (size_t p = 0; p < positions; p++)
            part[c * positions + p] =
                input[c * (size_t)spec->spatial + (size_t)subject_position(spec, (int)p)];
    return part;
}

/* The program, at all positions or only at those that are compared, and its weight file. */
struct source {
    struct mil_builder *builder;
    struct mil_blob_writer *writer; /* NULL: the file is there */
    uint64_t blob_offset;           /* of the next blob */
    int positions;
    bool memory_out;
};

static struct mil_type tensor(const struct source *s, const struct subject_spec *spec) {
    return mil_tensor4(MIL_FP16, 1, spec->channels, 1, s->positions);
}

static int blob_const(
    struct source *s, const char *name, struct mil_type type, const uint16_t *data) {
    const uint64_t offset = s->blob_offset;
    s->blob_offset = mil_blob_after(offset, mil_type_bytes(&type));
    if (s->writer)
        s->memory_out |=
            mil_blob_writer_add(s->writer, MIL_FP16, data, mil_type_bytes(&type)) != offset;
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
        if (s->writer)
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

/* The program itself, or its reference at the compared positions, where the padding's contribution
 * is known and is an input. *weights: its file, to release; it is made unless it is there. */
static int source_build(const struct subject_spec *spec, uint64_t main_seed, bool reference,
    enum mil_header header, struct mil_program **program, struct mil_shared **weights,
    struct mil_error *error) {
    *program = NULL;
    struct source s = {.builder = mil_builder_new(header),
        .writer = *weights ? NULL : mil_blob_writer_new(),
        .blob_offset = SUBJECT_BLOB_OFFSET,
        .positions = reference ? subject_positions(spec) : spec->spatial};
    if (!s.builder || (!*weights && !s.writer)) {
        s.memory_out = true;
    } else {
        mil_build_function(s.builder, "main");
        int x = mil_build_input(s.builder, "x", tensor(&s, spec)), share = -1;
        if (spec->padding && reference)
            share = mil_build_input(s.builder, "padding", tensor(&s, spec));
        int y = layers_build(&s, spec, main_seed, x);
        if (spec->padding && !reference)
            share =
                subject_padding_build(s.builder, spec->padding, spec->channels, spec->spatial, x);
        if (spec->padding)
            y = mil_build_binary(s.builder, MIL_OP_ADD, "padded", y, share);
        mil_build_outputs(s.builder, &y, 1);
    }
    if (s.builder)
        *program = mil_builder_finish(s.builder, error);
    if (*weights) {
        mil_shared_hold(*weights);
    } else if (s.writer) {
        size_t bytes;
        void *file = mil_blob_writer_finish(s.writer, &bytes);
        *weights = mil_shared_new(file, bytes);
    }
    if (s.memory_out || (*program && !*weights))
        *error = (struct mil_error){.text = "out of memory while building the program"};
    if (*program && *weights && !s.memory_out)
        return 0;
    mil_program_free(*program);
    mil_shared_release(*weights);
    *program = NULL;
    *weights = NULL;
    return -1;
}

int subject_source_make(const struct subject_spec *spec, enum mil_header header, char **text,
    size_t *text_bytes, struct mil_shared **weights, struct mil_error *error) {
    struct mil_program *program;
    *weights = NULL;
    if (source_build(spec, spec->weight_seed, false, header, &program, weights, error) != 0)
        return -1;
    *text = mil_print(program, text_bytes);
    mil_program_free(program);
    if (*text)
        return 0;
    mil_shared_release(*weights);
    *weights = NULL;
    *error = (struct mil_error){.text = "out of memory while printing the program"};
    return -1;
}

int subject_reference(const struct subject_spec *spec, uint64_t main_seed,
    struct mil_shared *weights, struct mil_eval_memo *memo, const uint16_t *input,
    uint16_t *expected, struct mil_error *error) {
    struct mil_program *program;
    if (source_build(spec, main_seed, true, MIL_HEADER_IOS18, &program, &weights, error) != 0)
        return -1;
    int result = -1;
    uint16_t *part = subject_compared(spec, input);
    if (part) {
        const struct mil_blob_file file = mil_blob_file_of(SUBJECT_BLOB_PATH, weights);
        const struct mil_weights files = {&file, 1};
        const void *const inputs[] = {part, spec->padding ? spec->padding->share : NULL};
        void *const outputs[] = {expected};
        result = mil_eval_with_memo(program, 0, &files, memo, inputs, outputs, error);
    } else {
        *error = (struct mil_error){.text = "out of memory while computing the reference"};
    }
    free(part);
    mil_shared_release(weights);
    mil_program_free(program);
    return result;
}
