/* SPDX-License-Identifier: MIT */
#include "train/plan/forecast.h"

#include <math.h>
#include <string.h>

int forecast_make(const struct host *host, const char *device, const char *chip,
    const struct train_shape *shape, enum train_weights_place place, struct forecast *f,
    struct device_error *error) {
    struct train_shape stories;
    struct host_work engine;
    double forward_ms, engine_ms;
    char why[200];
    (void)train_shape_parse("stories110m", &stories, why, sizeof why);
    if (host_figure(host, chip, host_step_key(place), false, &f->step, error) != 0 ||
        host_figure(host, chip, "host_batch_ms", false, &f->update, error) != 0 ||
        host_figure(host, chip, "host_compile_set_ms", false, &f->compile, error) != 0 ||
        host_figure(host, chip, "host_forward_engine_ms", false, &engine, error) != 0 ||
        plan_engine_ms(device, &stories, TRAIN_WEIGHTS_BAKED, true, &forward_ms, error) != 0 ||
        plan_engine_ms(device, &stories, place, false, &engine_ms, error) != 0)
        return -1;
    f->engine_scale = fmax(engine.ms / forward_ms, 1);
    const double host_ms = fmax(f->step.ms - f->engine_scale * engine_ms, 0);
    if (host_parts(host, chip, host_ms, &f->parts, error) != 0)
        return -1;
    const double work = train_shape_flops(shape).host / train_shape_flops(&stories).host;
    f->host_step_ms = work * host_ms;
    f->parts.io_ms *= work;
    f->parts.classifier_ms *= work;
    f->parts.elementwise_ms *= work;
    f->parts.rest_ms *= work;
    f->update.ms *= (double)train_parameter_count(shape) / (double)train_parameter_count(&stories);
    return 0;
}

void forecast_compile_times(
    const struct forecast *f, const struct sim_chip *chip, struct plan_spec *spec) {
    struct train_shape stories;
    char why[200];
    if (strcmp(chip->basis[sim_params_key("compile_per_mb_ms")], "default") != 0)
        return;
    (void)train_shape_parse("stories110m", &stories, why, sizeof why);
    const int n = train_program_counts(&stories, TRAIN_CUT_SIX, TRAIN_WEIGHTS_BAKED).per_set;
    spec->compile_ms = fmin(chip->params.compile_ms, f->compile.ms / n);
    spec->compile_per_mb_ms =
        (f->compile.ms - n * spec->compile_ms) / train_set_weight_mb(&stories);
}
