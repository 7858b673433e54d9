/* SPDX-License-Identifier: MIT */
#include "experiment/bound.h"

#include <math.h>

static void slots_free(struct device *device, struct bound_slot *slots, int n) {
    for (int i = 0; i < n; i++) {
        device_surface_free(device, slots[i].surface);
        slots[i] = (struct bound_slot){.surface = NULL};
    }
}

static void request_free(struct bound *b) {
    device_request_free(b->device, b->request);
    b->request = NULL;
}

void bound_surfaces_free(struct bound *b) {
    request_free(b);
    slots_free(b->device, b->in, b->n_in);
    slots_free(b->device, b->out, b->n_out);
    b->n_in = b->n_out = 0;
}

void bound_free(struct bound *b) {
    bound_surfaces_free(b);
    device_program_free(b->device, b->program);
    b->program = NULL;
}

enum device_status bound_load(struct bound *b, int qos, struct device_error *error) {
    enum device_status status = device_load(b->device, b->program, qos, error);
    b->loaded |= status == DEVICE_OK;
    return status;
}

enum device_status bound_unload(struct bound *b, struct device_error *error) {
    request_free(b);
    if (!b->loaded)
        return DEVICE_OK;
    b->loaded = false;
    return device_unload(b->device, b->program, error);
}

static enum device_status slot_make(struct bound *b, struct bound_slot *slot, int function,
    bool output, int index, bool exact, struct device_error *error) {
    struct device_layout *layout = &slot->layout;
    enum device_status status =
        device_layout(b->device, b->program, function, output, index, layout, error);
    if (status == DEVICE_OK && layout->type.dtype != MIL_FP16 && layout->type.dtype != MIL_FP32)
        return device_error_set(
            error, DEVICE_UNSUPPORTED, "surface", "inputs and outputs here are fp16 or fp32");
    if (status == DEVICE_OK && exact && layout->type.rank == 4)
        layout->bytes = (size_t)layout->type.dim[1] * layout->channel_stride_bytes;
    return status == DEVICE_OK ? device_surface_create(b->device, layout, &slot->surface, error)
                               : status;
}

enum device_status bound_surfaces_make(
    struct bound *b, int function, int n_in, int n_out, bool exact, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    bound_surfaces_free(b);
    if (n_in > BOUND_SLOTS_MAX || n_out > BOUND_SLOTS_MAX)
        return device_error_set(error, DEVICE_BROKEN, "request",
            "%d inputs and %d outputs; at most %d of each are supported", n_in, n_out,
            BOUND_SLOTS_MAX);
    for (; b->n_in < n_in && status == DEVICE_OK; b->n_in++)
        status = slot_make(b, &b->in[b->n_in], function, false, b->n_in, exact, error);
    for (; b->n_out < n_out && status == DEVICE_OK; b->n_out++)
        status = slot_make(b, &b->out[b->n_out], function, true, b->n_out, exact, error);
    return status;
}

enum device_status bound_request_make(struct bound *b, int procedure,
    struct device_surface *weights_buffer, struct device_error *error) {
    struct device_surface *inputs[BOUND_SLOTS_MAX], *outputs[BOUND_SLOTS_MAX];
    for (int i = 0; i < b->n_in; i++)
        inputs[i] = b->in[i].surface;
    for (int i = 0; i < b->n_out; i++)
        outputs[i] = b->out[i].surface;
    const struct device_request_spec spec = {.program = b->program,
        .procedure = procedure,
        .inputs = inputs,
        .n_inputs = b->n_in,
        .outputs = outputs,
        .n_outputs = b->n_out,
        .weights_buffer = weights_buffer};
    request_free(b);
    return device_request_create(b->device, &spec, &b->request, error);
}

enum device_status bound_poison(struct bound *b, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < b->n_out && status == DEVICE_OK; i++)
        status = device_surface_fill(b->device, b->out[i].surface, 0xFF, error);
    return status;
}

enum device_status bound_eval(struct bound *b, int qos, struct device_error *error) {
    if (!b->request)
        return device_error_set(
            error, DEVICE_BROKEN, "eval", "the program is not loaded; load it first");
    return device_eval(b->device, b->request, qos, error);
}

void difference_add(struct difference *d, const float *expected, const float *got, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const double want = (double)expected[i], have = (double)got[i];
        d->has_other = d->has_other || have != 0;
        double off = INFINITY;
        if (isfinite(want)) {
            d->largest = fmax(d->largest, fabs(want));
            off = fabs(have - want);
        } else if (isnan(want) ? isnan(have) : have == want) {
            off = 0;
        }
        /* NaN is infinitely wrong */
        d->worst = off <= d->worst ? d->worst : isfinite(off) ? off : (double)INFINITY;
    }
}
