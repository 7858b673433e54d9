/* SPDX-License-Identifier: MIT
 *
 * One process on a simulated engine: the device and its programs.
 */
#ifndef ANEPROBE_TRAIN_PLAN_PROCESS_H
#define ANEPROBE_TRAIN_PLAN_PROCESS_H

#include "device/sim/sim.h"
#include "train/plan/kernels.h"

/* One program and its request. */
struct plan_program {
    int kernel;
    struct device_program *handle;
    struct device_request *request; /* while loaded */
};

/* Each kernel's text and surfaces, shared by all layers. */
struct plan_process {
    struct device *device;
    const struct train_shape *shape;
    enum train_weights_place place;
    char *texts[PLAN_KERNELS_MAX];
    struct device_surface *inputs[PLAN_KERNELS_MAX], *outputs[PLAN_KERNELS_MAX];
    unsigned serial; /* of the next program */
    int compiles, loaded, loaded_max;
    double compile_ms; /* of all finished compiles */
};

/* `device` is the name of a simulated device, opened without numerics and noise. -1 and *error on
 * failure; call plan_process_close in any case. */
int plan_process_open(struct plan_process *process, const char *device,
    const struct train_shape *shape, enum train_weights_place place, struct device_error *error);
void plan_process_close(struct plan_process *process);

double plan_process_now_ms(struct plan_process *process);

/* A program of the kernel that was never compiled before, like one with new weights. */
int plan_program_make(struct plan_process *process, struct plan_program *program, int kernel,
    struct device_error *error);
/* compile_start and compile_wait together are compile. All return 0, or -1 and *error. */
int plan_program_compile_start(
    struct plan_process *process, struct plan_program *program, struct device_error *error);
int plan_program_compile_wait(
    struct plan_process *process, struct plan_program *program, struct device_error *error);
int plan_program_load(
    struct plan_process *process, struct plan_program *program, struct device_error *error);
int plan_program_unload(
    struct plan_process *process, struct plan_program *program, struct device_error *error);
int plan_program_eval(
    struct plan_process *process, struct plan_program *program, struct device_error *error);
/* The program need not exist. */
void plan_program_free(struct plan_process *process, struct plan_program *program);

/* Creates, compiles and loads. */
int plan_program_start(struct plan_process *process, struct plan_program *program, int kernel,
    struct device_error *error);

#endif
