/* SPDX-License-Identifier: MIT
 *
 * A training run in one process, from its begin or from a checkpoint, to its end or to where the
 * process has to be left.
 *
 *     batch:     `accum` windows forward and backward on the set in use, gradients added up
 *     update:    AdamW on the newest weights
 *     boundary:  the updater brings the new weights to the device, by whichever way
 *
 * A checkpoint is taken between a batch and its update: weights, moments and the batch's gradients.
 * From there the update comes out the same to the bit, and for `double --max-stale 1` the weights in
 * use after it are those of the checkpoint, as they would have been. A process left since a compile
 * failed has done the update: its checkpoint has the weights that were compiled instead of
 * gradients. With a bound above 1, or none, what is in use depends on the compiler's time, and a run
 * that goes on begins with the newest.
 */
#ifndef ANEPROBE_TRAIN_TRAINING_H
#define ANEPROBE_TRAIN_TRAINING_H

#include "train/run/run_options.h"

#include "train/model/parameters.h"

#include <signal.h>

enum training_end {
    TRAINING_DONE,    /* all steps */
    TRAINING_STOPPED, /* asked to; a checkpoint was taken */
    TRAINING_RESTART, /* this process has no room left; a checkpoint was taken */
    TRAINING_FAILED   /* *error says why */
};

struct training;

/* What a progress line says. Times on the device's clock. */
struct training_progress {
    int64_t step, steps, version, version_in_use, restarts;
    double loss;  /* mean of the last batch, or of the one under way before the first is over */
    double floor; /* the least loss that any model can have on its windows; NaN: not known */
    uint64_t wall_ns, stall_ns;
    uint64_t checkpoint_step; /* of the last one */
};
typedef void training_progress_fn(void *context, const struct training_progress *progress);

/* Takes the run's directory, which must be there, and opens all that a run needs. A new run wants
 * an empty directory; one that is resumed begins at its checkpoint, or at its beginning when it was
 * stopped before the first. *notice gets what the user should know before it starts
 * (what the limit on programs means; that an older checkpoint is used), or "". The device is
 * borrowed. To be closed also when it failed, if *out is not NULL. DEVICE_UNSUPPORTED: the way
 * cannot work here. */
enum device_status training_open(struct device *device, const struct run_options *options,
    struct training **out, char *notice, size_t notice_bytes, struct device_error *error);
/* Waits for background compiles that are under way. NULL is fine. */
void training_close(struct training *training);

/* Until one of the ends. *stop is looked at after every batch. `progress` may be NULL. With
 * TRAINING_RESTART *error says which compile failed, or nothing when room was known to end. */
enum training_end training_run(struct training *training, const volatile sig_atomic_t *stop,
    training_progress_fn *progress, void *context, struct device_error *error);

/* When the process was left, on the device's clock: after TRAINING_RESTART. */
uint64_t training_left_ns(const struct training *training);

const struct train_parameters *training_parameters(const struct training *training);
void training_progress_get(const struct training *training, struct training_progress *out);

#endif
