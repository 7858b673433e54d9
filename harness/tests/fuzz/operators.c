/* SPDX-License-Identifier: MIT
 *
 * Operators with random shapes and settings, one by one, and what needs several (lists, loops, branches, states,
 * weights that are unpacked, layers over time): the devices `cpu` and `sim` must agree with the reference
 * evaluator, and all three with a second, independent implementation (harness/tests/plain).
 *     operators PROGRAMS [SEED]
 * Prints TAP; a program that fails is printed in full, with the seed that makes it again.
 */
#include "../plain/draw.h"
#include "../plain/element.h"
#include "../plain/plain.h"
#include "on_device.h"

#include "measure/random.h"
#include "mil/eval/eval.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS = 4 };
/* In fp32, for sums of a few hundred terms of about 1, also if they cancel. */
#define TOLERANCE 1e-4

struct sample {
    char *text;
    size_t bytes;
    struct mil_program *program;
    enum draw_input input[FUNCTIONS];
};

/* Four operators of the tables, a function each. */
static void tables_draw(struct draw *d, struct sample *s, struct mil_error *error) {
    const struct {
        const struct draw_kind *kinds;
        int n;
    } tables[] = {{draw_windows, draw_n_windows}, {draw_products, draw_n_products},
        {draw_moves, draw_n_moves}, {draw_indices, draw_n_indices}, {draw_others, draw_n_others},
        {draw_truths, draw_n_truths}, {draw_rests, draw_n_rests}};
    enum { N = sizeof tables / sizeof *tables };
    int n = 0;
    for (int i = 0; i < N; i++)
        n += tables[i].n;
    d->builder = mil_builder_new(MIL_HEADER_IOS18);
    for (int f = 0; f < FUNCTIONS; f++) {
        int at = draw_below(d, n), table = 0;
        char name[16];
        while (at >= tables[table].n)
            at -= tables[table++].n;
        const struct draw_kind *kind = &tables[table].kinds[at];
        s->input[f] = kind->input;
        d->n_args = d->n_values = 0;
        snprintf(name, sizeof name, "f%d", f);
        mil_build_function(d->builder, name);
        kind->draw(d);
        const int result = mil_build_op(d->builder, kind->code, "r", d->args, d->n_args);
        mil_build_outputs(d->builder, &result, 1);
    }
    s->program = mil_builder_finish(d->builder, error);
    s->text = s->program ? mil_print(s->program, &s->bytes) : NULL;
}

static void text_draw(struct draw *d, struct sample *s, struct mil_error *error) {
    static const enum mil_opcode layers[] = {MIL_OP_RNN, MIL_OP_GRU, MIL_OP_LSTM},
                                 weights[] = {MIL_OP_CONSTEXPR_AFFINE_DEQUANTIZE,
                                     MIL_OP_CONSTEXPR_BLOCKWISE_SHIFT_SCALE, MIL_OP_CONSTEXPR_CAST,
                                     MIL_OP_CONSTEXPR_LUT_TO_DENSE, MIL_OP_CONSTEXPR_LUT_TO_SPARSE,
                                     MIL_OP_CONSTEXPR_SPARSE_BLOCKWISE_SHIFT_SCALE,
                                     MIL_OP_CONSTEXPR_SPARSE_TO_DENSE};
    FILE *file = open_memstream(&s->text, &s->bytes);
    const int kind = draw_below(d, 8);
    if (!file)
        return;
    if (kind == 0) {
        draw_layer(d, layers[draw_below(d, 3)], file);
    } else {
        fprintf(file, "program(1.3)\n{\n");
        for (int f = 0; f < FUNCTIONS; f++)
            if (kind < 3)
                draw_lists(d, f, file);
            else if (kind == 3)
                draw_states(d, f, file);
            else if (kind < 6)
                draw_several(d, f, file);
            else
                draw_weights(d, weights[draw_below(d, 7)], f, file);
        fprintf(file, "}\n");
    }
    if (fclose(file) == 0)
        mil_parse(s->text, s->bytes, &s->program, error);
}

