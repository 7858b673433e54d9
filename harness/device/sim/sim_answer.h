/* SPDX-License-Identifier: MIT
 *
 * What functions of a program gave before: requests come and go with every load, and the same
 * weights and inputs need no arithmetic again.
 */
#ifndef ANEPROBE_DEVICE_MODEL_MODEL_ANSWER_H
#define ANEPROBE_DEVICE_MODEL_MODEL_ANSWER_H

#include "device/model/model_image.h"

/* The last so many are kept, of functions with little to read and write: what probes ask for again
 * and again. */
enum { MODEL_ANSWERS = 32, MODEL_ANSWER_BYTES_MAX = 1 << 16 };

struct model_answer {
    struct model_image
        *weights; /* a share of its own, so that nobody writes to it; NULL = unused */
    int function, steps;
    unsigned char *bytes; /* the inputs, then the outputs */
};

struct model_answers {
    struct model_answer slots[MODEL_ANSWERS];
    int next;
};

struct model_result;

/* Fills the result's outputs from an earlier answer; false when there is none. */
bool model_answers_find(const struct model_answers *answers, const struct model_image *weights,
    struct model_result *result);
/* Keeps the result's outputs in place of the oldest, and forgets those of other weights. Does nothing
 * when it is much, or memory is out. */
void model_answers_keep(
    struct model_answers *answers, struct model_image *weights, const struct model_result *result);
void model_answers_clear(struct model_answers *answers);

#endif
