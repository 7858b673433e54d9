/* SPDX-License-Identifier: MIT */
#include "train/plan/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int plan_process_open(struct plan_process *process, const char *device,
    const struct train_shape *shape, enum train_weights_place place, struct device_error *error) {
    char name[160];
    *process = (struct plan_process){.shape = shape, .place = place};
    const int length = snprintf(name, sizeof name, "%s,numerics=off", device);
    if (length < 0 || (size_t)length >= sizeof name) {
        device_error_usage(error, "the device's name is too long; use a shorter path");
        return -1;
    }
    if (device_open(name, 1, &process->device, error) != DEVICE_OK)
        return -1;
    sim_noise_stop(process->device);
    return 0;
}

void plan_process_close(struct plan_process *process) {
    for (int k = 0; k < PLAN_KERNELS_MAX && process->device; k++) {
        device_surface_free(process->device, process->inputs[k]);
        device_surface_free(process->device, process->outputs[k]);
        free(process->texts[k]);
    }
    if (process->device)
        device_close(process->device);
    *process = (struct plan_process){.device = NULL};
}

double plan_process_now_ms(struct plan_process *process) {
    return (double)device_clock_ns(process->device) / 1e6;
}

/* The kernel's text with a function name unique to this program, to free(). */
static char *text_make(
    struct plan_process *process, int kernel, size_t *bytes, struct device_error *error) {
    static const char function[] = "func main";
    struct mil_error mil_error = {.text = ""};
    char **text = &process->texts[kernel], *out = NULL;
    size_t n;
    if (!*text)
        *text = plan_kernel_text(process->shape, process->place, kernel, &n, &mil_error);
    if (!*text) {
        device_error_set(error, DEVICE_BROKEN, "parse", "%s", mil_error.text);
        return NULL;
    }
    const char *at = strstr(*text, function);
    const size_t room = strlen(*text) + 16;
    if (at && (out = malloc(room)))
        *bytes = (size_t)snprintf(out, room, "%.*s%s_%u%s", (int)(at - *text), *text, function,
            process->serial++, at + sizeof function - 1);
    else
        device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    return out;
}

int plan_program_make(struct plan_process *process, struct plan_program *program, int kernel,
    struct device_error *error) {
    struct device_source source = {.mil_text = NULL};
    *program = (struct plan_program){.kernel = kernel};
    char *text = text_make(process, kernel, &source.mil_bytes, error);
    if (!text)
        return -1;
    source.mil_text = text;
    const enum device_status status =
        device_program_create(process->device, &source, &program->handle, error);
    free(text);
    return status == DEVICE_OK ? 0 : -1;
}

int plan_program_compile_start(
    struct plan_process *process, struct plan_program *program, struct device_error *error) {
    process->compiles++;
    return device_compile_start(process->device, program->handle, DEVICE_QOS_DEFAULT, error) ==
                   DEVICE_OK
               ? 0
               : -1;
}

int plan_program_compile_wait(
    struct plan_process *process, struct plan_program *program, struct device_error *error) {
    struct device_compile_info info;
    if (device_compile_wait(process->device, program->handle, error) != DEVICE_OK)
        return -1;
    device_compile_info(process->device, program->handle, &info);
    process->compile_ms += (double)info.elapsed_ns / 1e6;
    return 0;
}

/* The surface of a kernel's input or output, created on first use. */
static struct device_surface *surface(struct plan_process *process, struct plan_program *program,
    bool output, struct device_error *error) {
    struct device_surface **place = (output ? process->outputs : process->inputs) + program->kernel;
    struct device_layout layout;
    if (!*place && (device_layout(process->device, program->handle, 0, output, 0, &layout, error) !=
                           DEVICE_OK ||
                       device_surface_create(process->device, &layout, place, error) != DEVICE_OK))
        return NULL;
    return *place;
}

int plan_program_load(
    struct plan_process *process, struct plan_program *program, struct device_error *error) {
    if (device_load(process->device, program->handle, DEVICE_QOS_DEFAULT, error) != DEVICE_OK)
        return -1;
    process->loaded++;
    if (process->loaded > process->loaded_max)
        process->loaded_max = process->loaded;
    struct device_surface *input = surface(process, program, false, error);
    struct device_surface *output = input ? surface(process, program, true, error) : NULL;
    if (!output)
        return -1;
    return device_request_single(process->device, program->handle, input, output, DEVICE_PATH_MODEL,
               &program->request, error) == DEVICE_OK
               ? 0
               : -1;
}

int plan_program_unload(
    struct plan_process *process, struct plan_program *program, struct device_error *error) {
    device_request_free(process->device, program->request);
    program->request = NULL;
    if (device_unload(process->device, program->handle, error) != DEVICE_OK)
        return -1;
    process->loaded--;
    return 0;
}

int plan_program_eval(
    struct plan_process *process, struct plan_program *program, struct device_error *error) {
    return device_eval(process->device, program->request, DEVICE_QOS_DEFAULT, error) == DEVICE_OK
               ? 0
               : -1;
}

void plan_program_free(struct plan_process *process, struct plan_program *program) {
    if (program->request)
        device_request_free(process->device, program->request);
    if (program->handle)
        device_program_free(process->device, program->handle);
    *program = (struct plan_program){.kernel = program->kernel};
}

int plan_program_start(struct plan_process *process, struct plan_program *program, int kernel,
    struct device_error *error) {
    return plan_program_make(process, program, kernel, error) == 0 &&
                   plan_program_compile_start(process, program, error) == 0 &&
                   plan_program_compile_wait(process, program, error) == 0 &&
                   plan_program_load(process, program, error) == 0
               ? 0
               : -1;
}
