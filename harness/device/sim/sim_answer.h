/* SPDX-License-Identifier: MIT
 *
 * What functions of a program gave before: requests come and go with every load, and the same
 * weights and inputs need no arithmetic again.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_ANSWER_H
#define ANEPROBE_DEVICE_SIM_SIM_ANSWER_H

#include "device/sim/sim_image.h"

/* The last so many are kept, of functions with little to read and write: what probes ask for again
 * and again. */
enum { SIM_ANSWERS = 32, SIM_ANSWER_BYTES_MAX = 1 << 16 };

struct sim_answer {
    struct sim_image *weights; /* a share of its own, so that nobody writes to it; NULL = unused */
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
/* Keeps the result's outputs in place of the oldest, and forgets those of other weights. Does nothing
 * when it is much, or out of memory. */
void sim_answers_keep(
    struct sim_answers *answers, struct sim_image *weights, const struct sim_result *result);
void sim_answers_clear(struct sim_answers *answers);

#endif
