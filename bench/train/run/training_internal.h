/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of a training run.
 */
#ifndef ANEPROBE_TRAIN_TRAINING_INTERNAL_H
#define ANEPROBE_TRAIN_TRAINING_INTERNAL_H

#include "train/run/training.h"

#include "train/run/run_state.h"
#include "train/data/tokens.h"

struct training {
    struct device *device;
    const struct run_options *options;
    struct train_shape shape;
    struct tokens *tokens;
    double floor;
    struct train_engine *engine;
    struct train_budget budget;
    struct train_updater *updater;
    struct run_log *log;
    struct run_state state;
    uint16_t *window;
    int lock;

    bool is_virtual;
    uint64_t opened_ns;      /* clock when this process's part of the run started */
    uint64_t wall_before_ns; /* of the run at that time */
    double host_per_eval_ms; /* virtual time */
    double last_loss;
    int n_compiles_logged;
    uint64_t left_ns; /* when it was left */
    int64_t checkpoint_step;
    uint64_t checkpoint_ns; /* spent since the last row of updates */
    struct training_energy energy;
};

static inline uint64_t training_now_ns(const struct training *t) {
    return device_clock_ns(t->device);
}

/* For the run so far. */
static inline uint64_t training_wall_ns(const struct training *t, uint64_t clock_ns) {
    return t->wall_before_ns + (clock_ns - t->opened_ns);
}

/* In virtual time: lets the host compute for that long. */
void training_host_work(struct training *training, double elapsed_ms);

/* Whether the weights in use after a checkpoint's update are those before it: see training.h. */
static inline bool training_keeps_older(const struct training *t) {
    return t->options->way == TRAIN_DOUBLE && t->options->max_stale == 1;
}

/* Adds stall: to the run's sum and the next step's row. */
void training_stall_add(struct training *training, uint64_t kept_ns);

/* Applies the batch's gradients to the weights. Returns the time it took. */
uint64_t training_optimise(struct training *training, double *gradient_norm);
/* Writes the update's row; its stall and restart are added to the run's. */
enum device_status training_update_log(struct training *training, uint64_t optimiser_ns,
    double gradient_norm, const struct train_stall *stall, uint64_t restart_ns,
    struct device_error *error);

#endif
