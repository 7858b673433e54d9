/* SPDX-License-Identifier: MIT
 *
 * Whether new weights show in the output: altered ones, with which the host computes another loss.
 */
#include "train/update/update_internal.h"

#include "train/host/sample.h"

#include <math.h>
#include <string.h>

/* The factor on layer 0's wo: attention then outweighs the embedding, which shows in the loss. Every other
 * weight changes by up to this share, so that no two tensors are the same. */
static const float wo_factor = 100, share = 0.125f;
/* The device's loss must be this close to the host's, as a share of the change in the host's loss. */
static const double tolerance = 0.1, least_change = 0.01; /* nats */

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

static void weights_alter(struct train_parameters *p) {
    const size_t n = train_tensor_offset(&p->shape, 0, TRAIN_RMS_FINAL); /* the layers' */
    for (size_t i = 0; i < n; i++)
        p->data[i] *= 1 + share * (float)sin((double)i);
    float *wo = train_tensor_at(p, 0, TRAIN_WO);
    for (size_t i = 0; i < train_tensor_elements(&p->shape, TRAIN_WO); i++)
        wo[i] *= wo_factor;
}

enum device_status updater_trial_make(struct train_updater *u, const uint16_t *window,
    struct updater_trial *out, struct device_error *error) {
    *out = (struct updater_trial){.window = window};
    if (train_parameters_create(&u->parameters->shape, &out->altered) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    memcpy(out->altered.data, u->parameters->data, u->parameters->n * sizeof(float));
    weights_alter(&out->altered);
    enum device_status status = host_loss(u->parameters, window, &out->loss, error);
    if (status == DEVICE_OK)
        status = host_loss(&out->altered, window, &out->altered_loss, error);
    if (status == DEVICE_OK && !(fabs(out->altered_loss - out->loss) >= least_change))
        status = device_error_set(error, DEVICE_FAILED, "rewrite",
            "altered weights change the loss by only %.2g, too little to tell whether new weights "
            "take effect; start from other weights, or use --update double",
            fabs(out->altered_loss - out->loss));
    return status;
}

enum device_status updater_trial_shows(struct train_updater *u, const struct updater_trial *trial,
    double wanted, bool *shows, struct device_error *error) {
    struct train_timing timing = {0};
    double loss = 0;
    /* partly updated weights may overflow on the device: that also means no */
    const enum device_status status =
        train_loss(u->engine, u->live, trial->window, &loss, &timing, error);
    *shows = status == DEVICE_OK &&
             fabs(loss - wanted) <= tolerance * fabs(trial->altered_loss - trial->loss);
    return status == DEVICE_BROKEN ? status : DEVICE_OK;
}
