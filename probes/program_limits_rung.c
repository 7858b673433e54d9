/* SPDX-License-Identifier: MIT
 *
 * The programs of program_limits, each by its own process.
 */
#include "program_limits.h"

#include "experiment/specimen.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVALS = 3, PART_MB = 64, PARTS_MAX = 1024, CHECKED_POSITIONS = 4 };
enum { LAYER_CHANNELS = 64, LAYER_POSITIONS = 256 };

/* What came of a rung. */
struct rung {
    struct trial *t;
    const char *outcome;
    uint64_t eval_ns; /* the fastest of a few; 0 = none */
    struct device_error error;
};

/* ---- programs as text ------------------------------------------------------------------------ */

struct rung_text {
    char *bytes;
    size_t n;
    FILE *out;
};

static void put(struct rung_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put(struct rung_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(text->out, format, arguments);
    va_end(arguments);
}

#define SMALL "tensor<fp16, [1, 8, 1, 64]>"

static void inputs_put(struct rung_text *text, enum resource resource, uint64_t n) {
    if (resource == AXIS)
        put(text, "tensor<fp16, [1, 8, 1, %llu]> x0", (unsigned long long)n);
    else
        for (uint64_t i = 0; i < (resource == INPUTS ? n : 1); i++)
            put(text, "%s" SMALL " x%llu", i ? ", " : "", (unsigned long long)i);
}

/* As many files: x plus a weight of each. As long an axis: all positions times a weight. */
static void body_put(struct rung_text *text, enum resource resource, uint64_t n) {
    static const char weight[] =
        "tensor<fp16, [1, 8, 1, 1]> w%llu = const()[name=string(\"w%llu\"), val=tensor<fp16, [1, "
        "8, 1, "
        "1]>(BLOBFILE(path=string(\"@model_path/weights/w%llu.bin\"), offset=uint64(64)))];\n";
    const unsigned long long all = n;
    if (resource == AXIS) {
        put(text, weight, 0ull, 0ull, 0ull);
        put(text, "tensor<fp16, [1, 8, 1, %llu]> y0 = mul(x=x0, y=w0)[name=string(\"y0_op\")];\n",
            all);
    } else if (resource == INPUTS) {
        put(text, SMALL " y0 = mul(x=x0, y=x0)[name=string(\"y0_op\")];\n");
        for (unsigned long long i = 1; i < all; i++)
            put(text, SMALL " y%llu = add(x=y%llu, y=x%llu)[name=string(\"y%llu_op\")];\n", i,
                i - 1, i, i);
    } else if (resource == OUTPUTS) {
        for (unsigned long long i = 0; i < all; i++)
            put(text,
                "fp16 c%llu = const()[name=string(\"c%llu\"), val=fp16(%g)];\n" SMALL
                " y%llu = mul(x=x0, y=c%llu)[name=string(\"y%llu_op\")];\n",
                i, i, 1 + (double)i / 64, i, i, i);
    } else {
        for (unsigned long long i = 0; i < all; i++) {
            char from[32];
            snprintf(from, sizeof from, i ? "y%llu" : "x0", i - 1);
            put(text, weight, i, i, i);
            put(text, SMALL " y%llu = add(x=%s, y=w%llu)[name=string(\"y%llu_op\")];\n", i, from, i,
                i);
        }
    }
}

static void outputs_put(struct rung_text *text, enum resource resource, uint64_t n) {
    if (resource == OUTPUTS)
        for (uint64_t i = 0; i < n; i++)
            put(text, "%sy%llu", i ? ", " : "", (unsigned long long)i);
    else
        put(text, "y%llu", resource == AXIS ? 0ull : (unsigned long long)n - 1);
}

/* A text of its own, to free(); NULL when out of memory. */
static char *text_made(void (*put_it)(struct rung_text *, enum resource, uint64_t),
    enum resource resource, uint64_t n) {
    struct rung_text text = {NULL, 0, NULL};
    text.out = open_memstream(&text.bytes, &text.n);
    if (!text.out)
        return NULL;
    put_it(&text, resource, n);
    if (fclose(text.out) != 0) {
        free(text.bytes);
        return NULL;
    }
    return text.bytes;
}

static uint64_t evals_fastest(
    struct rung *r, void *what, enum device_status (*run)(void *, struct device_error *)) {
    uint64_t fastest_ns = 0;
    for (int i = 0; i < EVALS; i++) {
        const uint64_t start_ns = trial_clock_ns(r->t);
        if (run(what, &r->error) != DEVICE_OK)
            return 0;
        const uint64_t eval_ns = trial_clock_ns(r->t) - start_ns;
        if (fastest_ns == 0 || eval_ns < fastest_ns)
            fastest_ns = eval_ns;
    }
    return fastest_ns;
}

static enum device_status specimen_once(void *specimen, struct device_error *error) {
    return specimen_run(specimen, error);
}

static enum device_status text_run(struct rung *r, enum resource resource) {
    const uint64_t n = r->t->value;
    char *inputs = text_made(inputs_put, resource, n), *body = text_made(body_put, resource, n),
         *outputs = text_made(outputs_put, resource, n);
    enum device_status status =
        device_error_set(&r->error, DEVICE_BROKEN, "parse", "out of memory for a program's text");
    if (inputs && body && outputs) {
        const char *const lines[] = {body, NULL};
        const struct specimen_function function = {"main", inputs, lines, outputs};
        /* sums of many terms, each rounded */
        const struct specimen_spec spec = {.functions = &function,
            .n_functions = 1,
            .weight_seed = r->t->seed,
            .tolerance = 0x1p-6};
        struct specimen *specimen = NULL;
        enum specimen_outcome outcome = SPECIMEN_RIGHT;
        status = specimen_start(r->t, &spec, &specimen, &r->error);
        if (status == DEVICE_OK)
            status = specimen_eval(specimen, &outcome, &r->error);
        r->outcome = specimen_outcome_name(outcome);
        if (status == DEVICE_OK)
            r->eval_ns = evals_fastest(r, specimen, specimen_once);
        specimen_free(specimen);
    }
    free(inputs);
    free(body);
    free(outputs);
    return status;
}

/* ---- layers, and bytes ----------------------------------------------------------------------- */

static enum device_status subject_once(void *subject, struct device_error *error) {
    return subject_eval(subject, DEVICE_QOS_DEFAULT, error);
}

static enum device_status layers_run(struct rung *r) {
    const struct subject_spec spec = {.kind = SUBJECT_CONV,
        .channels = LAYER_CHANNELS,
        .spatial = LAYER_POSITIONS,
        .depth = (int)r->t->value,
        .weight_seed = r->t->seed,
        .check_positions = CHECKED_POSITIONS};
    struct subject *subject = NULL;
    bool right = false;
    const enum device_status status = subject_open(r->t, &spec, &subject, &right, &r->error);
    r->outcome = right ? RUNG_RIGHT : "wrong";
    if (status == DEVICE_OK)
        r->eval_ns = evals_fastest(r, subject, subject_once);
    subject_free(subject);
    return status;
}

/* Programs of PART_MB each, all kept loaded; then the first is asked again. */
static enum device_status bytes_run(struct rung *r) {
    struct subject *parts[PARTS_MAX] = {NULL};
    const unsigned n = (unsigned)(r->t->value / PART_MB);
    struct subject_spec spec = {.kind = SUBJECT_SCALE,
        .channels = 64,
        .spatial = 64,
        .depth = 1,
        .check_positions = CHECKED_POSITIONS};
    struct subject_padding *padding = NULL;
    bool right = true;
    enum device_status status =
        subject_padding_create(r->t, &spec, (size_t)PART_MB << 20, &padding, &r->error);
    spec.padding = padding;
    for (unsigned i = 0; i < n && i < PARTS_MAX && status == DEVICE_OK && right; i++) {
        spec.weight_seed = r->t->seed + i;
        status = subject_open(r->t, &spec, &parts[i], &right, &r->error);
    }
    if (status == DEVICE_OK && right && n > 0) {
        status = subject_verify(parts[0], DEVICE_QOS_DEFAULT, &right, NULL, &r->error);
        if (status == DEVICE_OK)
            r->eval_ns = evals_fastest(r, parts[0], subject_once);
    }
    r->outcome = right ? RUNG_RIGHT : "wrong";
    for (unsigned i = 0; i < n && i < PARTS_MAX; i++)
        subject_free(parts[i]);
    subject_padding_free(padding);
    return status;
}

int rung_run(struct trial *t, enum resource resource) {
    struct rung r = {.t = t, .outcome = ""};
    char code[16] = "";
    const enum device_status status = resource == LAYERS  ? layers_run(&r)
                                      : resource == BYTES ? bytes_run(&r)
                                                          : text_run(&r, resource);
    if (status == DEVICE_BROKEN)
        return trial_break_error(t, &r.error);
    trial_text(t, "case", resource_names[resource]);
    trial_u64(t, "value", t->value);
    trial_text(t, "outcome", status == DEVICE_OK ? r.outcome : RUNG_REFUSED);
    if (status == DEVICE_OK) {
        trial_u64(t, "eval_ns", r.eval_ns);
        trial_row(t, SAMPLE_OK, "");
        return 0;
    }
    snprintf(code, sizeof code, "%d", r.error.code);
    trial_text(t, "stage", r.error.stage);
    trial_text(t, "code", code);
    trial_row_error(t, &r.error);
    return 0;
}
