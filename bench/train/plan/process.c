/* SPDX-License-Identifier: MIT */
#include "plan/fleet.h"

#include <stdlib.h>
#include <string.h>

int fleet_n_units(const struct plan_shape *shape, enum plan_set set) {
    return plan_n_kernels(set) * (set == PLAN_BAKED ? shape->layers : 1);
}

int fleet_n_weighted(const struct plan_shape *shape, enum plan_set set) {
    int n = 0;
    for (int i = 0; i < fleet_n_units(shape, set); i++)
        n += plan_kernel_has_weights(set, fleet_kernel(set, i));
    return n;
}

int fleet_kernel(enum plan_set set, int unit) {
    return unit % plan_n_kernels(set);
}

int fleet_open(struct fleet *fleet, const char *device, const struct plan_shape *shape,
    enum plan_set set, struct device_error *error) {
    size_t n = (size_t)plan_n_kernels(set);
    *fleet = (struct fleet){.shape = shape, .set = set};
    if (device_open(device, 1, &fleet->device, error) != DEVICE_OK)
        return -1;
    sim_noise_stop(fleet->device);
    fleet->inputs = calloc(n, sizeof *fleet->inputs);
    fleet->outputs = calloc(n, sizeof *fleet->outputs);
    if (fleet->inputs && fleet->outputs)
        return 0;
    device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    return -1;
}

void fleet_close(struct fleet *fleet) {
    if (!fleet->device)
        return;
    for (int k = 0; k < plan_n_kernels(fleet->set); k++) {
        if (fleet->inputs)
            device_surface_free(fleet->device, fleet->inputs[k]);
        if (fleet->outputs)
            device_surface_free(fleet->device, fleet->outputs[k]);
    }
    free(fleet->inputs);
    free(fleet->outputs);
    device_close(fleet->device);
    *fleet = (struct fleet){.device = NULL};
}

double fleet_now_ms(struct fleet *fleet) {
    return (double)device_clock_ns(fleet->device) / 1e6;
}

int fleet_make(
    struct fleet *fleet, struct fleet_unit *unit, int kernel, struct device_error *error) {
    struct mil_error mil_error;
    size_t bytes;
    char *text =
        plan_kernel_text(fleet->shape, fleet->set, kernel, fleet->serial++, &bytes, &mil_error);

    *unit = (struct fleet_unit){.kernel = kernel};
    if (!text) {
        device_error_set(error, DEVICE_BROKEN, "parse", "%s", mil_error.text);
        return -1;
    }
    struct device_source source = {.mil_text = text, .mil_bytes = bytes};
    enum device_status status =
        device_program_create(fleet->device, &source, &unit->program, error);
    free(text);
    return status == DEVICE_OK ? 0 : -1;
}

int fleet_compile_start(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error) {
    fleet->compiles++;
    return device_compile_start(fleet->device, unit->program, DEVICE_QOS_DEFAULT, error) ==
                   DEVICE_OK
               ? 0
               : -1;
}

int fleet_compile_wait(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error) {
    struct device_compile_info info;
    if (device_compile_wait(fleet->device, unit->program, error) != DEVICE_OK)
        return -1;
    device_compile_info(fleet->device, unit->program, &info);
    fleet->compile_ms += (double)info.elapsed_ns / 1e6;
    return 0;
}

int fleet_compile(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error) {
    return fleet_compile_start(fleet, unit, error) == 0 ? fleet_compile_wait(fleet, unit, error)
                                                        : -1;
}

/* The surface of a kernel's input or output, made when first needed. */
static struct device_surface *surface(
    struct fleet *fleet, struct fleet_unit *unit, bool output, struct device_error *error) {
    struct device_surface **place = (output ? fleet->outputs : fleet->inputs) + unit->kernel;
    struct device_layout layout;
    if (!*place &&
        (device_layout(fleet->device, unit->program, 0, output, 0, &layout, error) != DEVICE_OK ||
            device_surface_create(fleet->device, &layout, place, error) != DEVICE_OK))
        return NULL;
    return *place;
}

int fleet_load(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error) {
    if (device_load(fleet->device, unit->program, DEVICE_QOS_DEFAULT, error) != DEVICE_OK)
        return -1;
    fleet->loaded++;
    if (fleet->loaded > fleet->loaded_max)
        fleet->loaded_max = fleet->loaded;
    struct device_surface *input = surface(fleet, unit, false, error);
    struct device_surface *output = input ? surface(fleet, unit, true, error) : NULL;
    if (!output)
        return -1;
    struct device_request_spec spec = {.program = unit->program,
        .inputs = &input,
        .n_inputs = 1,
        .outputs = &output,
        .n_outputs = 1};
    return device_request_create(fleet->device, &spec, &unit->request, error) == DEVICE_OK ? 0 : -1;
}

int fleet_unload(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error) {
    device_request_free(fleet->device, unit->request);
    unit->request = NULL;
    if (device_unload(fleet->device, unit->program, error) != DEVICE_OK)
        return -1;
    fleet->loaded--;
    return 0;
}

int fleet_eval(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error) {
    return device_eval(fleet->device, unit->request, DEVICE_QOS_DEFAULT, error) == DEVICE_OK ? 0
                                                                                             : -1;
}

void fleet_free(struct fleet *fleet, struct fleet_unit *unit) {
    if (unit->request)
        device_request_free(fleet->device, unit->request);
    if (unit->program)
        device_program_free(fleet->device, unit->program);
    *unit = (struct fleet_unit){.kernel = unit->kernel};
}
