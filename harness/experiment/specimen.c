/* SPDX-License-Identifier: MIT */
#include "experiment/bound.h"
#include "experiment/specimen_data.h"
#include "experiment/trial.h"

#include "mil/eval/eval.h"

#include <stdlib.h>
#include <string.h>

/* What an input or output holds. */
struct contents {
    enum mil_dtype dtype;
    size_t n;        /* elements */
    void *elements;  /* dense, of the declared type: what an input holds, what is expected */
    float *read;     /* an output as the last eval left it */
    float *expected; /* an output's elements as floats */
};

struct specimen {
    struct bound bound;
    struct specimen_spec spec;
    struct specimen_data data;
    uint64_t input_seed;
    struct contents in[BOUND_SLOTS_MAX], out[BOUND_SLOTS_MAX];
};

const char *specimen_outcome_name(enum specimen_outcome outcome) {
    static const char *const names[] = {"right", "wrong", "zeros", "untouched"};
    return names[outcome];
}

static enum device_status memory_out(struct device_error *error) {
    return device_error_set(error, DEVICE_BROKEN, "request", "out of memory for a program's data");
}

enum device_status specimen_create(struct trial *t, const struct specimen_spec *spec,
    struct specimen **out, struct device_error *error) {
    struct mil_error why;
    struct specimen *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return memory_out(error);
    s->bound.device = t->device;
    s->spec = *spec;
    s->input_seed = t->seed;
    enum device_status status = DEVICE_BROKEN;
    if (specimen_data_make(&s->data, spec, t->device->mil_header, &why) != 0) {
        device_error_set(error, DEVICE_BROKEN, "parse", "line %u, column %u: %s", why.place.line,
            why.place.column, why.text);
    } else {
        const struct device_source source = {
            s->data.text, s->data.text_bytes, {s->data.files, s->data.n_files}};
        trial_program(t, s->data.text, s->data.text_bytes);
        status = device_program_create(t->device, &source, &s->bound.program, error);
    }
    if (status != DEVICE_OK) {
        specimen_free(s);
        return status;
    }
    *out = s;
    return DEVICE_OK;
}

static void contents_free(struct contents *c) {
    free(c->elements);
    free(c->read);
    free(c->expected);
    *c = (struct contents){.n = 0};
}

static void unbind(struct specimen *s) {
    bound_surfaces_free(&s->bound);
    for (int i = 0; i < BOUND_SLOTS_MAX; i++) {
        contents_free(&s->in[i]);
        contents_free(&s->out[i]);
    }
}

void specimen_free(struct specimen *s) {
    if (!s)
        return;
    unbind(s);
    bound_free(&s->bound);
    specimen_data_free(&s->data);
    free(s);
}

struct device_program *specimen_program(struct specimen *s) {
    return s->bound.program;
}

enum device_status specimen_compile(struct specimen *s, struct device_error *error) {
    return device_compile(s->bound.device, s->bound.program, DEVICE_QOS_DEFAULT, error);
}

enum device_status specimen_load(struct specimen *s, struct device_error *error) {
    enum device_status status = bound_load(&s->bound, DEVICE_QOS_DEFAULT, error);
    return status == DEVICE_OK ? specimen_bind(s, 0, 0, NULL, error) : status;
}

enum device_status specimen_unload(struct specimen *s, struct device_error *error) {
    unbind(s);
    return bound_unload(&s->bound, error);
}

static enum device_status contents_make(
    struct contents *c, const struct mil_type *type, struct device_error *error) {
    c->dtype = type->dtype;
    c->n = (size_t)mil_type_elements(type);
    c->elements = calloc(c->n + 1, mil_dtype_bytes(type->dtype));
    c->read = calloc(c->n + 1, sizeof *c->read);
    c->expected = calloc(c->n + 1, sizeof *c->expected);
    return c->elements && c->read && c->expected ? DEVICE_OK : memory_out(error);
}

