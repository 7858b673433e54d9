/* SPDX-License-Identifier: MIT
 *
 * For tests of the emitter: compiles what it wrote with the system's compiler in a directory of its
 * own, loads it, and compares every function with the evaluator.
 */
#ifndef ANEPROBE_TESTS_MIL_IMAGE_H
#define ANEPROBE_TESTS_MIL_IMAGE_H

#include "mil/emit/emit.h"
#include "mil/eval/eval.h"
#include "mil/fp16.h"
#include "../plain/element.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* After MIL_EMIT_CFLAGS; a test with many functions asks for less, since the compiler is most of
 * its time. */
#ifndef IMAGE_LEVEL
#define IMAGE_LEVEL "-O3"
#endif

struct image {
    const struct mil_program *program;
    struct mil_weights weights;
    struct mil_emission emission;
    const struct mil_image *code;
    void *library;
};

/* A replacement for sgemm that sums in the evaluator's order, so that products agree bit for bit. */
static inline void image_sgemm(int order, int trans_a, int trans_b, int m, int n, int k,
    float alpha, const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
    cr_assert(order == 101 && beta == 0);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            float sum = 0;
            for (int l = 0; l < k; l++) {
                float x = trans_a == 112 ? a[l * lda + i] : a[i * lda + l];
                float y = trans_b == 112 ? b[j * ldb + l] : b[l * ldb + j];
                sum += x * y;
            }
            c[i * ldc + j] = alpha * sum;
        }
}

/* The same of fp16 by a vector. The program's own sums run in another order: they are as near as their errors can
 * bring them, and a row's is the same however many rows there are. */
static inline void image_half_rows(mil_half_rows *product, float *y, const uint16_t *w,
    const float *x, int64_t rows, int64_t columns) {
    float alone;
    product(y, w, x, rows, columns);
    for (int64_t r = 0; r < rows; r++) {
        float sum = 0, sizes = 0;
        for (int64_t i = 0; i < columns; i++) {
            const float term = fp16_to_float(w[r * columns + i]) * x[i];
            sum += term;
            sizes += fabsf(term);
        }
        product(&alone, w + r * columns, x, 1, columns);
        cr_assert(memcmp(&alone, &y[r], sizeof alone) == 0 || isnan(alone));
        cr_assert(!(fabsf(sum - y[r]) > sizes * (float)columns * 0x1p-23f),
            "row %lld is %.9g, not %.9g", (long long)r, (double)y[r], (double)sum);
        y[r] = sum;
    }
}

static const struct mil_host image_host = {image_sgemm, image_half_rows};

/* Runs to the end. */
static inline void image_run(
    const struct mil_image_function *code, const void *const *in, void *const *out, void *arena) {
    struct mil_fault fault = {0};
    cr_assert_eq(code->run(&image_host, in, out, arena, &fault), 0, "%s: stopped by %s", code->name,
        fault.op);
}

static inline void image_write(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(data, 1, bytes, file) == bytes);
    cr_assert_eq(fclose(file), 0);
}

static inline void image_compile(const char *c_path, const char *so_path) {
    const char *arguments[] = {
        "cc", MIL_EMIT_CFLAGS, IMAGE_LEVEL, c_path, "-o", so_path, MIL_EMIT_LIBS, NULL};
    pid_t child;
    int status = -1;
    /* posix_spawn takes char *const[] but changes nothing */
    cr_assert_eq(posix_spawnp(&child, "cc", NULL, NULL, (char *const *)arguments, environ), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0, "cc failed on %s", c_path);
}

/* `constants_name`: what to call the constants file inside the directory. */
static inline void image_open_named(struct image *image, const struct mil_program *program,
    struct mil_weights weights, const char *constants_name) {
    static const unsigned char mark[64] = "the mark of this test's image";
    char directory[] = "/tmp/aneprobe-emit-XXXXXX", path[3][128];
    struct mil_error error = {0};
    *image = (struct image){.program = program, .weights = weights};
    cr_assert(mkdtemp(directory));
    snprintf(path[0], sizeof path[0], "%s/%s", directory, constants_name);
    snprintf(path[1], sizeof path[1], "%s/program.c", directory);
    snprintf(path[2], sizeof path[2], "%s/program.so", directory);
    cr_assert_eq(mil_emit(program, &image->weights, mark, path[0], &image->emission, &error), 0,
        "%s", error.text);
    image_write(path[0], image->emission.constants, image->emission.constants_bytes);
    image_write(path[1], image->emission.c_text, image->emission.c_bytes);
    image_compile(path[1], path[2]);
    image->library = dlopen(path[2], RTLD_NOW | RTLD_LOCAL);
    cr_assert(image->library, "%s", dlerror());
    image->code = dlsym(image->library, "aneprobe_image");
    cr_assert(image->code);
    for (int i = 0; i < 3; i++)
        unlink(path[i]);
    rmdir(directory);
    cr_assert_eq(image->code->abi, MIL_IMAGE_ABI);
    cr_assert_eq(image->code->n_functions, (uint32_t)program->n_functions);
    cr_assert_eq(image->code->constants_bytes, image->emission.constants_bytes);
    cr_assert_eq((uintptr_t)image->code->constants % 64, 0);
    cr_assert_eq(
        memcmp(image->code->constants, image->emission.constants, image->emission.constants_bytes),
        0);
    cr_assert_eq(memcmp(image->code->constants, mark, sizeof mark), 0);
}

