/* SPDX-License-Identifier: MIT
 *
 * The cost of an eval of a MIL function in the simulated engine's terms: arithmetic and bytes.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_WORK_H
#define ANEPROBE_DEVICE_SIM_SIM_WORK_H

#include "device/sim/sim.h"
#include "mil/mil.h"

/* Two per multiply-add of conv, matmul, linear and scaled_dot_product_attention, as in published
 * throughputs (2 * ch * ch * positions for a 1x1 conv). */
double sim_work_flop(const struct mil_function *function);

/* The operators that have some. */
int sim_work_products(const struct mil_function *function);

/* Of that, what takes activations that were just quantised and back: int8 for an engine. */
double sim_work_int8_flop(const struct mil_function *function);

/* Inputs and outputs, once each. */
double sim_work_io_bytes(const struct mil_function *function);

/* Weights: every blob named by the functions first..first+n-1, once, in its own type. Returns -1
 * when out of memory. */
double sim_work_weight_bytes(const struct mil_program *program, int first, int n);
/* The same as the engine streams them: each blob as often as its notch has it count. */
double sim_work_stream_bytes(
    const struct mil_program *program, int function, const struct sim_params *params);

#endif
