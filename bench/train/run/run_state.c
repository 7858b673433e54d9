/* SPDX-License-Identifier: MIT */
#include "train/run/run_state.h"

#include "train/file/checkpoint.h"

int run_state_create(const struct train_shape *shape, struct run_state *out) {
    *out = (struct run_state){0};
    return train_parameters_create(shape, &out->parameters) != 0 ||
                   train_parameters_create(shape, &out->gradients) != 0 ||
                   train_parameters_create(shape, &out->moment1) != 0 ||
                   train_parameters_create(shape, &out->moment2) != 0
               ? -1
               : 0;
}

void run_state_free(struct run_state *state) {
    train_parameters_free(&state->parameters);
    train_parameters_free(&state->gradients);
    train_parameters_free(&state->moment1);
    train_parameters_free(&state->moment2);
}

enum device_status run_state_save(
    const struct run_state *state, const char *directory, struct device_error *error) {
    const size_t bytes = state->parameters.n * sizeof(float);
    const struct checkpoint_part parts[] = {
        {"shape", &state->parameters.shape, sizeof state->parameters.shape},
        {"counters", &state->counters, sizeof state->counters},
        {"data", state->data_digest, sizeof state->data_digest},
        {"parameters", state->parameters.data, bytes},
        {"moment1", state->moment1.data, bytes},
        {"moment2", state->moment2.data, bytes},
        {"gradients", state->gradients.data,
            state->counters.gradients != RUN_GRADIENTS_ZERO ? bytes : 0},
    };
    return checkpoint_write(directory, parts, sizeof parts / sizeof *parts, error);
}

static enum device_status arrays_copy(
    const struct checkpoint *checkpoint, struct run_state *out, struct device_error *error) {
    const size_t bytes = out->parameters.n * sizeof(float);
    const struct {
        const char *name;
        struct train_parameters *to;
    } arrays[] = {{"parameters", &out->parameters}, {"moment1", &out->moment1},
        {"moment2", &out->moment2}, {"gradients", &out->gradients}};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        if (arrays[i].to == &out->gradients && out->counters.gradients == RUN_GRADIENTS_ZERO)
            continue;
        const enum device_status status =
            checkpoint_copy(checkpoint, arrays[i].name, arrays[i].to->data, bytes, error);
        if (status != DEVICE_OK)
            return status;
    }
    return DEVICE_OK;
}

enum device_status run_state_load(const char *directory, struct run_state *out, char *notice,
    size_t notice_bytes, struct device_error *error) {
    struct checkpoint *checkpoint = NULL;
    struct train_shape shape;
    char why[200];
    *out = (struct run_state){0};
    enum device_status status =
        checkpoint_open(directory, &checkpoint, notice, notice_bytes, error);
    if (status != DEVICE_OK)
        return status;
    status = checkpoint_copy(checkpoint, "shape", &shape, sizeof shape, error);
    if (status == DEVICE_OK && train_shape_trains(&shape, why, sizeof why) != 0)
        status = device_error_set(
            error, DEVICE_BROKEN, "open", "the checkpoint in %.200s: %s", directory, why);
    if (status == DEVICE_OK && run_state_create(&shape, out) != 0)
        status = device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    if (status == DEVICE_OK)
        status =
            checkpoint_copy(checkpoint, "counters", &out->counters, sizeof out->counters, error);
    if (status == DEVICE_OK)
        status =
            checkpoint_copy(checkpoint, "data", out->data_digest, sizeof out->data_digest, error);
    if (status == DEVICE_OK)
        status = arrays_copy(checkpoint, out, error);
    checkpoint_close(checkpoint);
    if (status != DEVICE_OK)
        run_state_free(out);
    return status;
}
