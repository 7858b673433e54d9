/* SPDX-License-Identifier: MIT
 *
 * Brings new weights to the device: the ways behind one set of calls. The trainer steps on the
 * set in use, updates its parameters after a batch, and calls the updater at that boundary.
 */
#ifndef ANEPROBE_TRAIN_UPDATE_H
#define ANEPROBE_TRAIN_UPDATE_H

#include "train/engine/engine.h"
#include "train/update/budget.h"
#include "train/update/double_buffer.h"

/* Time the training loop was delayed at one boundary, on the device's clock. */
struct train_stall {
    uint64_t wait_ns;     /* for the compiler */
    uint64_t swap_ns;     /* unloading, loading, writing weights into surfaces */
    uint64_t snapshot_ns; /* copying weights, writing program sources */
};
static inline uint64_t train_stall_ns(const struct train_stall *stall) {
    return stall->wait_ns + stall->swap_ns + stall->snapshot_ns;
}

/* A finished compile of a set. Start and end as seen by the training loop, which polls between
 * evals; compiler_ns is the device's own sum over its programs. */
struct train_compile {
    int64_t version;
    uint64_t begin_ns, end_ns;
    uint64_t compiler_ns;
};

struct train_updater;

/* Compiles and loads a first set from `parameters`, which are `version`. The engine and the
 * parameters are borrowed. `reload` and `mapped` are first tested, on `window` of seq + 1
 * tokens: DEVICE_UNSUPPORTED if new weights do not show in the output. */
enum device_status train_updater_open(struct device *device, struct train_engine *engine,
    const struct train_budget *budget, int max_stale, const struct train_parameters *parameters,
    int64_t version, const uint16_t *window, struct train_updater **out,
    struct device_error *error);
/* Waits for started compiles, then frees all sets. NULL is allowed. */
void train_updater_close(struct train_updater *updater);

/* The set that the next step uses; train_set_version gives its version. */
const struct train_set *train_updater_set(const struct train_updater *updater);

/* Between evals. Never waits. */
void train_updater_pump(struct train_updater *updater);

/* Whether this process lacks room for the compiles that the boundary of `version` needs. Call it
 * before updating the parameters, so that a checkpoint of the current ones can be taken. */
bool train_updater_needs_restart(const struct train_updater *updater, int64_t version);

/* After a batch: the parameters are now `version`. A compile that fails is retried once; anything
 * but DEVICE_OK means that no further step may run in this process. */
enum device_status train_updater_boundary(
    struct train_updater *updater, int64_t version, struct device_error *error);
/* After a failed boundary: the weights of that version that were being brought to the device, as
 * train_set_weights gives them. False when they were not those. */
bool train_updater_failed_weights(
    const struct train_updater *updater, int64_t version, struct train_parameters *out);

/* For the last boundary. */
struct train_stall train_updater_stall(const struct train_updater *updater);
/* The last finished compile, and the number finished since the updater was opened (the first set
 * counts); false when there was none. */
bool train_updater_last_compile(
    const struct train_updater *updater, struct train_compile *compile, int *n_compiles);

#endif
