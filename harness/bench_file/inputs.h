/* SPDX-License-Identifier: MIT
 *
 * A program's inputs: random by default, since zeros run faster and cooler on real engines.
 */
#ifndef ANEPROBE_BENCH_FILE_INPUTS_H
#define ANEPROBE_BENCH_FILE_INPUTS_H

#include "bench_file/settings.h"
#include "mil/mil.h"

/* The elements of input number `index` of the function, dense, to free(): of its --set, else by the
 * seed, the same for all devices: floats in [-1, 1) without 0, integers 0 to 99, or inside the axis that they are indices of, booleans. A state
 * is zeros unless set. NULL and *error. */
void *input_make(const struct bench_settings *settings, const struct mil_function *function,
    int index, struct error *error);

/* Each --set must name an input of the function. */
int inputs_check(const struct bench_settings *settings, const struct mil_function *function,
    struct error *error);

#endif
