/* SPDX-License-Identifier: MIT
 *
 * Operators with random shapes and settings: the evaluator, and compiled programs where there are any, must
 * agree with a second, independent implementation (harness/tests/plain).
 */
#define IMAGE_LEVEL "-O1" /* the compiler is most of this test's time */
#include "mil_image.h"

#include "../plain/draw.h"
#include "../plain/plain.h"

enum { DRAWS = 24, INPUTS = 4 };
/* In fp32, for sums of a few hundred terms of about 1, also if they cancel. */
static const double tolerance = 1e-4;

/* The draws of a kind that are wanted, in their order; the same whichever these are. */
static struct mil_program *draw_program(const struct draw_kind *kind, const bool wanted[DRAWS]) {
    struct draw d = {.builder = mil_builder_new(MIL_HEADER_IOS18)};
    struct mil_error error = {.text = ""};
    for (int i = 0; i < DRAWS; i++) {
        char name[16];
        if (!wanted[i])
            continue;
        d.state = 1000 + (uint64_t)(kind->code * DRAWS + i);
        d.n_args = d.n_values = 0;
        snprintf(name, sizeof name, "f%d", i);
        mil_build_function(d.builder, name);
        kind->draw(&d);
        const int result = mil_build_op(d.builder, kind->code, "r", d.args, d.n_args);
        mil_build_outputs(d.builder, &result, 1);
    }
    struct mil_program *program = mil_builder_finish(d.builder, &error);
    cr_assert(program, "%s: %s", mil_opcode_name(kind->code), error.text);
    return program;
}

/* One function's inputs, both ways. */
struct given {
    int n;
    void *floats[INPUTS];
    double *doubles[INPUTS];
};

static struct given inputs_make(
    const struct mil_function *f, enum draw_input input, uint64_t state) {
    struct given g = {.n = f->n_inputs};
    cr_assert_leq(g.n, INPUTS);
    for (int i = 0; i < g.n; i++) {
        const size_t n = (size_t)mil_type_elements(f->values[i].type);
        float *floats = g.floats[i] = malloc(n * sizeof *floats);
        g.doubles[i] = malloc(n * sizeof *g.doubles[i]);
        for (size_t k = 0; k < n; k++)
            g.doubles[i][k] = (double)(floats[k] = draw_element(input, &state));
    }
    return g;
}

static void inputs_free(struct given *g) {
    for (int i = 0; i < g->n; i++) {
        free(g->floats[i]);
        free(g->doubles[i]);
    }
}

/* One of the function's outputs. */
static void compare(const char *who, const struct mil_program *program, int number, int output,
    const void *got, const struct plain *want) {
    const struct mil_function *f = &program->functions[number];
    const enum mil_dtype dtype = f->values[f->outputs[output]].type->dtype;
    for (int64_t i = 0; i < plain_count(want); i++) {
        const double a = element_at(got, dtype, i), b = want->data[i];
        const bool same =
            a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * (1 + fabs(b));
        if (same)
            continue;
        size_t bytes;
        char *text = mil_print(program, &bytes), *begin = strstr(text, f->name);
        char *end = begin ? strstr(begin, "-> (") : NULL;
        cr_assert(false, "%s: %s: element %lld is %.9g, not %.9g:\n%.*s",
            mil_op_name(&f->ops[f->n_ops - 1]), who, (long long)i, a, b,
            (int)(end ? end - begin : 0), begin);
    }
}

/* Those that the emitter takes, each by itself; how many. */
static int compiled_find(const struct draw_kind *kind, bool compiles[DRAWS]) {
    static const unsigned char mark[64] = "plain";
    int n = 0;
    for (int i = 0; i < DRAWS; i++) {
        bool only[DRAWS] = {false};
        struct mil_emission emission;
        struct mil_error error;
        only[i] = true;
        struct mil_program *program = draw_program(kind, only);
        compiles[i] = mil_emit(program, NULL, mark, "constants.bin", &emission, &error) == 0;
        if (compiles[i])
            mil_emission_free(&emission);
        n += compiles[i];
        mil_program_free(program);
    }
    return n;
}

