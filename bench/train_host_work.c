/* SPDX-License-Identifier: MIT */
#include "base/place.h"
#include "train_experiment.h"

#include "train/plan/host.h"
#include "train/kernel/cut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PUBLISHED_ACCUM = 10 }; /* steps per batch in maderix/ANE's trainers */
static const double plain_step_ms = 5, plain_update_ms = 1;

struct sim_words {
    char chip[64];
    double compile_ms, compile_per_mb_ms;
};

static void sim_read(void *context, const char *key, const char *value) {
    struct sim_words *words = context;
    if (strcmp(key, "chip") == 0)
        snprintf(words->chip, sizeof words->chip, "%s", value);
    else if (strcmp(key, "sim_compile_ms") == 0)
        words->compile_ms = strtod(value, NULL);
    else if (strcmp(key, "sim_compile_per_mb_ms") == 0)
        words->compile_per_mb_ms = strtod(value, NULL);
}

static double set_compile_ms(const struct sim_words *words, const struct train_shape *shape) {
    return train_program_counts(shape, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED).per_set *
               words->compile_ms +
           words->compile_per_mb_ms * train_set_weight_mb(shape);
}

static int figures_read(const struct host *host, const char *chip, const struct train_shape *large,
    struct host_work *step, struct host_work *update, struct device_error *error) {
    if (host_step_ms(host, chip, large, TRAIN_WEIGHTS_BAKED, step, error) != 0)
        return -1;
    return host_figure(host, chip, "host_batch_ms", false, update, error);
}

int train_host_work_of(struct device *device, const struct train_shape *shape, int accum,
    struct train_host_work *out, struct device_error *error) {
    struct sim_words words = {.chip = ""};
    struct train_shape large;
    struct host host;
    struct host_work step, update;
    struct error csv_error;
    char why[200];

    device_properties(device, sim_read, &words);
    *out = (struct train_host_work){.step_ms = plain_step_ms, .update_ms = plain_update_ms};
    if (!device_is_virtual(device))
        out->step_ms = out->update_ms = 0;
    if (!device_is_virtual(device) || host_distance(words.chip, "M4") < 0)
        return 0;
    if (train_shape_parse("stories110m", &large, why, sizeof why) != 0) {
        device_error_set(error, DEVICE_BROKEN, "open", "%s", why);
        return -1;
    }
    char *path = place_data("results/chips.csv");
    int failed = path ? host_open(&host, path, &csv_error)
                      : error_set(&csv_error, EXIT_BROKEN, "out of memory");
    free(path);
    if (failed != 0) {
        device_error_set(error, DEVICE_BROKEN, "open", "%s", csv_error.text);
        return -1;
    }
    const int status = figures_read(&host, words.chip, &large, &step, &update, error);
    host_close(&host);
    if (status != 0)
        return -1;
    const double scale = set_compile_ms(&words, shape) / set_compile_ms(&words, &large);
    out->step_ms = step.ms * scale * PUBLISHED_ACCUM / accum;
    out->update_ms = update.ms * scale;
    return 0;
}
