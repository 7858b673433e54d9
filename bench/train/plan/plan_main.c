/* SPDX-License-Identifier: MIT
 *
 * aneprobe-plan: what training would cost on a simulated chip, for each way of updating the weights
 * on the engine, side by side. Started by `aneprobe plan`.
 *
 * Exit: 0 done, 1 failed, 2 usage, 99 broken.
 */
#include "base/files.h"
#include "base/options.h"
#include "base/program.h"
#include "base/place.h"
#include "table/table.h"
#include "train/plan/check.h"
#include "train/plan/program.h"
#include "train/plan/timeline.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPDATES = 20 };

struct plan_options {
    const char *chip, *program, *out, *timeline;
    enum table_format format;
    const char *model;
    struct train_shape shape;
    int accum, max_stale;
    int way; /* TRAIN_WAYS: all */
    bool check;
};

static int chip_take(
    const struct option *option, const char *value, void *values, struct error *error) {
    struct plan_options *o = values;
    o->chip = value;
    /* a device name could also be a file or have options */
    return value[0] == '\0' || strpbrk(value, "/.,:") || strlen(value) > 30
               ? error_set(error, EXIT_USAGE,
                     "option '%s' takes a chip, such as m4 or m4-max, not '%.40s'", option->name,
                     value)
               : 0;
}

static int model_take(
    const struct option *option, const char *value, void *values, struct error *error) {
    struct plan_options *o = values;
    char why[200];
    o->model = value;
    return train_shape_parse(value, &o->shape, why, sizeof why) == 0
               ? 0
               : error_set(error, EXIT_USAGE, "option '%s': %s", option->name, why);
}

static const char *const ways[] = {"sync", "double", "reload", "mapped", "dynamic", "all", NULL};

static const struct option options[] = {
    {"--chip", "CHIP", NULL, "the chip: m4, m4-max, ...; '--chip x' lists all", OPTION_OTHER,
        .take = chip_take},
    {"--model", "NAME", "stories110m", "the model to train", OPTION_OTHER, .take = model_take},
    {"--accum", "N", "10", "steps per batch, 1 to 1000", OPTION_WHOLE,
        OPTION_FIELD(struct plan_options, accum), .least = 1, .most = 1000},
    {"--update", "WAY", "all", "sync, double, reload, mapped, dynamic or all", OPTION_CHOICE,
        OPTION_FIELD(struct plan_options, way), .words = ways},
    {"--max-stale", "N", "1", "double: the greatest age of the weights in use, in updates, or inf",
        OPTION_WHOLE, OPTION_FIELD(struct plan_options, max_stale), .most = 1000,
        .unlimited = "inf"},
    {"--format", "F", "text", TABLE_FORMAT_TEXT, OPTION_CHOICE,
        OPTION_FIELD(struct plan_options, format), .words = table_format_words},
    {"--out", "FILE", "standard output", "write the table to this file", OPTION_WORD,
        OPTION_FIELD(struct plan_options, out)},
    {"--timeline", "FILE", NULL, "write the timelines as CSV, for plots/plan.sh to draw",
        OPTION_WORD, OPTION_FIELD(struct plan_options, timeline)},
    {"--program", "FILE", NULL,
        "in place of a training: an eval of this program (.mil or a package) on --chip, or on each",
        OPTION_WORD, OPTION_FIELD(struct plan_options, program)},
    {"--check", NULL, NULL,
        "compare predictions with published figures, leaving out each chip in turn", OPTION_SWITCH,
        OPTION_FIELD(struct plan_options, check)},
};

static const struct command_line line = {.name = "aneprobe plan",
    .usage = "--chip CHIP [OPTION...]\n--program FILE [--chip CHIP] [OPTION...]\n"
             "--check [--format F] [--out FILE]",
    .text =
        "Prints what training would cost on a simulated chip: time per step, compile time, stall, "
        "staleness, updates per second, programs needed and restarts, one row for each way "
        "of updating weights. Everything is simulated from published figures; nothing is "
        "measured.",
    .options = options,
    .n_options = sizeof options / sizeof *options};

static int plan_check(const struct plan_options *o, const bool *given, struct error *error) {
    for (size_t i = 0; o->check && i < sizeof options / sizeof *options; i++) {
        const char *name = options[i].name;
        if (given[i] && strcmp(name, "--check") != 0 && strcmp(name, "--format") != 0 &&
            strcmp(name, "--out") != 0)
            return error_set(error, EXIT_USAGE, "--check does not take '%s'", name);
    }
    if (!o->check && !o->chip && !o->program)
        return error_set(error, EXIT_USAGE, "--chip is missing ('%s --help' has more)", line.name);
    return 0;
}

/* ---- output */