static void kind_try(const struct draw_kind *kind) {
    bool all[DRAWS], compiles[DRAWS];
    for (int i = 0; i < DRAWS; i++)
        all[i] = true;
    struct mil_program *program = draw_program(kind, all), *compiled = NULL;
    struct mil_error error = {.text = ""};
    struct image image = {0};
    if (compiled_find(kind, compiles) > 0) {
        compiled = draw_program(kind, compiles);
        image_open(&image, compiled, (struct mil_weights){0});
    }
    for (int i = 0, at = 0; i < DRAWS; i++) {
        const struct mil_function *f = &program->functions[i];
        struct given g = inputs_make(f, kind->input, (uint64_t)i);
        void *out[PLAIN_RESULTS], *arena = NULL;
        struct plain want[PLAIN_RESULTS];
        const char *name = "";
        for (int r = 0; r < f->n_outputs; r++)
            out[r] = malloc(mil_type_bytes(f->values[f->outputs[r]].type));
        const int known =
            plain_run(program, i, NULL, (const double *const *)g.doubles, want, &name);
        cr_assert_eq(known, 0, "%s f%d: %s", name, i,
            known < 0 ? "another shape" : "there is no second one");
        cr_assert_eq(mil_eval(program, i, NULL, (const void *const *)g.floats, out, &error), 0,
            "%s: %s", name, error.text);
        for (int r = 0; r < f->n_outputs; r++)
            compare("evaluated", program, i, r, out[r], &want[r]);
        if (compiles[i]) {
            const struct mil_image_function *code = &image.code->functions[at];
            cr_assert_eq(
                posix_memalign(&arena, MIL_ARENA_ALIGN, (size_t)code->arena_bytes + 64), 0);
            for (int r = 0; r < f->n_outputs; r++)
                memset(out[r], 0xFF, mil_type_bytes(f->values[f->outputs[r]].type));
            image_run(code, (const void *const *)g.floats, out, arena);
            for (int r = 0; r < f->n_outputs; r++)
                compare("compiled", compiled, at, r, out[r], &want[r]);
            at++;
        }
        free(arena);
        for (int r = 0; r < f->n_outputs; r++) {
            free(out[r]);
            free(want[r].data);
        }
        inputs_free(&g);
    }
    if (compiled)
        image_close(&image);
    mil_program_free(compiled);
    mil_program_free(program);
}

