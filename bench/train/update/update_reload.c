/* SPDX-License-Identifier: MIT
 *
 * New weights without a compile: the blobs of the source, or of the compiled data, are rewritten on
 * disk, and the program is unloaded and loaded. Whether that takes effect is disputed (maderix/ANE
 * found that it does not, mechramc/Orion that it does), so output decides.
 */
#include "train/update/update_internal.h"

static enum device_status program_rewrite(
    struct train_updater *u, int program, bool compiled, struct device_error *error) {
    enum device_status status = train_set_rewrite(u->live, program, compiled, error);
    if (status == DEVICE_OK)
        status = train_set_unload(u->live, program, error);
    return status == DEVICE_OK ? train_set_load(u->live, program, error) : status;
}

static enum device_status set_rewrite(struct train_updater *u,
    const struct train_parameters *parameters, int64_t version, bool compiled,
    struct device_error *error) {
    enum device_status status = DEVICE_OK;
    updater_snapshot(u, u->live, parameters, version);
    const uint64_t begin_ns = updater_now_ns(u);
    for (int i = 0; i < u->n_programs && status == DEVICE_OK; i++)
        status = program_rewrite(u, i, compiled, error);
    u->stall.swap_ns += updater_now_ns(u) - begin_ns;
    return status;
}

enum device_status updater_reload(
    struct train_updater *u, int64_t version, struct device_error *error) {
    return set_rewrite(u, u->parameters, version, u->reload_compiled, error);
}

/* Whether the loss follows weights rewritten this way. The set is restored afterwards. False if the
 * device does not support this way. */
static enum device_status way_try(struct train_updater *u, const struct updater_trial *trial,
    bool compiled, bool *works, struct device_error *error) {
    const int64_t version = (int64_t)train_set_version(u->live);
    *works = false;
    enum device_status status = set_rewrite(u, &trial->altered, version, compiled, error);
    if (status == DEVICE_OK)
        status = updater_trial_shows(u, trial, trial->altered_loss, works, error);
    if (status == DEVICE_BROKEN)
        return status;
    const enum device_status back = set_rewrite(u, u->parameters, version, compiled, error);
    return back == DEVICE_UNSUPPORTED ? DEVICE_OK : back;
}

enum device_status updater_reload_try(
    struct train_updater *u, const uint16_t *window, struct device_error *error) {
    struct updater_trial trial;
    bool works = false;
    enum device_status status = updater_trial_make(u, window, &trial, error);
    for (int compiled = 0; compiled <= 1 && status == DEVICE_OK && !works; compiled++) {
        u->reload_compiled = compiled;
        status = way_try(u, &trial, compiled, &works, error);
    }
    train_parameters_free(&trial.altered);
    if (status == DEVICE_OK && !works)
        status = device_error_set(error, DEVICE_UNSUPPORTED, "rewrite",
            "on this device rewritten weights do not affect the output, neither in the source nor "
            "in the compiled data: --update reload would train on old weights; use double, dynamic "
            "or sync");
    return status;
}
