/* SPDX-License-Identifier: MIT
 *
 * steps.csv and updates.csv of a run: one row per event. All times are on the device's clock and
 * count from the run's start, including earlier processes and restarts.
 */
#ifndef ANEPROBE_TRAIN_RUN_LOG_H
#define ANEPROBE_TRAIN_RUN_LOG_H

#include "measure/csv.h"
#include "train/engine/engine.h"
#include "train/update/update.h"

/* One window forward and backward. */
struct run_log_step {
    int64_t step, tokens; /* so far, this one included */
    double loss;          /* nats */
    uint64_t wall_ns;     /* at its end */
    uint64_t step_ns;
    uint64_t stall_ns; /* right before this step, none ran because weights were not ready */
    struct train_timing timing;
    int64_t version, version_in_use; /* versions of the newest weights, and of those it ran on */
    int programs_alive, compiles;    /* compiles: in this process */
    int64_t restarts;
};

/* One update and the boundary after it. */
struct run_log_update {
    int64_t update, step, tokens; /* so far */
    double loss;                  /* mean over the batch, nats */
    double gradient_norm;
    uint64_t wall_ns; /* at the boundary's end */
    uint64_t batch_ns, optimiser_ns, checkpoint_ns;
    struct train_stall stall;
    uint64_t restart_ns; /* part of the stall: from leaving a process until the next can step */
    int64_t version_in_use;
    bool has_compile; /* a compile ended since the previous row */
    struct train_compile compile;
    int programs_alive, compiles;
    int64_t restarts;
    double learning_rate; /* of this update */
};

struct run_log;

/* Opens the logs in `directory`: new files, or, to resume, the existing ones, truncated to the
 * checkpoint's lengths. Must be closed. */
struct run_log_place {
    int64_t steps_bytes, updates_bytes;
};
enum device_status run_log_create(
    const char *directory, struct run_log **out, struct device_error *error);
enum device_status run_log_continue(const char *directory, const struct run_log_place *place,
    struct run_log **out, struct device_error *error);
void run_log_close(struct run_log *log);

/* DEVICE_BROKEN: the disk is full or gone. */
enum device_status run_log_put_step(
    struct run_log *log, const struct run_log_step *row, struct device_error *error);
enum device_status run_log_put_update(
    struct run_log *log, const struct run_log_update *row, struct device_error *error);
/* Syncs both to disk and returns their lengths, for a checkpoint. */
enum device_status run_log_sync(
    struct run_log *log, struct run_log_place *place, struct device_error *error);

#endif
