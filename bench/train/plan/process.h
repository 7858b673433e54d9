/* SPDX-License-Identifier: MIT
 *
 * The programs of a model on a simulated engine: one process of it, and the sets that it holds.
 */
#ifndef ANEPROBE_PLAN_FLEET_H
#define ANEPROBE_PLAN_FLEET_H

#include "device/sim/sim.h"
#include "plan/kernels.h"

/* One program and its request. */
struct fleet_unit {
    int kernel;
    struct device_program *program;
    struct device_request *request; /* while loaded */
};

/* One process: a device, and for every kernel its surfaces, which all layers share. */
struct fleet {
    struct device *device;
    const struct plan_shape *shape;
    enum plan_set set;
    struct device_surface **inputs, **outputs; /* by kernel */
    unsigned serial;                           /* of the next program */
    int compiles, loaded, loaded_max;
    double compile_ms; /* of all compiles that are over */
};

/* `device` is the name of a simulated device; its noise is left out. -1 and *error; fleet_close in any case. */
int fleet_open(struct fleet *fleet, const char *device, const struct plan_shape *shape,
    enum plan_set set, struct device_error *error);
void fleet_close(struct fleet *fleet);

double fleet_now_ms(struct fleet *fleet);
/* How many programs a whole model has, and how many of them change with the weights. */
int fleet_n_units(const struct plan_shape *shape, enum plan_set set);
int fleet_n_weighted(const struct plan_shape *shape, enum plan_set set);
/* Which kernel unit `i` is: layer by layer, or one for all layers when weights are inputs. */
int fleet_kernel(enum plan_set set, int unit);

/* Each returns 0, or -1 and *error. */
int fleet_make(
    struct fleet *fleet, struct fleet_unit *unit, int kernel, struct device_error *error);
int fleet_compile(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error);
int fleet_compile_start(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error);
int fleet_compile_wait(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error);
int fleet_load(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error);
int fleet_unload(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error);
int fleet_eval(struct fleet *fleet, struct fleet_unit *unit, struct device_error *error);
void fleet_free(struct fleet *fleet, struct fleet_unit *unit);

#endif
