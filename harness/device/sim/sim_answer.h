/* SPDX-License-Identifier: MIT
 *
 * Earlier results of a program's functions: requests come and go with every load, and the same
 * weights and inputs need not be computed again.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_ANSWER_H
#define ANEPROBE_DEVICE_SIM_SIM_ANSWER_H

#include "device/sim/sim_image.h"

/* Keeps this many of the latest, for functions with small inputs and outputs, which probes evaluate
 * again and again. */
enum { SIM_ANSWERS = 32, SIM_ANSWER_BYTES_MAX = 1 << 16 };

struct sim_answer {
    struct sim_image *weights; /* its own reference, so that nobody writes to it; NULL = unused */
    int function, steps;
    unsigned char *bytes; /* the inputs, then the outputs */
};

struct sim_answers {
    struct sim_answer slots[SIM_ANSWERS];
    int next;
};

struct sim_result;

/* Fills the result's outputs from an earlier answer; false when there is none. */
bool sim_answers_find(
    const struct sim_answers *answers, const struct sim_image *weights, struct sim_result *result);
/* Stores the result's outputs in place of the oldest, and drops those of other weights. Does
 * nothing when they are large or when out of memory. */
void sim_answers_keep(
    struct sim_answers *answers, struct sim_image *weights, const struct sim_result *result);
void sim_answers_clear(struct sim_answers *answers);

#endif
