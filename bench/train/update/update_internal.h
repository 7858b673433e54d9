/* SPDX-License-Identifier: MIT
 *
 * Shared by the ways of updating weights.
 */
#ifndef ANEPROBE_TRAIN_UPDATE_INTERNAL_H
#define ANEPROBE_TRAIN_UPDATE_INTERNAL_H

#include "train/update/update.h"

struct train_updater {
    struct device *device;
    struct train_engine *engine;
    const struct train_parameters *parameters;
    struct train_budget budget;
    struct train_set *live, *next; /* next: double only */
    int n_programs;
    bool reload_compiled; /* reload: the file whose rewriting takes effect */
    struct double_buffer buffer;

    struct train_stall stall;
    struct train_compile compiling, compile; /* running; finished */
    int n_compiles;
};

static inline uint64_t updater_now_ns(const struct train_updater *u) {
    return device_clock_ns(u->device);
}

/* A compile of a whole set starts and finishes. */
void updater_compile_begin(struct train_updater *u, int64_t version);
void updater_compile_end(struct train_updater *u, const struct train_set *set);

/* Takes the snapshot, timed. */
void updater_snapshot(struct train_updater *u, struct train_set *set,
    const struct train_parameters *parameters, int64_t version);
/* Rebuilds one program of the set in use from the staging area, dropping the old one first. */
enum device_status updater_program_renew(
    struct train_updater *u, int program, struct device_error *error);

/* double: the next set and its state machine. */
enum device_status updater_double_open(
    struct train_updater *u, int max_stale, int64_t version, struct device_error *error);
enum device_status updater_double_boundary(
    struct train_updater *u, int64_t version, struct device_error *error);

/* Weights that must show in the loss, and the host's losses on the window with the trainer's and with them. */
struct updater_trial {
    const uint16_t *window;
    struct train_parameters altered; /* to be freed, whatever make returns */
    double loss, altered_loss;
};
enum device_status updater_trial_make(struct train_updater *u, const uint16_t *window,
    struct updater_trial *out, struct device_error *error);
/* Whether the set in use has the `wanted` one of the two losses. DEVICE_OK or DEVICE_BROKEN. */
enum device_status updater_trial_shows(struct train_updater *u, const struct updater_trial *trial,
    double wanted, bool *shows, struct device_error *error);

/* reload: determines from the output whether, and in which file, rewriting takes effect; leaves the
 * set unchanged. */
enum device_status updater_reload_try(
    struct train_updater *u, const uint16_t *window, struct device_error *error);
enum device_status updater_reload(
    struct train_updater *u, int64_t version, struct device_error *error);

/* mapped: the first set, in which weights can be written and take effect; DEVICE_UNSUPPORTED where they cannot
 * or do not. */
enum device_status updater_mapped_open(
    struct train_updater *u, int64_t version, const uint16_t *window, struct device_error *error);
enum device_status updater_mapped(
    struct train_updater *u, int64_t version, struct device_error *error);

#endif
