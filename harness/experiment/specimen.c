/* SPDX-License-Identifier: MIT */
#include "experiment/specimen_data.h"
#include "experiment/trial.h"

#include "mil/eval/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = 16 }; /* inputs, or outputs, of one function */

struct slot {
    struct device_layout layout;
    struct device_surface *surface;
    size_t n;        /* elements */
    void *elements;  /* dense, of the declared type: what an input holds, what is expected */
    float *read;     /* an output as the last eval left it */
    float *expected; /* an output's elements as floats */
};

struct specimen {
    struct device *device;
    struct specimen_spec spec;
    struct specimen_data data;
    uint64_t input_seed;
    struct device_program *program;
    bool loaded;
    struct slot in[SLOTS_MAX], out[SLOTS_MAX];
    int n_in, n_out;
    struct device_request *request;
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
    s->device = t->device;
    s->spec = *spec;
    s->input_seed = t->seed;
    enum device_status status = DEVICE_BROKEN;
    if (specimen_data_make(&s->data, spec, s->device->mil_header, &why) != 0) {
        device_error_set(error, DEVICE_BROKEN, "parse", "line %u, column %u: %s", why.place.line,
            why.place.column, why.text);
    } else {
        const struct device_source source = {
            s->data.text, s->data.text_bytes, {s->data.files, s->data.n_files}};
        trial_program(t, s->data.text, s->data.text_bytes);
        status = device_program_create(s->device, &source, &s->program, error);
    }
    if (status != DEVICE_OK) {
        specimen_free(s);
        return status;
    }
    *out = s;
    return DEVICE_OK;
}

static void slots_free(struct device *device, struct slot *slots, int n) {
    for (int i = 0; i < n; i++) {
        if (slots[i].surface)
            device_surface_free(device, slots[i].surface);
        free(slots[i].elements);
        free(slots[i].read);
        free(slots[i].expected);
        slots[i] = (struct slot){.n = 0};
    }
}

static void unbind(struct specimen *s) {
    if (s->request)
        device_request_free(s->device, s->request);
    s->request = NULL;
    slots_free(s->device, s->in, s->n_in);
    slots_free(s->device, s->out, s->n_out);
    s->n_in = s->n_out = 0;
}

void specimen_free(struct specimen *s) {
    if (!s)
        return;
    unbind(s);
    if (s->program)
        device_program_free(s->device, s->program);
    specimen_data_free(&s->data);
    free(s);
}

struct device_program *specimen_program(struct specimen *s) {
    return s->program;
}

enum device_status specimen_compile(struct specimen *s, struct device_error *error) {
    return device_compile(s->device, s->program, DEVICE_QOS_DEFAULT, error);
}

enum device_status specimen_load(struct specimen *s, struct device_error *error) {
    enum device_status status = device_load(s->device, s->program, DEVICE_QOS_DEFAULT, error);
    if (status != DEVICE_OK)
        return status;
    s->loaded = true;
    return specimen_bind(s, 0, 0, NULL, error);
}

enum device_status specimen_unload(struct specimen *s, struct device_error *error) {
    unbind(s);
    if (!s->loaded)
        return DEVICE_OK;
    s->loaded = false;
    return device_unload(s->device, s->program, error);
}

/* Where element i (row-major) lies: of [N,C,H,W] rows and channels may have gaps after them. */
static unsigned char *element(void *memory, const struct device_layout *layout, size_t i) {
    const struct mil_type *type = &layout->type;
    size_t bytes = mil_dtype_bytes(type->dtype);
    if (type->rank < 2)
        return (unsigned char *)memory + i * bytes;
    size_t width = (size_t)type->dim[type->rank - 1], row = i / width, height = 1;
    for (int axis = 2; axis < type->rank - 1; axis++)
        height *= (size_t)type->dim[axis];
    return (unsigned char *)memory + row / height * layout->channel_stride_bytes +
           row % height * layout->row_stride_bytes + i % width * bytes;
}

