/* SPDX-License-Identifier: MIT
 *
 * New weights without a compile: the blobs of the source, or of the compiled data, are rewritten on
 * disk, and the program is unloaded and loaded. Whether that takes effect is disputed (maderix/ANE
 * found that it does not, mechramc/Orion that it does), so output decides.
 */
#include "train/update/update_internal.h"

#include "train/host/sample.h"

#include <math.h>
#include <string.h>

/* The factor on layer 0's wo in the trial: attention then outweighs the embedding, which shows in
 * the loss. */
static const float trial_factor = 100;
/* The device's loss with the altered weights must be this close to the host's, as a share of the
 * change in the host's loss. */
static const double trial_tolerance = 0.1, trial_least_change = 0.01; /* nats */

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
    uint64_t begin_ns = updater_now_ns(u);
    train_set_snapshot(u->live, parameters, (uint64_t)version);
    u->stall.snapshot_ns += updater_now_ns(u) - begin_ns;
    begin_ns = updater_now_ns(u);
    for (int i = 0; i < u->n_programs && status == DEVICE_OK; i++)
        status = program_rewrite(u, i, compiled, error);
    u->stall.swap_ns += updater_now_ns(u) - begin_ns;
    return status;
}

enum device_status updater_reload(
    struct train_updater *u, int64_t version, struct device_error *error) {
    return set_rewrite(u, u->parameters, version, u->reload_compiled, error);
}

static enum device_status host_loss(const struct train_parameters *parameters,
    const uint16_t *window, double *loss, struct device_error *error) {
    struct sampler *sampler;
    const enum device_status status = sampler_new(parameters, &sampler, error);
    if (status != DEVICE_OK)
        return status;
    *loss = sampler_loss(sampler, window);
    sampler_free(sampler);
    return DEVICE_OK;
}

struct reload_trial {
    const uint16_t *window;
    struct train_parameters altered;
    double before, after; /* the host's loss with the original and the altered weights */
};

/* Whether the loss follows weights rewritten this way. The set is restored afterwards. False if the
 * device does not support this way. */
static enum device_status way_try(struct train_updater *u, const struct reload_trial *trial,
    bool compiled, bool *works, struct device_error *error) {
    struct train_timing timing = {0};
    const int64_t version = (int64_t)train_set_version(u->live);
    double loss = 0;
    *works = false;
    enum device_status status = set_rewrite(u, &trial->altered, version, compiled, error);
    if (status == DEVICE_OK) {
        /* partly updated weights may overflow on the device: that also means no */
        status = train_loss(u->engine, u->live, trial->window, &loss, &timing, error);
        *works = status == DEVICE_OK &&
                 fabs(loss - trial->after) <= trial_tolerance * fabs(trial->after - trial->before);
    }
    if (status == DEVICE_BROKEN)
        return status;
    const enum device_status back = set_rewrite(u, u->parameters, version, compiled, error);
    return back == DEVICE_UNSUPPORTED ? DEVICE_OK : back;
}

enum device_status updater_reload_try(
    struct train_updater *u, const uint16_t *window, struct device_error *error) {
    struct reload_trial trial = {.window = window};
    const struct train_shape *shape = &u->parameters->shape;
    bool works = false;
    if (train_parameters_create(shape, &trial.altered) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    memcpy(trial.altered.data, u->parameters->data, u->parameters->n * sizeof(float));
    float *wo = train_tensor_at(&trial.altered, 0, TRAIN_WO);
    for (size_t i = 0; i < train_tensor_elements(shape, TRAIN_WO); i++)
        wo[i] *= trial_factor;
    enum device_status status = host_loss(u->parameters, window, &trial.before, error);
    if (status == DEVICE_OK)
        status = host_loss(&trial.altered, window, &trial.after, error);
    if (status == DEVICE_OK && !(fabs(trial.after - trial.before) >= trial_least_change))
        status = device_error_set(error, DEVICE_FAILED, "rewrite",
            "altered weights change the loss by only %.2g, too little to tell whether a reload "
            "takes effect; start from other weights, or use --update double",
            fabs(trial.after - trial.before));
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