#define KINDS_TEST(name)                                                                           \
    Test(mil_plain, name, .timeout = 120) {                                                        \
        for (int i = 0; i < draw_n_##name; i++)                                                    \
            kind_try(&draw_##name[i]);                                                             \
    }
KINDS_TEST(windows)
KINDS_TEST(products)
KINDS_TEST(moves)
KINDS_TEST(indices)
KINDS_TEST(others)
KINDS_TEST(truths)
KINDS_TEST(rests)

/* Functions of one fp32 input and one output, as text: evaluated and compiled. */
static void functions_try(const char *text, size_t bytes) {
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    struct image image;
    cr_assert_eq(mil_parse(text, bytes, &program, &error), 0, "%u:%u: %s\n%s", error.place.line,
        error.place.column, error.text, text);
    image_open(&image, program, (struct mil_weights){0});
    for (int i = 0; i < program->n_functions; i++) {
        const struct mil_function *f = &program->functions[i];
        const struct mil_image_function *code = &image.code->functions[i];
        struct given g = inputs_make(f, DRAW_ANY, (uint64_t)i);
        void *got = malloc(mil_type_bytes(f->values[f->outputs[0]].type) + 1), *arena;
        struct plain want;
        const char *name = "";
        cr_assert_eq(plain_run(program, i, NULL, (const double *const *)g.doubles, &want, &name), 0,
            "%s f%d", name, i);
        cr_assert_eq(mil_eval(program, i, NULL, (const void *const *)g.floats, &got, &error), 0,
            "%s", error.text);
        compare("evaluated", program, i, 0, got, &want);
        inputs_free(&g); /* a state has changed */
        g = inputs_make(f, DRAW_ANY, (uint64_t)i);
        cr_assert_eq(posix_memalign(&arena, MIL_ARENA_ALIGN, (size_t)code->arena_bytes + 64), 0);
        memset(got, 0xFF, mil_type_bytes(f->values[f->outputs[0]].type));
        image_run(code, (const void *const *)g.floats, &got, arena);
        compare("compiled", program, i, 0, got, &want);
        free(arena);
        free(got);
        free(want.data);
        inputs_free(&g);
    }
    image_close(&image);
    mil_program_free(program);
}

Test(mil_plain, weights, .timeout = 120) {
    static const enum mil_opcode codes[] = {MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE,
        MIL_OP_CONSTEXPR_BLOCKWISE_SHIFT_SCALE, MIL_OP_CONSTEXPR_CAST,
        MIL_OP_CONSTEXPR_LUT_TO_DENSE, MIL_OP_CONSTEXPR_LUT_TO_SPARSE,
        MIL_OP_CONSTEXPR_SPARSE_BLOCKWISE_SHIFT_SCALE, MIL_OP_CONSTEXPR_SPARSE_TO_DENSE};
    for (size_t k = 0; k < sizeof codes / sizeof *codes; k++) {
        struct draw d = {.state = 1000 + k};
        char *text = NULL;
        size_t bytes = 0;
        FILE *file = open_memstream(&text, &bytes);
        cr_assert_not_null(file);
        fprintf(file, "program(1.3)\n{\n");
        for (int i = 0; i < 40; i++)
            draw_weights(&d, codes[k], i, file);
        fprintf(file, "}\n");
        cr_assert_eq(fclose(file), 0);
        functions_try(text, bytes);
        free(text);
    }
}

static void drawn_try(void (*draw)(struct draw *, int, FILE *), int n) {
    struct draw d = {.state = 7};
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    cr_assert_not_null(file);
    fprintf(file, "program(1.3)\n{\n");
    for (int i = 0; i < n; i++)
        draw(&d, i, file);
    fprintf(file, "}\n");
    cr_assert_eq(fclose(file), 0);
    functions_try(text, bytes);
    free(text);
}

Test(mil_plain, states) {
    drawn_try(draw_states, 20);
}

Test(mil_plain, several, .timeout = 120) {
    drawn_try(draw_several, 60);
}

Test(mil_plain, lists, .timeout = 120) {
    drawn_try(draw_lists, 60);
}

static void layer_try(enum mil_opcode code, uint64_t seed) {
    struct draw d = {.state = seed};
    struct mil_program *program;
    struct mil_error error = {.text = ""};
    struct plain want[PLAIN_RESULTS];
    void *got[PLAIN_RESULTS];
    const char *name = "";
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    cr_assert_not_null(file);
    draw_layer(&d, code, file);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(mil_parse(text, bytes, &program, &error), 0, "%s:\n%s", error.text, text);
    const struct mil_function *f = &program->functions[0];
    struct given g = inputs_make(f, DRAW_ANY, seed);
    for (int r = 0; r < f->n_outputs; r++)
        got[r] = malloc(mil_type_bytes(f->values[f->outputs[r]].type));
    cr_assert_eq(
        plain_run(program, 0, NULL, (const double *const *)g.doubles, want, &name), 0, "%s", text);
    cr_assert_eq(mil_eval(program, 0, NULL, (const void *const *)g.floats, got, &error), 0, "%s",
        error.text);
    for (int r = 0; r < f->n_outputs; r++) {
        compare("evaluated", program, 0, r, got[r], &want[r]);
        free(got[r]);
        free(want[r].data);
    }
    inputs_free(&g);
    mil_program_free(program);
    free(text);
}

Test(mil_plain, layers) {
    static const enum mil_opcode codes[] = {MIL_OP_RNN, MIL_OP_GRU, MIL_OP_LSTM};
    for (int i = 0; i < 3; i++)
        for (uint64_t seed = 1; seed <= 100; seed++)
            layer_try(codes[i], seed);
}
