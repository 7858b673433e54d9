/* SPDX-License-Identifier: MIT */
#include "experiment/subject_padding.h"

#include "measure/random.h"
#include "experiment/subject_data.h"
#include "mil/eval/eval.h"

#include <stdio.h>
#include <stdlib.h>

/* Blobs of [1, channels, up to 256, positions]: no axis is long, and intermediate values stay
 * small.
 */
enum { PADDING_ROWS = 256 };

/* Element i of the padding: magnitudes in [0.5, 1), written as bit patterns, since padding may be
 * many megabytes. Four per word of random_next, whose state grows by a constant: any word can be
 * computed without those before it, and a reference at few positions needs few. */
static void elements_fill(uint64_t seed, uint64_t first, uint16_t *out, size_t n) {
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

/* One line of a blob, at all positions or at those that are compared. */
static void line_fill(
    const struct subject_spec *spec, int positions, uint64_t seed, uint64_t line, uint16_t *out) {
    uint64_t first = line * (uint64_t)spec->spatial;
    if (positions == spec->spatial)
        elements_fill(seed, first, out, (size_t)positions);
    for (int p = 0; positions < spec->spatial && p < positions; p++)
        elements_fill(seed, first + (uint64_t)subject_position(spec, p), out + p, 1);
}

/* The weight file, and the places of its parts. Blobs differ in their first line, so that none is a
 * copy of another, and share the rest, which is slow to generate. NULL when out of memory. */
static struct mil_shared *file_make(const struct subject_spec *spec, int positions, uint64_t seed,
    const struct subject_padding *padding) {
    size_t line = (size_t)positions, lines = (size_t)spec->channels * PADDING_ROWS, bytes;
    uint16_t *part = malloc(lines * line * sizeof *part);
    struct mil_blob_writer *writer = mil_blob_writer_new();
    for (int i = 0; part && i < padding->n_parts; i++) {
        struct subject_padding_part *to = &padding->parts[i];
        for (size_t l = 0; l < (i == 0 ? lines : 1); l++)
            line_fill(spec, positions, seed + (l == 0 ? (uint64_t)i : 0), l, part + l * line);
        to->offset = mil_blob_writer_add(writer, MIL_FP16, part,
            (size_t)spec->channels * (size_t)to->rows * line * sizeof *part);
    }
    void *file = mil_blob_writer_finish(writer, &bytes);
    if (!part) {
        free(file);
        return NULL;
    }
    free(part);
    return mil_shared_new(file, bytes);
}

static int part_build(struct mil_builder *builder, const struct subject_padding_part *part,
    int number, int channels, int positions, int x) {
    char name[3][32];
    snprintf(name[0], sizeof name[0], "P%d", number);
    snprintf(name[1], sizeof name[1], "px%d", number);
    snprintf(name[2], sizeof name[2], "pm%d", number);
    int weights = mil_build_const_blob(builder, name[0],
        mil_tensor4(MIL_FP16, 1, channels, part->rows, positions), SUBJECT_PADDING_PATH,
        part->offset);
    int product = mil_build_binary(builder, MIL_OP_MUL, name[1], x, weights);
    return mil_build_reduce(builder, MIL_OP_REDUCE_MEAN, name[2], product, 2);
}

/* The sum over the parts of the mean over rows of (part * x): every weight takes part, at one
 * multiply-add each. It does not depend on a program's own weights, so that with a memo
 * (mil_eval_with_memo) it is computed once for all of them. */
int subject_padding_build(struct mil_builder *builder, const struct subject_padding *padding,
    int channels, int positions, int x) {
    int sum = part_build(builder, &padding->parts[0], 0, channels, positions, x);
    for (int i = 1; i < padding->n_parts; i++) {
        char name[32];
        snprintf(name, sizeof name, "ps%d", i);
        int mean = part_build(builder, &padding->parts[i], i, channels, positions, x);
        sum = mil_build_binary(builder, MIL_OP_ADD, name, sum, mean);
    }
    return sum;
}

/* The padding's contribution to the output at the compared positions, from a program for only
 * those. */
static int share_make(const struct subject_spec *spec, uint64_t input_seed, uint64_t padding_seed,
    struct subject_padding *padding, struct mil_error *error) {
    int positions = subject_positions(spec), result = -1;
    struct mil_shared *file = file_make(spec, positions, padding_seed, padding);
    struct mil_builder *builder = mil_builder_new(MIL_HEADER_IOS18);
    mil_build_function(builder, "main");
    int x = mil_build_input(builder, "x", mil_tensor4(MIL_FP16, 1, spec->channels, 1, positions));
    int sum = subject_padding_build(builder, padding, spec->channels, positions, x);
    mil_build_outputs(builder, &sum, 1);
    struct mil_program *program = mil_builder_finish(builder, error);
    uint16_t *whole = malloc((size_t)spec->channels * (size_t)spec->spatial * sizeof *whole);
    if (whole)
        subject_input_fill(spec, input_seed, whole);
    uint16_t *input = whole ? subject_compared(spec, whole) : NULL;
    free(whole);
    if (!file || !input || !padding->share) {
        *error = (struct mil_error){.text = "out of memory while computing the reference"};
    } else if (program) {
        struct mil_blob_file blobs = mil_blob_file_of(SUBJECT_PADDING_PATH, file);
        struct mil_weights weights = {&blobs, 1};
        const void *const inputs[] = {input};
        void *const outputs[] = {padding->share};
        result = mil_eval(program, 0, &weights, inputs, outputs, error);
    }
    mil_program_free(program);
    mil_shared_release(file);
    free(input);
    return result;
}

enum device_status subject_padding_create(struct trial *t, const struct subject_spec *spec,
    size_t bytes, struct subject_padding **out, struct device_error *error) {
    size_t row_bytes = (size_t)spec->channels * (size_t)spec->spatial * sizeof(uint16_t);
    size_t rows = (bytes + row_bytes - 1) / row_bytes;
    size_t elements = (size_t)spec->channels * (size_t)subject_positions(spec);
    uint64_t seed = t->seed ^ 0x5BE0CD19137E2179u;
    struct mil_error mil_error = {.text = "out of memory for the padding's weights"};
    struct subject_padding *padding = calloc(1, sizeof *padding);
    *out = NULL;
    if (!padding || rows == 0)
        goto fail;
    padding->bytes = bytes;
    padding->n_parts = (int)((rows + PADDING_ROWS - 1) / PADDING_ROWS);
    padding->parts = calloc((size_t)padding->n_parts, sizeof *padding->parts);
    padding->share = malloc(elements * sizeof *padding->share);
    if (!padding->parts)
        goto fail;
    for (int i = 0; i < padding->n_parts; i++, rows -= PADDING_ROWS)
        padding->parts[i].rows = rows < PADDING_ROWS ? (int)rows : PADDING_ROWS;
    if (share_make(spec, t->seed, seed, padding, &mil_error) != 0)
        goto fail;
    padding->file = file_make(spec, spec->spatial, seed, padding);
    if (!padding->file)
        goto fail;
    *out = padding;
    return DEVICE_OK;
fail:
    subject_padding_free(padding);
    return device_error_set(error, DEVICE_BROKEN, "parse", "%s", mil_error.text);
}

void subject_padding_free(struct subject_padding *padding) {
    if (!padding)
        return;
    mil_shared_release(padding->file);
    free(padding->parts);
    free(padding->share);
    free(padding);
}