/* Row by row between dense elements and a surface. */
static enum device_status surface_copy(
    struct specimen *s, struct slot *slot, bool write, void *dense, struct device_error *error) {
    void *memory = device_surface_lock(s->device, slot->surface, write);
    if (!memory)
        return device_error_set(error, DEVICE_BROKEN, "surface", "a surface could not be locked");
    const struct mil_type *type = &slot->layout.type;
    size_t width = type->rank > 0 ? (size_t)type->dim[type->rank - 1] : 1;
    size_t bytes = width * mil_dtype_bytes(type->dtype);
    for (size_t i = 0; i < slot->n; i += width) {
        unsigned char *row = (unsigned char *)dense + i / width * bytes;
        unsigned char *there = element(memory, &slot->layout, i);
        memcpy(write ? there : row, write ? row : there, bytes);
    }
    device_surface_unlock(s->device, slot->surface, write);
    return DEVICE_OK;
}

static enum device_status slot_make(struct specimen *s, struct slot *slot, int function,
    bool output, int index, struct device_error *error) {
    enum device_status status =
        device_layout(s->device, s->program, function, output, index, &slot->layout, error);
    if (status != DEVICE_OK)
        return status;
    if (slot->layout.type.dtype != MIL_FP16 && slot->layout.type.dtype != MIL_FP32)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "surface", "inputs and outputs here are fp16 or fp32");
    slot->n = (size_t)mil_type_elements(&slot->layout.type);
    if (s->spec.exact_surfaces && slot->layout.type.rank == 4)
        slot->layout.bytes = (size_t)slot->layout.type.dim[1] * slot->layout.channel_stride_bytes;
    slot->elements = calloc(slot->n + 1, mil_dtype_bytes(slot->layout.type.dtype));
    slot->read = calloc(slot->n + 1, sizeof *slot->read);
    slot->expected = calloc(slot->n + 1, sizeof *slot->expected);
    if (!slot->elements || !slot->read || !slot->expected)
        return memory_out(error);
    return device_surface_create(s->device, &slot->layout, &slot->surface, error);
}

static enum device_status reference_make(
    struct specimen *s, int function, struct device_error *error) {
    const struct mil_weights weights = {s->data.files, s->data.n_files};
    const void *inputs[SLOTS_MAX] = {NULL};
    void *outputs[SLOTS_MAX] = {NULL};
    struct mil_error why;
    for (int i = 0; i < s->n_in; i++)
        inputs[i] = s->in[i].elements;
    for (int i = 0; i < s->n_out; i++)
        outputs[i] = s->out[i].elements;
    if (mil_eval(s->data.program, function, &weights, inputs, outputs, &why) != 0)
        return device_error_set(error, DEVICE_BROKEN, "request", "no reference: %s", why.text);
    for (int i = 0; i < s->n_out; i++)
        specimen_elements_get(
            s->out[i].layout.type.dtype, s->out[i].expected, s->out[i].elements, s->out[i].n);
    return DEVICE_OK;
}

enum device_status specimen_bind(struct specimen *s, int function, int procedure,
    struct device_surface *weights_buffer, struct device_error *error) {
    const struct mil_function *f = &s->data.program->functions[function];
    struct device_surface *inputs[SLOTS_MAX], *outputs[SLOTS_MAX];
    enum device_status status = DEVICE_OK;
    unbind(s);
    if (f->n_inputs > SLOTS_MAX || f->n_outputs > SLOTS_MAX)
        return device_error_set(error, DEVICE_BROKEN, "request",
            "%d inputs and %d outputs; at most %d of each here", f->n_inputs, f->n_outputs,
            SLOTS_MAX);
    for (; s->n_in < f->n_inputs && status == DEVICE_OK; s->n_in++) {
        struct slot *slot = &s->in[s->n_in];
        status = slot_make(s, slot, function, false, s->n_in, error);
        if (status != DEVICE_OK)
            continue;
        inputs[s->n_in] = slot->surface;
        specimen_input_fill(&s->spec, s->input_seed + (uint64_t)s->n_in, slot->read, slot->n);
        specimen_elements_put(slot->layout.type.dtype, slot->elements, slot->read, slot->n);
        status = surface_copy(s, slot, true, slot->elements, error);
    }
    for (; s->n_out < f->n_outputs && status == DEVICE_OK; s->n_out++) {
        status = slot_make(s, &s->out[s->n_out], function, true, s->n_out, error);
        outputs[s->n_out] = s->out[s->n_out].surface;
    }
    if (status == DEVICE_OK)
        status = reference_make(s, function, error);
    if (status != DEVICE_OK)
        return status;
    const struct device_request_spec spec = {.program = s->program,
        .procedure = procedure,
        .inputs = inputs,
        .n_inputs = s->n_in,
        .outputs = outputs,
        .n_outputs = s->n_out,
        .weights_buffer = weights_buffer};
    return device_request_create(s->device, &spec, &s->request, error);
}

