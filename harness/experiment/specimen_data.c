/* SPDX-License-Identifier: MIT */
#include "experiment/specimen_data.h"

#include "experiment/stretch.h"
#include "measure/memory_file.h"
#include "measure/random.h"
#include "mil/fp16.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The header that engine compilers of macOS 15 and 26 take (maderix/ANE). */
static const char text_start[] =
    "program(1.3)\n[buildInfo = dict<string, string>({{\"coremlc-component-MIL\", \"3510.2.1\"}, "
    "{\"coremlc-version\", \"3505.4.1\"}, {\"coremltools-component-milinternal\", \"\"}, "
    "{\"coremltools-version\", \"9.0\"}})]\n{\n";

static int fail(struct mil_error *error, const char *text) {
    *error = (struct mil_error){.place = {0, 0}};
    snprintf(error->text, sizeof error->text, "%s", text);
    return -1;
}

static int program_make(struct specimen_data *data, const struct specimen_spec *spec,
    enum mil_header header, struct mil_error *error) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return fail(error, "out of memory for a program's text");
    fputs(text_start, out);
    for (int i = 0; i < spec->n_functions; i++) {
        const struct specimen_function *f = &spec->functions[i];
        fprintf(out, "func %s<ios18>(%s) {\n", f->name, f->inputs);
        for (int k = 0; f->body[k]; k++)
            fputs(f->body[k], out);
        fprintf(out, "} -> (%s);\n", f->outputs);
    }
    fputs("}\n", out);
    int result = memory_file_close(out, &text) == 0
                     ? mil_parse(text, bytes, &data->program, error)
                     : fail(error, "out of memory for a program's text");
    free(text);
    if (result == 0)
        mil_header_set(data->program, header);
    if (result == 0 && !(data->text = mil_print(data->program, &data->text_bytes)))
        result = fail(error, "out of memory while printing the program");
    return result;
}

static bool has_numbers(const struct mil_type *type) {
    return type->dtype == MIL_FP16 || type->dtype == MIL_FP32 || type->dtype == MIL_INT8;
}

/* As they are stored. */
static size_t weights_bytes(const struct mil_type *type) {
    return has_numbers(type) ? (size_t)mil_type_elements(type) * mil_dtype_bytes(type->dtype)
                             : mil_type_blob_bytes(type);
}

/* Integers of other types, packed as in blob files: any bits, but every second one of a mask or of indices of
 * one bit, so that a mask is of as many elements as its text can say. */
static void integers_fill(const struct mil_type *type, uint64_t *state, unsigned char *out) {
    const size_t bytes = weights_bytes(type);
    for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
        const uint64_t bits = type->dtype == MIL_UINT1 ? 0x5555555555555555 : random_next(state);
        memcpy(out + i, &bits, bytes - i < sizeof bits ? bytes - i : sizeof bits);
    }
}

/* Magnitudes in [0.5, 1.5), scaled so that sums over all axes but the first keep their size; int8
 * from -127 to 127. */
static void weights_fill(const struct mil_type *type, uint64_t *state, unsigned char *out) {
    const size_t n = (size_t)mil_type_elements(type), element = mil_dtype_bytes(type->dtype);
    const double sums = type->rank > 1 && type->dim[0] > 1 ? (double)n / (double)type->dim[0] : 1;
    const float scale = (float)(1 / sqrt(sums));
    enum { AT_ONCE = 64 };
    const size_t drawn = stretch_drawn(n);
    for (size_t i = 0; i < drawn; i += AT_ONCE) {
        const size_t some = drawn - i < AT_ONCE ? drawn - i : AT_ONCE;
        uint32_t words[AT_ONCE];
        float values[AT_ONCE];
        for (size_t k = 0; k < some; k += 2) {
            const uint64_t bits = random_next(state);
            words[k] = (uint32_t)bits;
            words[k + 1] = (uint32_t)(bits >> 32);
        }
        for (size_t k = 0; type->dtype == MIL_INT8 && k < some; k++)
            out[i + k] =
                (unsigned char)(int8_t)((int32_t)(words[k] >> 8) * 254LL / (1 << 24) - 127);
        for (size_t k = 0; type->dtype != MIL_INT8 && k < some; k++) {
            const float unit = (float)(int32_t)(words[k] >> 8) * 0x1p-24f;
            const float sign = (float)(1 - 2 * (int32_t)(words[k] & 1)); /* a branch costs more */
            values[k] = sign * (0.5f + unit) * scale;
        }
        if (type->dtype != MIL_INT8)
            specimen_elements_put(type->dtype, out + i * element, values, some);
    }
    stretch_repeat(out, n, element);
}

