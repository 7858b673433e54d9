/* SPDX-License-Identifier: MIT */
#include "bench_file/session.h"

#include "base/files.h"
#include "bench_file/compare.h"
#include "bench_file/inputs.h"
#include "bench_file/program.h"
#include "measure/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Surfaces are filled with this before an eval: a NaN in fp16 and fp32 that no operator makes. */
enum { SPOILT = 0xff };

static int fail(
    struct device_error *error, enum device_status status, const char *stage, const char *text) {
    device_error_set(error, status, stage, "%s", text);
    return -1;
}

static int source_read(struct bench_session *s, struct device_error *error) {
    struct bench_program p;
    struct error why;
    report_step(s->report, "read");
    if (program_open(s->settings, s->settings->files[0], &p, &why) < 0)
        return fail(error, DEVICE_BROKEN, "read", why.text);
    s->package = p.package;
    s->number = p.number;
    s->function = p.function;
    return 0;
}

/* The time of one compile, by the name of `not_cached` unless it came from the device's cache. */
static void compile_tell(
    struct bench_session *s, struct device_program *program, const char *not_cached) {
    struct device_compile_info info;
    device_compile_info(s->device, program, &info);
    report_fact(s->report, info.cached ? "compile_cached_ns" : not_cached, (double)info.elapsed_ns);
}

static int program_compile(struct bench_session *s, struct device_error *error) {
    const struct device_source source = {
        s->package->text, s->package->text_bytes, s->package->weights};
    struct device_program *again;
    report_step(s->report, "parse");
    if (device_program_create(s->device, &source, &s->program, error) != DEVICE_OK)
        return -1;
    report_step(s->report, "compile");
    if (device_compile(s->device, s->program, DEVICE_QOS_DEFAULT, error) != DEVICE_OK)
        return -1;
    compile_tell(s, s->program, "compile_cold_ns");
    report_step(s->report, "compile again");
    if (device_program_create(s->device, &source, &again, error) != DEVICE_OK)
        return -1;
    if (device_compile(s->device, again, DEVICE_QOS_DEFAULT, error) == DEVICE_OK)
        /* It may fail although the first worked: a limit. Without a cache, or where the device does not tell
         * (Core ML), it is a time of its own. */
        compile_tell(s, again, "compile_again_ns");
    device_program_free(s->device, again);
    return 0;
}

static int surface_make(struct bench_session *s, bool output, int index,
    struct device_surface **out, struct device_error *error) {
    struct device_layout layout;
    return device_layout(s->device, s->program, s->number, output, index, &layout, error) ==
                       DEVICE_OK &&
                   device_surface_create(s->device, &layout, out, error) == DEVICE_OK
               ? 0
               : -1;
}

static int input_write(
    struct bench_session *s, const struct bench_binding *b, int index, struct device_error *error) {
    struct error other;
    void *elements = input_make(s->settings, s->function, index, &other);
    if (!elements)
        return fail(error, DEVICE_BROKEN, "request", other.text);
    enum device_status status = device_surface_write(s->device, b->inputs[index], elements, error);
    free(elements);
    return status == DEVICE_OK ? 0 : -1;
}

int session_states_reset(struct bench_session *s, struct device_error *error) {
    for (int i = 0; i < s->function->n_inputs; i++)
        if (s->function->values[i].type->kind == MIL_STATE &&
            input_write(s, &s->bound[0], i, error) < 0)
            return -1;
    return 0;
}

static int expected_read(
    struct bench_session *s, const char *name, void **expected, struct device_error *error) {
    for (int i = 0; s->settings->work && i < s->function->n_outputs; i++) {
        const struct mil_type *type = s->function->values[s->function->outputs[i]].type;
        char path[4096], *bytes;
        struct error other = {.text = "the expected outputs have changed since they were written"};
        size_t n = 0;
        snprintf(path, sizeof path, "%s/%s-%d", s->settings->work, name, i);
        if (file_read(path, mil_type_bytes(type), &bytes, &n, &other) != 0 ||
            n != mil_type_bytes(type))
            return fail(error, DEVICE_BROKEN, "check", other.text);
        expected[i] = bytes;
    }
    return 0;
}

static int bind(struct bench_session *s, struct bench_binding *b, struct device_error *error) {
    const struct mil_function *f = s->function;
    b->inputs = calloc((size_t)f->n_inputs + 1, sizeof(void *));
    b->outputs = calloc((size_t)f->n_outputs + 1, sizeof(void *));
    if (!b->inputs || !b->outputs)
        return fail(error, DEVICE_BROKEN, "request", "out of memory");
    for (int i = 0; i < f->n_inputs; i++)
        if (surface_make(s, false, i, &b->inputs[i], error) < 0 || input_write(s, b, i, error) < 0)
            return -1;
    for (int i = 0; i < f->n_outputs; i++)
        if (surface_make(s, true, i, &b->outputs[i], error) < 0)
            return -1;
    const struct device_request_spec spec = {.program = s->program,
        .procedure = s->number,
        .inputs = b->inputs,
        .n_inputs = f->n_inputs,
        .outputs = b->outputs,
        .n_outputs = f->n_outputs};
    return device_request_create(s->device, &spec, &b->request, error) == DEVICE_OK ? 0 : -1;
}

