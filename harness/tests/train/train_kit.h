/* SPDX-License-Identifier: MIT
 *
 * What tests of the engine share: a device, an engine and a ready set in one place.
 */
#ifndef ANEPROBE_TESTS_TRAIN_KIT_H
#define ANEPROBE_TESTS_TRAIN_KIT_H

#include "mil/fp16.h"
#include "train/engine/engine.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_MODEL "sim:" SIMS "/plain.sim" /* no limits; the reference evaluator computes */

struct kit {
    struct device *device;
    struct train_engine *engine;
    struct train_set *set;
    struct train_parameters parameters, gradients;
    struct train_timing timing;
};

#define kit_ok(call)                                                                               \
    do {                                                                                           \
        struct device_error kit_error = {.text = ""};                                              \
        struct device_error *error = &kit_error;                                                   \
        enum device_status kit_status = (call);                                                    \
        cr_assert(kit_status == DEVICE_OK, "%s: %s: %s", #call, error->stage, error->text);        \
    } while (0)

static inline void kit_open(struct kit *k, const char *device, const struct train_shape *shape,
    enum train_cut cut, enum train_weights_place place, int host_threads) {
    const struct train_engine_options options = {
        .cut = cut, .place = place, .host_threads = host_threads, .qos = DEVICE_QOS_DEFAULT};
    *k = (struct kit){0};
    kit_ok(device_open(device, 1, &k->device, error));
    kit_ok(train_engine_create(k->device, shape, &options, &k->engine, error));
    kit_ok(train_set_create(k->engine, &k->set, error));
    cr_assert_eq(train_parameters_create(shape, &k->parameters), 0);
    cr_assert_eq(train_parameters_create(shape, &k->gradients), 0);
}

static inline void kit_close(struct kit *k) {
    train_set_free(k->set);
    train_engine_free(k->engine);
    device_close(k->device);
    train_parameters_free(&k->parameters);
    train_parameters_free(&k->gradients);
}

/* Brings the parameters as they are to the device. */
static inline void kit_update(struct kit *k, uint64_t version) {
    for (int i = 0; i < train_set_n_programs(k->set); i++)
        train_set_drop(k->set, i);
    train_set_snapshot(k->set, &k->parameters, version);
    for (int i = 0; i < train_set_n_programs(k->set); i++) {
        kit_ok(train_set_build(k->set, i, error));
        kit_ok(train_set_compile(k->set, i, error));
        kit_ok(train_set_load(k->set, i, error));
    }
    if (train_set_n_programs(k->set) == 0)
        kit_ok(train_set_write_weights(k->set, error));
    cr_assert(train_set_is_ready(k->set));
}

static inline double kit_step(struct kit *k, const uint16_t *tokens) {
    double loss = NAN;
    kit_ok(train_step(k->engine, k->set, tokens, &k->gradients, &loss, &k->timing, error));
    return loss;
}

/* seq + 1 tokens: neither constant nor periodic, the same for the same seed. */
static inline void kit_tokens(const struct train_shape *shape, unsigned seed, uint16_t *tokens) {
    for (int t = 0; t <= shape->seq; t++) {
        seed = seed * 1664525u + 1013904223u;
        tokens[t] = (uint16_t)((seed >> 16) % (unsigned)shape->vocab);
    }
}

#endif