static void sample_draw(uint64_t seed, struct sample *s, struct mil_error *error) {
    struct draw d = {.state = seed};
    *s = (struct sample){.input = {DRAW_ANY}};
    if (draw_below(&d, 4))
        tables_draw(&d, s, error);
    else
        text_draw(&d, s, error);
}

static bool agree(double a, double b) {
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= TOLERANCE * (1 + fabs(b));
}

/* Inputs and outputs of one function, in memory and as doubles. */
struct arrays {
    int n_inputs, n_outputs;
    void *inputs[ON_DEVICE_SURFACES], *outputs[ON_DEVICE_SURFACES];
    double *numbers[ON_DEVICE_SURFACES];
};

static bool arrays_make(struct arrays *a, const struct mil_function *f) {
    *a = (struct arrays){.n_inputs = f->n_inputs, .n_outputs = f->n_outputs};
    bool is_whole = f->n_inputs <= ON_DEVICE_SURFACES && f->n_outputs <= PLAIN_RESULTS;
    for (int i = 0; is_whole && i < f->n_inputs; i++) {
        a->inputs[i] = malloc(mil_type_bytes(f->values[i].type));
        a->numbers[i] = malloc((size_t)mil_type_elements(f->values[i].type) * sizeof(double));
        is_whole = a->inputs[i] && a->numbers[i];
    }
    for (int i = 0; is_whole && i < f->n_outputs; i++)
        is_whole = (a->outputs[i] = malloc(mil_type_bytes(f->values[f->outputs[i]].type))) != NULL;
    return is_whole;
}

/* The same each time: a state has changed since. */
static void inputs_fill(
    struct arrays *a, const struct mil_function *f, enum draw_input input, uint64_t state) {
    for (int i = 0; i < f->n_inputs; i++)
        for (int64_t k = 0; k < mil_type_elements(f->values[i].type); k++)
            a->numbers[i][k] = (double)(((float *)a->inputs[i])[k] = draw_element(input, &state));
}

static void arrays_free(struct arrays *a) {
    for (int i = 0; i < ON_DEVICE_SURFACES; i++) {
        free(a->inputs[i]);
        free(a->outputs[i]);
        free(a->numbers[i]);
    }
}

static int outputs_compare(const char *who, const struct mil_function *f, const struct arrays *a,
    const struct plain *want) {
    for (int r = 0; r < f->n_outputs; r++)
        for (int64_t i = 0; i < plain_count(&want[r]); i++) {
            const double found = element_at(a->outputs[r], f->values[f->outputs[r]].type->dtype, i);
            if (!agree(found, want[r].data[i])) {
                printf("# %s, %s: output %d, element %" PRId64 " is %.9g, not %.9g\n", who, f->name,
                    r, i, found, want[r].data[i]);
                return -1;
            }
        }
    return 0;
}

static int function_try(struct device *const *devices, struct device_program *const *loaded,
    const struct sample *s, int number, uint64_t seed) {
    const struct mil_function *f = &s->program->functions[number];
    struct arrays a;
    struct plain want[PLAIN_RESULTS] = {0};
    struct mil_error mil_error = {.text = ""};
    struct device_error error = {.text = ""};
    const char *name = "";
    int result = arrays_make(&a, f) ? 0 : -1;
    if (result == 0) {
        inputs_fill(&a, f, s->input[number], seed);
        result = plain_run(s->program, number, NULL, (const double *const *)a.numbers, want, &name);
        if (result != 0)
            printf("# %s: the second implementation stops at %s\n", f->name, name);
    }
    if (result == 0) {
        result = mil_eval(
            s->program, number, NULL, (const void *const *)a.inputs, a.outputs, &mil_error);
        if (result != 0)
            printf("# %s: %s\n", f->name, mil_error.text);
        else
            result = outputs_compare("evaluated", f, &a, want);
    }
    for (int i = 0; i < 2 && result == 0; i++) {
        if (!loaded[i])
            continue;
        inputs_fill(&a, f, s->input[number], seed);
        result = on_device_run(
            devices[i], loaded[i], number, f, (const void *const *)a.inputs, a.outputs, &error);
        if (result != DEVICE_OK)
            printf("# %s, %s: %s: %s\n", devices[i]->name, f->name, error.stage, error.text);
        else
            result = outputs_compare(devices[i]->name, f, &a, want);
    }
    for (int r = 0; r < PLAIN_RESULTS; r++)
        free(want[r].data);
    arrays_free(&a);
    return result;
}