static void put_header(struct csv_writer *w, const char *const *columns) {
    for (; *columns; columns++)
        csv_put_text(w, *columns);
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

/* A chip's times are known to three digits at best. */
static double round3(double value) {
    char text[64];
    snprintf(text, sizeof text, "%.3g", value);
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
static void put_parts(struct table *w, enum train_way way, const struct host_parts *parts) {
    const double ms[] = {parts->io_ms, parts->classifier_ms, parts->elementwise_ms, parts->rest_ms};
    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++)
        table_put_number(w, way == TRAIN_DYNAMIC ? NAN : round3(ms[i]));
    table_put_text(w, way == TRAIN_DYNAMIC ? "" : parts->from);
}

/* Figures for a chip known before anything is played, at the model's shape. */
struct forecast {
    struct host_work step, update, compile; /* a whole step; all programs' compiles */
    struct host_parts parts;
    double host_step_ms, engine_scale;
};

/* The interval of a played figure, as wide as that of the published figure behind it. */
static void put_interval(struct table *w, double ms, const struct host_work *known) {
    table_put_number(w, round3(ms * known->low_ms / known->ms));
    table_put_number(w, round3(ms * known->high_ms / known->ms));
}

static void put_result(struct table *w, const struct plan_options *o, const struct plan_spec *spec,
    const struct sim_chip *chip, const struct plan_result *r, const struct forecast *f) {
    const double numbers[] = {r->start_ms, r->step_ms, r->engine_ms, spec->step_ms, spec->update_ms,
        r->compile_ms, r->stall_ms, r->update_ms, r->updates_per_s, r->steps_per_s, r->stale_mean};
    table_put_text(w, "simulated");
    table_put_text(w, o->model);
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
            table_put_number(w, round3(numbers[i]));
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
    put_parts(w, spec->way, &f->parts);
    put_interval(w, r->is_possible ? r->step_ms : (double)NAN, &f->step);
    put_interval(w, r->is_possible ? r->compile_ms : (double)NAN, &f->compile);
    table_put_text(w, f->compile.from);
    table_put_text(w, r->reason);
    table_end_row(w, &(const struct table_origin){
                         .device = spec->device, .chip = chip->params.chip, .clock = "virtual"});
}

static const char *const timeline_columns[] = {"update", "span", "begin_ms", "end_ms", NULL};

/* One line on the predictions' errors; nothing when they are unknown. */
static void put_check(const char *path, const char *chip) {
    struct csv_table *table;
    struct error ignored;
    if (csv_table_read(path, &table, &ignored) != 0)
        return;
    int name = csv_column(table, "chip"), quantity = csv_column(table, "quantity"),
        published = csv_column(table, "published_ms"), off = csv_column(table, "error_pct"),
        left_out = csv_column(table, "left_out");
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, left_out), "chip") != 0)
            continue;
        if (strcmp(csv_text(table, row, name), chip) == 0)
            fprintf(stderr, "check: %s, %s left out: %s ms published, prediction off by %s %%\n",
                csv_text(table, row, quantity), chip, csv_text(table, row, published),
                csv_text(table, row, off));
        else if (strcmp(csv_text(table, row, quantity), "all_steps") == 0)
            fprintf(stderr, "check: median absolute error over all chips' steps %s %%\n",
                csv_text(table, row, off));
    }
    csv_table_free(table);
}

static void result_path(const char *name, char *out, size_t bytes) {
    char shipped[64];
    snprintf(shipped, sizeof shipped, "results/%s", name);
    char *path = place_data(shipped);
    snprintf(out, bytes, "%s", path ? path : "");
    free(path);
}

/* For Stories110M, which the published figures are about; then the host's part is scaled by the
 * model's multiply-adds, and an update by its parameters. */
static int forecast_make(const struct plan_options *o, const struct host *host, const char *device,
    const char *chip, enum train_weights_place place, struct forecast *f,
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
    const double work = train_shape_flops(&o->shape).host / train_shape_flops(&stories).host;
    f->host_step_ms = work * host_ms;
    f->parts.io_ms *= work;
    f->parts.classifier_ms *= work;
    f->parts.elementwise_ms *= work;
    f->parts.rest_ms *= work;
    f->update.ms *=
        (double)train_parameter_count(&o->shape) / (double)train_parameter_count(&stories);
    return 0;
}

/* For a chip without published compile times, its relatives' time for a set is used, in place of a
 * default. */