static enum device_status reference_make(
    struct specimen *s, int function, struct device_error *error) {
    const struct mil_weights weights = {s->data.files, s->data.n_files};
    const void *inputs[BOUND_SLOTS_MAX] = {NULL};
    void *outputs[BOUND_SLOTS_MAX] = {NULL};
    struct mil_error why;
    for (int i = 0; i < s->bound.n_in; i++)
        inputs[i] = s->in[i].elements;
    for (int i = 0; i < s->bound.n_out; i++)
        outputs[i] = s->out[i].elements;
    if (mil_eval_with_memo(
            s->data.program, function, &weights, s->bound.device->memo, inputs, outputs, &why) != 0)
        return device_error_set(error, DEVICE_BROKEN, "request", "no reference: %s", why.text);
    for (int i = 0; i < s->bound.n_out; i++)
        specimen_elements_get(s->out[i].dtype, s->out[i].expected, s->out[i].elements, s->out[i].n);
    return DEVICE_OK;
}

enum device_status specimen_bind(struct specimen *s, int function, int procedure,
    struct device_surface *weights_buffer, struct device_error *error) {
    const struct mil_function *f = &s->data.program->functions[function];
    struct bound *b = &s->bound;
    unbind(s);
    enum device_status status =
        bound_surfaces_make(b, function, f->n_inputs, f->n_outputs, s->spec.exact_surfaces, error);
    for (int i = 0; i < b->n_in && status == DEVICE_OK; i++) {
        struct contents *c = &s->in[i];
        status = contents_make(c, &b->in[i].layout.type, error);
        if (status != DEVICE_OK)
            continue;
        specimen_input_fill(&s->spec, s->input_seed + (uint64_t)i, c->read, c->n);
        specimen_elements_put(c->dtype, c->elements, c->read, c->n);
        status = device_surface_write(b->device, b->in[i].surface, c->elements, error);
    }
    for (int i = 0; i < b->n_out && status == DEVICE_OK; i++)
        status = contents_make(&s->out[i], &b->out[i].layout.type, error);
    if (status == DEVICE_OK)
        status = reference_make(s, function, error);
    return status == DEVICE_OK ? bound_request_make(b, procedure, weights_buffer, error) : status;
}

static bool is_poison(const struct contents *c) {
    const unsigned char *bytes = c->elements;
    for (size_t i = 0; i < c->n * mil_dtype_bytes(c->dtype); i++)
        if (bytes[i] != 0xFF)
            return false;
    return true;
}

static enum specimen_outcome contents_compare(const struct contents *c, double tolerance) {
    struct difference d = {.largest = 0};
    if (is_poison(c))
        return SPECIMEN_UNTOUCHED;
    difference_add(&d, c->expected, c->read, c->n);
    return d.worst <= tolerance * d.largest ? SPECIMEN_RIGHT
           : d.has_other                    ? SPECIMEN_WRONG
                                            : SPECIMEN_ZEROS;
}

enum device_status specimen_run(struct specimen *s, struct device_error *error) {
    return bound_eval(&s->bound, DEVICE_QOS_DEFAULT, error);
}

enum device_status specimen_eval(
    struct specimen *s, enum specimen_outcome *outcome, struct device_error *error) {
    const double tolerance = s->spec.tolerance > 0 ? s->spec.tolerance : 0x1p-8;
    *outcome = SPECIMEN_RIGHT;
    enum device_status status = bound_poison(&s->bound, error);
    if (status == DEVICE_OK)
        status = specimen_run(s, error);
    for (int i = 0; i < s->bound.n_out && status == DEVICE_OK; i++) {
        struct contents *c = &s->out[i];
        status = device_surface_read(s->bound.device, s->bound.out[i].surface, c->elements, error);
        specimen_elements_get(c->dtype, c->read, c->elements, c->n);
        if (*outcome == SPECIMEN_RIGHT)
            *outcome = contents_compare(c, tolerance);
    }
    return status;
}

const float *specimen_output(const struct specimen *s, int index, size_t *n) {
    *n = s->out[index].n;
    return s->out[index].read;
}

const float *specimen_expected(const struct specimen *s, int index) {
    return s->out[index].expected;
}

enum device_status specimen_start(struct trial *t, const struct specimen_spec *spec,
    struct specimen **out, struct device_error *error) {
    enum device_status status = specimen_create(t, spec, out, error);
    if (status == DEVICE_OK)
        status = specimen_compile(*out, error);
    return status == DEVICE_OK ? specimen_load(*out, error) : status;
}

enum device_status specimen_try(struct trial *t, const struct specimen_spec *spec,
    enum specimen_outcome *outcome, struct device_error *error) {
    struct specimen *s;
    enum device_status status = specimen_start(t, spec, &s, error);
    if (status == DEVICE_OK)
        status = specimen_eval(s, outcome, error);
    specimen_free(s);
    return status;
}