static inline void image_open(
    struct image *image, const struct mil_program *program, struct mil_weights weights) {
    image_open_named(image, program, weights, "constants.bin");
}

static inline void image_close(struct image *image) {
    dlclose(image->library);
    mil_emission_free(&image->emission);
}

/* Numbers from -range to range. */
static inline void image_fill(
    void *out, const struct mil_type *type, float range, uint32_t *state) {
    int64_t n = mil_type_elements(type);
    for (int64_t i = 0; i < n; i++) {
        *state = *state * 1664525u + 1013904223u;
        float value = range * (float)((int32_t)(*state >> 8) - (1 << 23)) / (1 << 23);
        switch (type->dtype) {
        case MIL_FP16:
            ((uint16_t *)out)[i] = fp16_from_float(value);
            break;
        case MIL_FP32:
            ((float *)out)[i] = value;
            break;
        case MIL_INT32:
            ((int32_t *)out)[i] = (int32_t)(value * 100);
            break;
        default:
            ((int8_t *)out)[i] =
                (int8_t)(type->dtype == MIL_BOOL ? value > 0 : (int)(*state >> 24));
            break;
        }
    }
}

/* Runs function `f` on random inputs both ways, the image twice: first with the arena and outputs
 * full of NaN, then as the first run left them. Each number may differ by `tolerance` of its size,
 * and by that much around zero; 0 = to the bit, where any NaN equals any other. */
static inline void image_compare(struct image *image, int f, float range, double tolerance) {
    const struct mil_function *function = &image->program->functions[f];
    const struct mil_image_function *code = &image->code->functions[f];
    void *in[8], *expected[8], *got[8], *again[8], *arena = NULL;
    struct mil_error error = {0};
    uint32_t state = 12345;
    cr_assert(function->n_inputs <= 8 && function->n_outputs <= 8);
    cr_assert_eq(code->n_inputs, (uint32_t)function->n_inputs);
    cr_assert_eq(code->n_outputs, (uint32_t)function->n_outputs);
    for (int i = 0; i < function->n_inputs; i++) {
        in[i] = malloc(mil_type_bytes(function->values[i].type));
        image_fill(in[i], function->values[i].type, range, &state);
    }
    for (int i = 0; i < function->n_outputs; i++) {
        size_t bytes = mil_type_bytes(function->values[function->outputs[i]].type);
        expected[i] = malloc(bytes);
        got[i] = malloc(bytes);
        again[i] = malloc(bytes);
        memset(expected[i], 0xff, bytes);
        memset(got[i], 0xff, bytes);
    }
    cr_assert_eq(posix_memalign(&arena, MIL_ARENA_ALIGN, (size_t)code->arena_bytes + 64), 0);
    memset(arena, 0xff, (size_t)code->arena_bytes + 64);
    cr_assert_eq(
        mil_eval(image->program, f, &image->weights, (const void *const *)in, expected, &error), 0,
        "%s: %s", function->name, error.text);
    image_run(code, (const void *const *)in, got, arena);
    image_run(code, (const void *const *)in, again, arena);
    for (int i = 0; i < 64; i++)
        cr_assert_eq(((unsigned char *)arena)[code->arena_bytes + (uint64_t)i], 0xff,
            "%s writes past its arena", function->name);
    for (int o = 0; o < function->n_outputs; o++) {
        const struct mil_type *type = function->values[function->outputs[o]].type;
        cr_assert_eq(memcmp(got[o], again[o], mil_type_bytes(type)), 0, "%s: two runs differ",
            function->name);
        const bool is_float = type->dtype == MIL_FP16 || type->dtype == MIL_FP32;
        for (int64_t i = 0; i < mil_type_elements(type); i++) {
            double a = element_at(got[o], type->dtype, i);
            double b = element_at(expected[o], type->dtype, i);
            bool equal = a == b || (is_float && isnan(a) && isnan(b));
            cr_assert(equal || fabs(a - b) <= tolerance * (fabs(b) + 1),
                "%s: output %d element %lld is %.9g, not %.9g", function->name, o, (long long)i, a,
                b);
        }
    }
    for (int i = 0; i < function->n_inputs; i++)
        free(in[i]);
    for (int i = 0; i < function->n_outputs; i++) {
        free(expected[i]);
        free(got[i]);
        free(again[i]);
    }
    free(arena);
}

#endif
