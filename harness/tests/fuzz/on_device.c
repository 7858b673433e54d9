/* SPDX-License-Identifier: MIT */
#include "on_device.h"

#include <string.h>

struct surfaces {
    struct device_surface *list[ON_DEVICE_SURFACES];
    int n;
};

/* One more, filled with `data`, or with ones. */
static enum device_status surface_add(struct device *d, struct device_program *program, int number,
    bool is_output, struct surfaces *s, const void *data, size_t bytes,
    struct device_error *error) {
    struct device_layout layout;
    if (s->n == ON_DEVICE_SURFACES)
        return device_error_set(error, DEVICE_BROKEN, "surface", "more than 16 surfaces");
    enum device_status status = device_layout(d, program, number, is_output, s->n, &layout, error);
    if (status == DEVICE_OK)
        status = device_surface_create(d, &layout, &s->list[s->n], error);
    if (status != DEVICE_OK)
        return status;
    struct device_surface *surface = s->list[s->n++];
    void *to = device_surface_lock(d, surface, true);
    if (data)
        memcpy(to, data, bytes);
    else
        memset(to, 0xFF, layout.bytes);
    device_surface_unlock(d, surface, true);
    return DEVICE_OK;
}

static void surfaces_free(struct device *d, struct surfaces *s) {
    for (int i = 0; i < s->n; i++)
        device_surface_free(d, s->list[i]);
}

enum device_status on_device_run(struct device *d, struct device_program *program, int number,
    const struct mil_function *f, const void *const *inputs, void *const *outputs,
    struct device_error *error) {
    struct surfaces in = {.n = 0}, out = {.n = 0};
    struct device_request *request = NULL;
    enum device_status status = DEVICE_OK;
    for (int i = 0; i < f->n_inputs && status == DEVICE_OK; i++)
        status = surface_add(
            d, program, number, false, &in, inputs[i], mil_type_bytes(f->values[i].type), error);
    for (int i = 0; i < f->n_outputs && status == DEVICE_OK; i++)
        status = surface_add(d, program, number, true, &out, NULL, 0, error);
    const struct device_request_spec spec = {.program = program,
        .procedure = number,
        .inputs = in.list,
        .n_inputs = in.n,
        .outputs = out.list,
        .n_outputs = out.n};
    if (status == DEVICE_OK)
        status = device_request_create(d, &spec, &request, error);
    if (status == DEVICE_OK)
        status = device_eval(d, request, DEVICE_QOS_DEFAULT, error);
    for (int i = 0; i < f->n_outputs && status == DEVICE_OK; i++) {
        memcpy(outputs[i], device_surface_lock(d, out.list[i], false),
            mil_type_bytes(f->values[f->outputs[i]].type));
        device_surface_unlock(d, out.list[i], false);
    }
    if (request)
        device_request_free(d, request);
    surfaces_free(d, &in);
    surfaces_free(d, &out);
    return status;
}
