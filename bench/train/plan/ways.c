/* SPDX-License-Identifier: MIT */
#include "train/plan/ways.h"

#include "train/plan/forecast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPDATES = 20 };

static void put_span_header(struct csv_writer *w) {
    static const char *const columns[] = {"update", "span", "begin_ms", "end_ms"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_put_text(w, columns[i]);
    (void)csv_end_row(w); /* the final check of the stream reports errors */
}

static void put_span(
    void *context, enum train_way way, enum plan_span span, double begin_ms, double end_ms) {
    struct csv_writer *w = context;
    csv_put_text(w, train_way_names[way]);
    csv_put_text(w, plan_span_names[span]);
    csv_put_number(w, begin_ms);
    csv_put_number(w, end_ms);
    (void)csv_end_row(w);
}

/* A chip's own times are known to three digits at best, those of its relatives to two. */
static double rounded(double value, const struct host_work *from) {
    char text[64];
    const bool is_own = strncmp(from->from, "relatives", strlen("relatives")) != 0;
    snprintf(text, sizeof text, "%.*g", is_own ? 3 : 2, value);
    return strtod(text, NULL);
}

static double thousandth(double value) {
    char text[64];
    snprintf(text, sizeof text, "%.3f", value);
    return strtod(text, NULL);
}

static const char *limit_word(const struct sim_params *p) {
    static const char *const words[] = {"none", "compiles", "loaded", "bytes"};
    return words[p->limit_kind];
}

/* Counters were published only for the trainer that bakes its weights. */
static void put_parts(struct table *w, enum train_way way, const struct forecast *f) {
    const struct host_parts *parts = &f->parts;
    const double ms[] = {parts->io_ms, parts->classifier_ms, parts->elementwise_ms, parts->rest_ms};
    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++)
        table_put_number(w, way == TRAIN_DYNAMIC ? NAN : rounded(ms[i], &f->step));
    table_put_text(w, way == TRAIN_DYNAMIC ? "" : parts->from);
}

/* The interval of a played figure, as wide as that of the published figure behind it. */
static void put_interval(struct table *w, double ms, const struct host_work *known) {
    table_put_number(w, rounded(ms * known->low_ms / known->ms, known));
    table_put_number(w, rounded(ms * known->high_ms / known->ms, known));
}

static void put_result(struct table *w, const char *model, const struct plan_spec *spec,
    const struct sim_chip *chip, const struct plan_result *r, const struct forecast *f) {
    const double numbers[] = {r->start_ms, r->step_ms, r->engine_ms, spec->step_ms, spec->update_ms,
        r->compile_ms, r->stall_ms, r->update_ms, r->updates_per_s, r->steps_per_s, r->stale_mean};
    table_put_text(w, "simulated");
    table_put_text(w, model);
    table_put_count(w, (uint64_t)spec->accum);
    table_put_text(w, train_way_names[spec->way]);
    if (spec->way != TRAIN_DOUBLE)
        table_put_empty(w);
    else if (spec->max_stale == DOUBLE_BUFFER_STALE_INF)
        table_put_text(w, "inf");
    else
        table_put_count(w, (uint64_t)spec->max_stale);
    table_put_text(w, r->is_possible ? "yes" : "no");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (r->is_possible)
            table_put_number(w, rounded(numbers[i], &f->step));
        else
            table_put_empty(w);
    if (r->is_possible) {
        table_put_count(w, (uint64_t)r->stale_max);
        table_put_count(w, (uint64_t)r->programs);
        table_put_count(w, (uint64_t)r->compiles);
        table_put_number(w, thousandth(r->restarts));
    } else {
        for (int i = 0; i < 4; i++)
            table_put_empty(w);
    }
    table_put_text(w, limit_word(&chip->params));
    if (chip->params.limit_kind == SIM_LIMIT_NONE)
        table_put_empty(w);
    else
        table_put_number(w, chip->params.limit_value);
    table_put_text(w, chip->basis[sim_params_key("limit_kind")]);
    table_put_text(w, f->step.from);
    table_put_text(w, f->update.from);
    put_parts(w, spec->way, f);
    put_interval(w, r->is_possible ? r->step_ms : (double)NAN, &f->step);
    put_interval(w, r->is_possible ? r->compile_ms : (double)NAN, &f->compile);
    table_put_text(w, f->compile.from);
    table_put_text(w, r->reason);
    table_end_row(w, &(const struct table_origin){
                         .device = spec->device, .chip = chip->params.chip, .clock = "virtual"});
}

int ways_table(const struct plan_training *training, const struct sim_chip *chip,
    const struct host *host, struct table *table, FILE *timeline, struct error *reason) {
    struct csv_writer spans = {.file = timeline};
    struct device_error error = {.text = ""};
    char device[64];

    snprintf(device, sizeof device, "sim:%s", chip->name);
    if (timeline)
        put_span_header(&spans);
    const int first = training->way == TRAIN_WAYS ? 0 : training->way;
    const int last = training->way == TRAIN_WAYS ? TRAIN_WAYS - 1 : training->way;
    for (int way = first; way <= last; way++) {
        struct plan_spec spec = {.device = device,
            .params = &chip->params,
            .shape = &training->shape,
            .way = (enum train_way)way,
            .accum = training->accum,
            .max_stale = training->max_stale,
            .n_updates = UPDATES};
        struct forecast forecast;
        struct plan_result result;
        if (forecast_make(host, device, chip->params.chip, &training->shape,
                train_way_place(spec.way), &forecast, &error) != 0)
            return device_error_give(&error, reason);
        spec.step_ms = forecast.host_step_ms;
        spec.update_ms = forecast.update.ms;
        spec.engine_scale = forecast.engine_scale;
        forecast_compile_times(&forecast, chip, &spec);
        if (plan_play(&spec, timeline ? put_span : NULL, &spans, &result, &error) != 0)
            return device_error_give(&error, reason);
        if (result.reason[0] == '\0' && chip->params.limit_kind == SIM_LIMIT_NONE)
            snprintf(result.reason, sizeof result.reason,
                "no limit is published for this chip: none is assumed");
        put_result(table, training->model, &spec, chip, &result, &forecast);
    }
    return 0;
}