/* As the spec has its rows, for the k-th file. */
static void rows_fill(
    const struct specimen_spec *spec, size_t k, const struct mil_type *type, uint16_t *weights) {
    const size_t n = (size_t)mil_type_elements(type);
    const size_t row = type->dim[0] > 0 ? n / (size_t)type->dim[0] : 0;
    for (size_t i = 0; i < n; i++)
        fp16_from_floats(weights + i,
            &spec->row_values[k * spec->n_row_values + i / row % spec->n_row_values], 1);
}

static bool file_is_there(const struct specimen_data *data, const char *path) {
    for (int i = 0; i < data->n_files; i++)
        if (strcmp(data->files[i].path, path) == 0)
            return true;
    return false;
}

static int file_add(struct specimen_data *data, const struct specimen_spec *spec,
    const struct mil_literal *literal, uint64_t *state, struct mil_error *error) {
    if (file_is_there(data, literal->blob_path))
        return 0;
    struct mil_blob_file *files = realloc(data->files, ((size_t)data->n_files + 1) * sizeof *files);
    if (!files)
        return fail(error, "out of memory for a program's weights");
    data->files = files;
    const struct mil_type *type = literal->type;
    size_t file_bytes = 0;
    uint64_t offset = 0;
    struct mil_blob_writer *writer = mil_blob_writer_new();
    void *weights = mil_blob_writer_space(writer, type->dtype, weights_bytes(type), &offset);
    if (weights && has_numbers(type))
        weights_fill(type, state, weights);
    else if (weights)
        integers_fill(type, state, weights);
    if (weights && spec->row_values && type->dtype == MIL_FP16)
        rows_fill(spec, (size_t)data->n_files, type, weights);
    void *file = mil_blob_writer_finish(writer, &file_bytes);
    struct mil_shared *shared = mil_shared_new(file, file_bytes);
    if (!weights || offset != literal->blob_offset || !shared) {
        mil_shared_release(shared);
        return fail(error, "out of memory for a program's weights");
    }
    files[data->n_files++] = mil_blob_file_of(literal->blob_path, shared);
    return 0;
}

int specimen_data_make(struct specimen_data *data, const struct specimen_spec *spec,
    enum mil_header header, struct mil_error *error) {
    *data = (struct specimen_data){0};
    if (program_make(data, spec, header, error) != 0)
        return -1;
    uint64_t state = spec->weight_seed;
    for (int f = 0; f < data->program->n_functions; f++) {
        const struct mil_function *function = &data->program->functions[f];
        for (int i = 0; i < function->n_ops; i++)
            for (int a = 0; a < function->ops[i].n_attrs; a++) {
                const struct mil_literal *literal = &function->ops[i].attrs[a].literal;
                if (literal->blob_path && file_add(data, spec, literal, &state, error) != 0)
                    return -1;
            }
    }
    return 0;
}

void specimen_data_free(struct specimen_data *data) {
    for (int i = 0; i < data->n_files; i++)
        mil_shared_release(data->files[i].shared);
    free(data->files);
    free(data->text);
    mil_program_free(data->program);
    *data = (struct specimen_data){0};
}

void specimen_input_fill(const struct specimen_spec *spec, uint64_t seed, float *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (spec->pattern) {
            out[i] = spec->pattern[i % spec->n_pattern];
            continue;
        }
        uint64_t bits = random_next(&seed);
        float magnitude = 0.25f + 0.75f * (float)(bits >> 40) * 0x1p-24f;
        out[i] = !spec->positive && bits & 1 ? -magnitude : magnitude;
    }
}

void specimen_elements_put(enum mil_dtype dtype, void *out, const float *in, size_t n) {
    if (dtype == MIL_FP16)
        fp16_from_floats(out, in, n);
    else
        memcpy(out, in, n * sizeof *in);
}

void specimen_elements_get(enum mil_dtype dtype, float *out, const void *in, size_t n) {
    if (dtype == MIL_FP16)
        fp16_to_floats(out, in, n);
    else
        memcpy(out, in, n * sizeof *out);
}
