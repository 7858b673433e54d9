/* SPDX-License-Identifier: MIT
 *
 * The state of a run between two steps, saved to a checkpoint and restored.
 */
#ifndef ANEPROBE_TRAIN_RUN_STATE_H
#define ANEPROBE_TRAIN_RUN_STATE_H

#include "train/run/run_log.h"

#include "measure/digest.h"

/* What the gradients' memory holds, also in a checkpoint. */
enum run_gradients {
    RUN_GRADIENTS_ZERO,
    RUN_GRADIENTS_BATCH, /* a finished batch without its update */
    /* the weights before the last update, which the next step uses: their compile failed */
    RUN_GRADIENTS_OLDER_WEIGHTS
};

/* Saved as is: 64-bit fields only. */
struct run_counters {
    int64_t version;     /* updates */
    int64_t step;        /* windows */
    int64_t restarts;    /* processes left deliberately */
    int64_t gradients;   /* enum run_gradients */
    int64_t batch_steps; /* of that batch */
    double batch_loss;   /* its mean */
    uint64_t batch_ns;
    uint64_t wall_ns, stall_ns; /* of the run so far */
    uint64_t restart_ns;        /* part of stall_ns: restarts not in a row of updates yet */
    uint64_t pending_stall_ns;  /* part of stall_ns: not in a row of steps yet */
    struct run_log_place log;
};

struct run_state {
    struct run_counters counters;
    struct train_parameters parameters, gradients, moment1, moment2;
    unsigned char data_digest[DIGEST_BYTES]; /* of the training data: see tokens_digest */
};

/* All zero. -1 when out of memory; call run_state_free in any case. */
int run_state_create(const struct train_shape *shape, struct run_state *out);
void run_state_free(struct run_state *state);

enum device_status run_state_save(
    const struct run_state *state, const char *directory, struct device_error *error);
/* Also initialises the state. `notice` says if it is an older checkpoint, else "". */
enum device_status run_state_load(const char *directory, struct run_state *out, char *notice,
    size_t notice_bytes, struct device_error *error);

#endif