/* The program loaded on the device; NULL when the device does not take it, and *failed when it should. */
static struct device_program *load(struct device *d, const struct sample *s, bool *failed) {
    const struct device_source source = {.mil_text = s->text, .mil_bytes = s->bytes};
    struct device_program *program = NULL;
    struct device_error error = {.text = ""};
    enum device_status status = device_program_create(d, &source, &program, &error);
    if (status == DEVICE_OK)
        status = device_compile(d, program, DEVICE_QOS_DEFAULT, &error);
    if (status == DEVICE_OK)
        status = device_load(d, program, DEVICE_QOS_DEFAULT, &error);
    if (status == DEVICE_OK)
        return program;
    if (program)
        device_program_free(d, program);
    if (status != DEVICE_UNSUPPORTED) {
        printf("# %s: %s: %s\n", d->name, error.stage, error.text);
        *failed = true;
    }
    return NULL;
}

/* 0, and how many devices took it is added to *taken. */
static int program_try(struct device *const *devices, uint64_t seed, int *taken) {
    struct sample s;
    struct mil_error error = {.text = ""};
    struct device_program *loaded[2] = {NULL, NULL};
    bool failed = false;
    sample_draw(seed, &s, &error);
    if (!s.program || !s.text) {
        printf("# not a program: %s\n", error.text);
        failed = true;
    }
    for (int i = 0; i < 2 && !failed; i++) {
        loaded[i] = load(devices[i], &s, &failed);
        *taken += loaded[i] != NULL;
    }
    for (int f = 0; !failed && f < s.program->n_functions; f++)
        failed = function_try(devices, loaded, &s, f, seed + (uint64_t)f) != 0;
    if (failed)
        printf("# again: operators 1 %" PRIu64 "\n%s", seed, s.text ? s.text : "");
    for (int i = 0; i < 2; i++)
        if (loaded[i])
            device_program_free(devices[i], loaded[i]);
    mil_program_free(s.program);
    free(s.text);
    return failed;
}

int main(int argc, char **argv) {
    struct device *devices[2] = {NULL, NULL};
    struct device_error error = {.text = ""};
    const uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, failed = 0;
    int taken = 0;
    if (n == 0) {
        fprintf(stderr, "usage: operators PROGRAMS [SEED]\n");
        return 2;
    }
    if (device_open("sim:" SIM, 1, &devices[0], &error) != DEVICE_OK ||
        device_open("cpu", 1, &devices[1], &error) != DEVICE_OK) {
        printf("1..0 # SKIP %s\n", error.text);
        if (devices[0])
            device_close(devices[0]);
        return 0;
    }
    printf("1..2\n");
    for (uint64_t i = 0; i < n; i++, random_next(&seed))
        failed += program_try(devices, seed, &taken) != 0;
    printf(
        "%s 1 - %" PRIu64 " of %" PRIu64 " programs differ\n", failed ? "not ok" : "ok", failed, n);
    /* few element types are only evaluated */
    const bool most = (uint64_t)taken >= 2 * n - n / 4;
    printf("%s 2 - %d of %" PRIu64 " times, a device took the program\n", most ? "ok" : "not ok",
        taken, 2 * n);
    for (int i = 0; i < 2; i++)
        device_close(devices[i]);
    return failed != 0 || !most;
}