/* 0xFF everywhere is a NaN in fp16 and fp32: no reference here has that one. */
static void poison(struct specimen *s) {
    for (int i = 0; i < s->n_out; i++) {
        void *memory = device_surface_lock(s->device, s->out[i].surface, true);
        if (memory)
            memset(memory, 0xFF, s->out[i].layout.bytes);
        device_surface_unlock(s->device, s->out[i].surface, true);
    }
}

static bool is_poison(const struct slot *slot) {
    const unsigned char *bytes = slot->elements;
    for (size_t i = 0; i < slot->n * mil_dtype_bytes(slot->layout.type.dtype); i++)
        if (bytes[i] != 0xFF)
            return false;
    return true;
}

static enum specimen_outcome slot_compare(const struct slot *slot, double tolerance) {
    double largest = 0;
    bool right = true, zeros = true;
    if (is_poison(slot))
        return SPECIMEN_UNTOUCHED;
    for (size_t i = 0; i < slot->n; i++)
        if (isfinite(slot->expected[i]))
            largest = fmax(largest, fabs((double)slot->expected[i]));
    for (size_t i = 0; i < slot->n; i++) {
        double want = (double)slot->expected[i], got = (double)slot->read[i];
        zeros = zeros && got == 0;
        right = right && (isnan(want)      ? isnan(got)
                             : isinf(want) ? got == want
                                           : fabs(got - want) <= tolerance * largest);
    }
    return right ? SPECIMEN_RIGHT : zeros ? SPECIMEN_ZEROS : SPECIMEN_WRONG;
}

enum device_status specimen_run(struct specimen *s, struct device_error *error) {
    if (!s->request)
        return device_error_set(
            error, DEVICE_BROKEN, "eval", "the program is not loaded; load it first");
    return device_eval(s->device, s->request, DEVICE_QOS_DEFAULT, error);
}

enum device_status specimen_eval(
    struct specimen *s, enum specimen_outcome *outcome, struct device_error *error) {
    *outcome = SPECIMEN_RIGHT;
    poison(s);
    enum device_status status = specimen_run(s, error);
    for (int i = 0; i < s->n_out && status == DEVICE_OK; i++) {
        struct slot *slot = &s->out[i];
        status = surface_copy(s, slot, false, slot->elements, error);
        specimen_elements_get(slot->layout.type.dtype, slot->read, slot->elements, slot->n);
        enum specimen_outcome one =
            slot_compare(slot, s->spec.tolerance > 0 ? s->spec.tolerance : 0x1p-8);
        if (*outcome == SPECIMEN_RIGHT)
            *outcome = one;
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

enum device_status specimen_try(struct trial *t, const struct specimen_spec *spec,
    enum specimen_outcome *outcome, struct device_error *error) {
    struct specimen *s;
    enum device_status status = specimen_create(t, spec, &s, error);
    if (status == DEVICE_OK)
        status = specimen_compile(s, error);
    if (status == DEVICE_OK)
        status = specimen_load(s, error);
    if (status == DEVICE_OK)
        status = specimen_eval(s, outcome, error);
    specimen_free(s);
    return status;
}