static void compile_times_set(
    const struct sim_chip *chip, const struct forecast *f, struct plan_spec *spec) {
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

static int plan(const struct plan_options *o, const struct sim_chip *chip, const struct host *host,
    struct table *table, FILE *timeline, struct error *reason) {
    struct csv_writer spans = {.file = timeline};
    struct device_error error = {.text = ""};
    char device[64];

    snprintf(device, sizeof device, "sim:%s", chip->name);
    if (timeline)
        put_header(&spans, timeline_columns);
    const int first = o->way == TRAIN_WAYS ? 0 : o->way;
    const int last = o->way == TRAIN_WAYS ? TRAIN_WAYS - 1 : o->way;
    for (int way = first; way <= last; way++) {
        struct plan_spec spec = {.device = device,
            .params = &chip->params,
            .shape = &o->shape,
            .way = (enum train_way)way,
            .accum = o->accum,
            .max_stale = o->max_stale,
            .n_updates = UPDATES};
        struct forecast forecast;
        struct plan_result result;
        if (forecast_make(o, host, device, chip->params.chip, train_way_place(spec.way), &forecast,
                &error) != 0)
            return device_error_give(&error, reason);
        spec.step_ms = forecast.host_step_ms;
        spec.update_ms = forecast.update.ms;
        spec.engine_scale = forecast.engine_scale;
        compile_times_set(chip, &forecast, &spec);
        if (plan_play(&spec, timeline ? put_span : NULL, &spans, &result, &error) != 0)
            return device_error_give(&error, reason);
        if (result.reason[0] == '\0' && chip->params.limit_kind == SIM_LIMIT_NONE)
            snprintf(result.reason, sizeof result.reason,
                "no limit is published for this chip: none is assumed");
        put_result(table, o, &spec, chip, &result, &forecast);
    }
    return 0;
}

/* Compares predictions with published figures. */
static int check(const struct host *host, struct table *table, struct error *reason) {
    struct csv_table *published;
    struct device_error error = {.text = ""};
    char path[1024];
    result_path("published.csv", path, sizeof path);
    if (csv_table_read(path, &published, reason) != 0)
        return -1;
    int failed = csv_require_column(published, "source", reason) < 0 ||
                 csv_require_column(published, "value", reason) < 0;
    if (!failed && check_table(host, published, table, &error) != 0)
        failed = device_error_give(&error, reason);
    csv_table_free(published);
    return failed ? -1 : 0;
}

/* Standard output is checked at the end. */
static int file_close(FILE *file, const char *path, struct error *error) {
    if (!file || file == stdout)
        return 0;
    const bool is_well = fflush(file) == 0 && !ferror(file);
    return fclose(file) == 0 && is_well
               ? 0
               : error_set(error, EXIT_BROKEN, "cannot write %s; make room for it", path);
}

static int plan_print(const struct plan_options *o, const struct sim_chip *chip,
    const struct host *host, FILE *out, FILE *timeline, struct error *error) {
    struct table *table = table_new(o->check     ? &table_form_plan_check
                                    : o->program ? &table_form_plan_program
                                                 : &table_form_plan);
    if (!table)
        return error_set(error, EXIT_BROKEN, "out of memory");
    int failed = o->check     ? check(host, table, error)
                 : o->program ? program_table(host, o->program, o->chip, table, error)
                              : plan(o, chip, host, table, timeline, error);
    if (!failed)
        failed = table_print(table, o->format, out, error);
    table_free(table);
    return failed;
}

static int plan_write(const struct plan_options *o, const struct sim_chip *chip,
    const struct host *host, struct error *error) {
    FILE *table = o->out ? output_open(o->out, "--out", error) : stdout, *timeline = NULL;
    if (!table)
        return -1;
    if (o->timeline)
        timeline = output_open(o->timeline, "--timeline", error);
    int failed = o->timeline && !timeline ? -1 : 0;
    if (!failed)
        failed = plan_print(o, chip, host, table, timeline, error);
    struct error closing;
    if (file_close(timeline, o->timeline, failed ? &closing : error) != 0)
        failed = -1;
    if (file_close(table, o->out, failed ? &closing : error) != 0)
        failed = -1;
    return failed;
}

static int plan_run(const struct plan_options *o, struct error *error) {
    struct host host;
    struct sim_chip chip;
    struct device_error device_error = {.text = ""};
    char path[1024];
    if (o->chip && sim_chip_read(o->chip, &chip, &device_error) != DEVICE_OK)
        return device_error_give(&device_error, error);
    result_path("chips.csv", path, sizeof path);
    if (host_open(&host, path, error) != 0)
        return -1;
    int failed = plan_write(o, &chip, &host, error);
    host_close(&host);
    if (!failed && !o->check && !o->program) {
        result_path("plan_check.csv", path, sizeof path);
        put_check(path, chip.params.chip);
    }
    return failed;
}

int main(int argc, char **argv) {
    struct plan_options o = {.accum = 10, .max_stale = 1, .way = TRAIN_WAYS};
    bool given[sizeof options / sizeof *options] = {false};
    struct error error;
    if (program_begin(&error) == 0 && model_take(&options[1], options[1].initial, &o, &error) == 0)
        switch (options_read(&line, argc, argv, &o, given, NULL, &error)) {
        case OPTIONS_WANT_HELP:
            options_help(&line, stdout);
            break;
        case OPTIONS_WRONG:
            break;
        case OPTIONS_READ:
            if (plan_check(&o, given, &error) == 0)
                (void)plan_run(&o, &error);
        }
    return program_end(line.name, &error);
}
