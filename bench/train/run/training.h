/* SPDX-License-Identifier: MIT
 *
 * A training run in one process, from its start or from a checkpoint, to its end or until the
 * process must be left.
 *
 *     batch: `accum` windows forward and backward on the set in use, summing gradients update:
 *     AdamW on the newest weights boundary: the updater brings the new weights to the device
 *
 * A checkpoint is taken between a batch and its update: weights, moments and the batch's gradients.
 * From there the update is bit-identical, and with `double --max-stale 1` the weights in use after
 * it are those of the checkpoint, as they would have been. A process left because a compile failed
 * has done the update: its checkpoint has the weights being compiled instead of gradients. With a
 * bound above 1, or none, the weights in use depend on compile times, and a resumed run starts with
 * the newest.
 */
#ifndef ANEPROBE_TRAIN_TRAINING_H
#define ANEPROBE_TRAIN_TRAINING_H

#include "train/run/run_options.h"

#include "base/conditions.h"
#include "meter/meter.h"

#include "train/model/parameters.h"

#include <signal.h>

enum training_end {
    TRAINING_DONE,    /* all steps */
    TRAINING_STOPPED, /* on request; a checkpoint was taken */
    TRAINING_RESTART, /* this process has no room for more programs; a checkpoint was taken */
    TRAINING_FAILED   /* *error says why */
};

struct training;

/* Data of a progress line. Times on the device's clock. */
struct training_progress {
    int64_t step, steps, version, version_in_use, restarts;
    double loss;  /* mean of the last batch, or of the current one during the first */
    double floor; /* the lowest loss that any model can have on its windows; NaN: unknown */
    uint64_t wall_ns, stall_ns;
    uint64_t checkpoint_step; /* of the last one */
};
typedef void training_progress_fn(void *context, const struct training_progress *progress);

/* Locks the run's directory, which must exist, and opens all that a run needs. A new run needs an
 * empty directory; a resumed one starts at its checkpoint, or from the beginning when it was
 * stopped before the first. *notice gets what the user should know before it starts (what the limit
 * on programs means; that an older checkpoint is used), or "". The device is borrowed. Must be
 * closed even after a failure, if *out is not NULL. DEVICE_UNSUPPORTED: the way cannot work here.
 */
enum device_status training_open(struct device *device, const struct run_options *options,
    struct training **out, char *notice, size_t notice_bytes, struct device_error *error);
/* Waits for running background compiles. NULL is allowed. */
void training_close(struct training *training);

/* Runs until one of the ends. *stop is checked after every batch. `progress` may be NULL. With
 * TRAINING_RESTART *error says which compile failed, or nothing when the limit was known. */
enum training_end training_run(struct training *training, const volatile sig_atomic_t *stop,
    training_progress_fn *progress, void *context, struct device_error *error);

/* Of --energy, NULL without it: the first updates, as many as the counters need, and an idle machine. */
struct training_energy {
    bool has_windows;
    char reason[500];               /* why there are none */
    struct conditions conditions;   /* after them */
    struct meter_window idle, work; /* a step of the work is an update with its batch */
};
const struct training_energy *training_energy(const struct training *training);

/* What an update took of one quantity. */
void training_joules(
    const struct training_energy *energy, enum meter_quantity quantity, struct meter_joules *out);
/* Any quantity is known. */
bool training_joules_any(const struct training_energy *energy);
/* energy.csv in the run's directory: a row for each quantity that is known, and one for the engine in any case. */
enum device_status training_energy_write(
    const struct training_energy *energy, const char *directory, struct device_error *error);

/* When the process was left, on the device's clock; valid after TRAINING_RESTART. */
uint64_t training_left_ns(const struct training *training);

const struct train_parameters *training_parameters(const struct training *training);
void training_progress_get(const struct training *training, struct training_progress *out);

#endif