/* All requests, and what their outputs should be. */
static int requests_make(struct bench_session *s, struct device_error *error) {
    const struct mil_function *f = s->function;
    s->expected = calloc((size_t)f->n_outputs + 1, sizeof(void *));
    s->again = calloc((size_t)f->n_outputs + 1, sizeof(void *));
    if (!s->expected || !s->again)
        return fail(error, DEVICE_BROKEN, "request", "out of memory");
    report_step(s->report, "request");
    if (expected_read(s, "expected", s->expected, error) < 0 ||
        (function_has_states(f) && expected_read(s, "again", s->again, error) < 0))
        return -1;
    while (s->n_bound < s->settings->in_flight)
        if (bind(s, &s->bound[s->n_bound++], error) < 0)
            return -1;
    return 0;
}

/* The device's columns in a row of the table. */
static void property_report(void *context, const char *key, const char *value) {
    if (strcmp(key, "chip") == 0 || strcmp(key, "os") == 0)
        report_row(context, "note", key, NAN, value);
}

int session_open(struct bench_session *s, const struct bench_settings *settings,
    struct report *report, struct device_error *error) {
    *s = (struct bench_session){.settings = settings, .report = report};
    report_step(report, "open");
    if (device_open(settings->devices, settings->seed + (uint64_t)settings->block * RANDOM_STEP,
            &s->device, error) != DEVICE_OK)
        return -1;
    report_row(report, "note", "device", NAN, s->device->name);
    report_row(report, "note", "clock", NAN, device_clock(s->device));
    if (source_read(s, error) < 0 || program_compile(s, error) < 0)
        return -1;
    /* now that its compiler, which may be queried, is known to respond */
    device_properties(s->device, property_report, report);
    report_step(report, "load");
    uint64_t begin = device_clock_ns(s->device);
    if (device_load(s->device, s->program, DEVICE_QOS_DEFAULT, error) != DEVICE_OK)
        return -1;
    report_fact(report, "load_ns", (double)(device_clock_ns(s->device) - begin));
    return requests_make(s, error);
}

static void surfaces_free(
    struct bench_session *s, struct device_surface **surfaces, int n_surfaces) {
    for (int i = 0; surfaces && i < n_surfaces; i++)
        if (surfaces[i])
            device_surface_free(s->device, surfaces[i]);
    free(surfaces);
}

void session_close(struct bench_session *s) {
    for (int i = 0; i < s->n_bound; i++) {
        if (s->bound[i].request)
            device_request_free(s->device, s->bound[i].request);
        surfaces_free(s, s->bound[i].inputs, s->function->n_inputs);
        surfaces_free(s, s->bound[i].outputs, s->function->n_outputs);
    }
    for (int i = 0; s->expected && i < s->function->n_outputs; i++)
        free(s->expected[i]);
    for (int i = 0; s->again && i < s->function->n_outputs; i++)
        free(s->again[i]);
    free(s->expected);
    free(s->again);
    if (s->program)
        device_program_free(s->device, s->program);
    if (s->device)
        device_close(s->device);
    mil_package_close(s->package);
}

int session_outputs_spoil(struct bench_session *s, struct device_error *error) {
    for (int at = 0; at < s->n_bound; at++)
        for (int i = 0; i < s->function->n_outputs; i++)
            if (device_surface_fill(s->device, s->bound[at].outputs[i], SPOILT, error) != DEVICE_OK)
                return -1;
    return 0;
}

int session_eval(struct bench_session *s, uint64_t *elapsed_ns, struct device_error *error) {
    uint64_t begin = device_clock_ns(s->device);
    if (device_eval(s->device, s->bound[0].request, DEVICE_QOS_DEFAULT, error) != DEVICE_OK)
        return -1;
    *elapsed_ns = device_clock_ns(s->device) - begin;
    return 0;
}

static void comparison_tell(
    struct bench_session *s, const struct mil_value *output, const struct comparison *c) {
    char text[256] = "", place[128];
    if (!c->right) {
        index_format(output->type, c->wrong_at, place, sizeof place);
        snprintf(text, sizeof text, "first wrong at %s: %.9g instead of %.9g", place, c->found,
            c->wanted);
    }
    report_row(s->report, "largest", output->name, c->largest, text);
    report_row(s->report, "rms", output->name, c->rms, NULL);
}

int session_check(struct bench_session *s, int at, void *const *expected, bool tells,
    struct device_error *error) {
    int right = 1;
    for (int i = 0; i < s->function->n_outputs; i++) {
        const struct mil_value *output = &s->function->values[s->function->outputs[i]];
        struct comparison c;
        if (!expected[i])
            continue;
        void *found = malloc(mil_type_bytes(output->type) + 1);
        if (!found)
            return fail(error, DEVICE_BROKEN, "check", "out of memory");
        enum device_status status =
            device_surface_read(s->device, s->bound[at].outputs[i], found, error);
        if (status == DEVICE_OK)
            compare(output->type, expected[i], found, s->settings->tolerance, &c);
        free(found);
        if (status != DEVICE_OK)
            return -1;
        if (tells)
            comparison_tell(s, output, &c);
        right = right && c.right;
    }
    return right;
}
