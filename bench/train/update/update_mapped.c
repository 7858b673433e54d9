/* SPDX-License-Identifier: MIT
 *
 * New weights without a compile or a load: macOS 27's mutable weights, which a loaded program maps as memory.
 * Nobody has published that it takes effect, so output decides. The first set is compiled with altered weights,
 * no two tensors of which are the same: each is found in the mapped memory by its value. Then the
 * weights are written, and the device's loss must be theirs.
 */
#include "train/update/update_internal.h"

#include <stdio.h>

enum device_status updater_mapped(
    struct train_updater *u, int64_t version, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    updater_snapshot(u, u->live, u->parameters, version);
    const uint64_t begin_ns = updater_now_ns(u);
    for (int i = 0; i < u->n_programs && status == DEVICE_OK; i++)
        status = train_set_write_mapped(u->live, i, error);
    u->stall.swap_ns += updater_now_ns(u) - begin_ns;
    return status;
}

/* A device that maps no weights says so at the first program, after its compile. */
static enum device_status altered_set_make(struct train_updater *u,
    const struct train_parameters *altered, int64_t version, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    updater_snapshot(u, u->live, altered, version);
    updater_compile_begin(u, version);
    for (int i = 0; i < u->n_programs && status == DEVICE_OK; i++) {
        status = updater_program_renew(u, i, error);
        if (status != DEVICE_OK)
            return status;
        status = train_set_map(u->live, i, error);
    }
    if (status == DEVICE_OK)
        updater_compile_end(u, u->live);
    else if (status != DEVICE_BROKEN) {
        char why[300];
        snprintf(why, sizeof why, "%.290s", error->text);
        return device_error_set(error, DEVICE_UNSUPPORTED, "map",
            "the weights of %s cannot be changed in place here: %s; use --update double, dynamic "
            "or sync",
            train_set_program_name(u->live, 0), why);
    }
    return status;
}

enum device_status updater_mapped_open(
    struct train_updater *u, int64_t version, const uint16_t *window, struct device_error *error) {
    struct updater_trial trial;
    bool shows = false;
    enum device_status status = updater_trial_make(u, window, &trial, error);
    if (status == DEVICE_OK)
        status = altered_set_make(u, &trial.altered, version, error);
    if (status == DEVICE_OK)
        status = updater_mapped(u, version, error);
    if (status == DEVICE_OK)
        status = updater_trial_shows(u, &trial, trial.loss, &shows, error);
    train_parameters_free(&trial.altered);
    if (status == DEVICE_OK && !shows)
        status = device_error_set(error, DEVICE_UNSUPPORTED, "map",
            "on this device mapped weights do not affect the output, though every call succeeds: "
            "--update mapped would train on old weights; use double, dynamic or sync");
    return status;
}
