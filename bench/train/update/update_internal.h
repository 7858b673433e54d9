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

/* double: the next set and its state machine. */
enum device_status updater_double_open(
    struct train_updater *u, int max_stale, int64_t version, struct device_error *error);
enum device_status updater_double_boundary(
    struct train_updater *u, int64_t version, struct device_error *error);

/* reload: determines from the output whether, and in which file, rewriting takes effect; leaves the
 * set unchanged. */
enum device_status updater_reload_try(
    struct train_updater *u, const uint16_t *window, struct device_error *error);
enum device_status updater_reload(
    struct train_updater *u, int64_t version, struct device_error *error);

#endif
