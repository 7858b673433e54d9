/* SPDX-License-Identifier: MIT
 *
 * aneprobe-plan: what a training schedule would cost on a simulated chip, for each way of bringing
 * new weights to the engine, side by side. Started by `aneprobe plan`.
 *
 * Exit: 0 done, 1 failed, 2 usage, 99 broken.
 */
#include "base/exit_code.h"
#include "train/plan/check.h"
#include "train/plan/timeline.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPDATES = 20 };

static const char usage[] =
    "usage: aneprobe plan --chip CHIP [OPTION...]\n"
    "       aneprobe plan --check\n\n"
    "What training would cost on a simulated chip: time a step, compiling, stall, staleness, "
    "updates "
    "a\nsecond, programs needed and restarts, as CSV, one row for each way of updating weights. "
    "All "
    "of it\nis simulated, from published figures; nothing is measured.\n\n"
    "  --chip CHIP      m4, m4-max, ... ('aneprobe plan --chip x' lists them)\n"
    "  --model NAME     stories110m, the default\n"
    "  --accum N        steps a batch, 1 to 1000; default 10\n"
    "  --update WAY     sync, double, reload, dynamic or all, the default\n"
    "  --max-stale N    double: how many updates old the weights in use may be, or inf; default 1\n"
    "  --csv FILE       the table to FILE instead of standard output\n"
    "  --timeline FILE  the spans of the schedules as CSV; plots/plan.sh draws them\n"
    "  --check          predictions against published training steps, each chip left out in turn\n";

struct options {
    const char *chip, *csv, *timeline;
    const char *model;
    struct train_shape shape;
    int accum, max_stale;
    int first_way, last_way;
    bool check;
};

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int complain(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "aneprobe-plan: ");
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, " ('aneprobe plan --help' shows all)\n");
    return EXIT_USAGE;
}

/* A whole number in low..high. */
static bool number_parse(const char *text, int low, int high, int *out) {
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 6)
        return false;
    *out = (int)strtol(text, NULL, 10);
    return *out >= low && *out <= high;
}

static int model_parse(const char *text, struct options *o) {
    char why[200];
    o->model = text;
    return train_shape_parse(text, &o->shape, why, sizeof why) == 0
               ? 0
               : complain("--model cannot be `%.80s`: %s", text, why);
}

static int update_parse(const char *name, struct options *o) {
    o->first_way = 0;
    o->last_way = TRAIN_WAYS - 1;
    if (strcmp(name, "all") == 0)
        return 0;
    for (int i = 0; i < TRAIN_WAYS; i++)
        if (strcmp(train_way_names[i], name) == 0) {
            o->first_way = o->last_way = i;
            return 0;
        }
    return complain("--update cannot be `%.40s`; give sync, double, reload, dynamic or all", name);
}

static int option_take(const char *name, const char *value, struct options *o) {
    if (strcmp(name, "--chip") == 0) {
        o->chip = value;
        /* a device's name would take files and options, too */
        return value[0] == '\0' || strpbrk(value, "/.,:") || strlen(value) > 30
                   ? complain("`%.40s` is no chip; give one as m4 or m4-max", value)
                   : 0;
    }
    if (strcmp(name, "--model") == 0)
        return model_parse(value, o);
    if (strcmp(name, "--update") == 0)
        return update_parse(value, o);
    if (strcmp(name, "--accum") == 0)
        return number_parse(value, 1, 1000, &o->accum)
                   ? 0
                   : complain(
                         "--accum cannot be `%.40s`; give a whole number from 1 to 1000", value);
    if (strcmp(name, "--max-stale") == 0) {
        o->max_stale = DOUBLE_BUFFER_STALE_INF;
        return strcmp(value, "inf") == 0 || number_parse(value, 0, 1000, &o->max_stale)
                   ? 0
                   : complain(
                         "--max-stale cannot be `%.40s`; give a whole number from 0 to 1000, or "
                         "inf",
                         value);
    }
    if (strcmp(name, "--csv") == 0)
        o->csv = value;
    else if (strcmp(name, "--timeline") == 0)
        o->timeline = value;
    else
        return complain("`%.40s` is not understood", name);
    return 0;
}

/* 0, or an exit code; -1 after --help. */
static int options_parse(int argc, char **argv, struct options *o) {
    *o = (struct options){.accum = 10, .max_stale = 1, .last_way = TRAIN_WAYS - 1};
    (void)model_parse("stories110m", o);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            return -1;
        }
        if (strcmp(argv[i], "--check") == 0) {
            o->check = true;
            continue;
        }
        if (argv[i][0] != '-')
            return complain("`%.40s` is not understood", argv[i]);
        if (i + 1 == argc)
            return complain("`%.40s` wants a value", argv[i]);
        int code = option_take(argv[i], argv[i + 1], o);
        if (code != 0)
            return code;
        i++;
    }
    if (o->check ? argc != 2 : o->chip == NULL)
        return o->check ? complain("%s", "--check goes alone")
                        : complain("%s", "--chip is missing");
    return 0;
}

static int fail(const struct device_error *error) {
    fprintf(stderr, "aneprobe-plan: %s\n", error->text);
    if (strcmp(error->domain, DEVICE_USAGE_DOMAIN) == 0)
        return EXIT_USAGE;
    return error->status == DEVICE_BROKEN ? EXIT_BROKEN : EXIT_FAILED;
}

/* ---- what is written */

static void put_header(struct csv_writer *w, const char *const *columns) {
    for (; *columns; columns++)
        csv_put_text(w, *columns);
    (void)csv_end_row(w); /* the last check of the stream finds what went wrong */
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

static double thousandth(double value) {
    char text[64];
    snprintf(text, sizeof text, "%.3f", value);
    return strtod(text, NULL);
}

static const char *limit_word(const struct sim_params *p) {
    static const char *const words[] = {"none", "compiles", "loaded", "bytes"};
    return words[p->limit_kind];
}

/* Counters were published of the trainer that bakes its weights only. */
static void put_parts(struct csv_writer *w, enum train_way way, const struct host_parts *parts) {
    const double ms[] = {parts->io_ms, parts->classifier_ms, parts->elementwise_ms, parts->rest_ms};
    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++)
        csv_put_number(w, way == TRAIN_DYNAMIC ? NAN : thousandth(ms[i]));
    csv_put_text(w, way == TRAIN_DYNAMIC ? "" : parts->from);
}

static void put_result(struct csv_writer *w, const struct options *o, const struct plan_spec *spec,
    const struct sim_chip *chip, const struct plan_result *r, const struct host_work *step,
    const struct host_work *update, const struct host_parts *parts) {
    const double numbers[] = {r->start_ms, r->step_ms, r->engine_ms, spec->step_ms, spec->update_ms,
        r->compile_ms, r->stall_ms, r->update_ms, r->updates_per_s, r->steps_per_s, r->stale_mean};
    csv_put_text(w, spec->device);
    csv_put_text(w, "simulated");
    csv_put_text(w, o->model);
    csv_put_i64(w, spec->accum);
    csv_put_text(w, train_way_names[spec->way]);
    if (spec->way != TRAIN_DOUBLE)
        csv_put_empty(w);
    else if (spec->max_stale == DOUBLE_BUFFER_STALE_INF)
        csv_put_text(w, "inf");
    else
        csv_put_i64(w, spec->max_stale);
    csv_put_text(w, r->is_possible ? "yes" : "no");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (r->is_possible)
            csv_put_number(w, thousandth(numbers[i]));
        else
            csv_put_empty(w);
    if (r->is_possible) {
        csv_put_i64(w, r->stale_max);
        csv_put_i64(w, r->programs);
        csv_put_i64(w, r->compiles);
        csv_put_number(w, thousandth(r->restarts));
    } else {
        for (int i = 0; i < 4; i++)
            csv_put_empty(w);
    }
    csv_put_text(w, limit_word(&chip->params));
    if (chip->params.limit_kind == SIM_LIMIT_NONE)
        csv_put_empty(w);
    else
        csv_put_number(w, chip->params.limit_value);
    csv_put_text(w, chip->basis[sim_params_key("limit_kind")]);
    csv_put_text(w, step->from);
    csv_put_text(w, update->from);
    put_parts(w, spec->way, parts);
    csv_put_text(w, r->reason);
    (void)csv_end_row(w);
}

static const char *const plan_columns[] = {"device", "basis", "model", "accum", "update",
    "max_stale", "possible", "start_ms", "step_ms", "engine_ms", "host_step_ms", "host_update_ms",
    "compile_ms", "stall_ms", "update_ms", "updates_per_s", "steps_per_s", "stale_mean",
    "stale_max", "programs_loaded", "compiles_in_process", "restarts_per_update", "limit_kind",
    "limit_value", "limit_basis", "host_step_from", "host_update_from", "host_forward_io_ms",
    "host_forward_classifier_ms", "host_forward_elementwise_ms", "host_rest_ms",
    "host_forward_from", "reason", NULL};
static const char *const timeline_columns[] = {"update", "span", "begin_ms", "end_ms", NULL};

/* One line on how far predictions were off; nothing when it is not known. */
static void put_check(const char *path, const char *chip) {
    struct csv_table *table;
    struct error ignored;
    if (csv_table_read(path, &table, &ignored) != 0)
        return;
    int name = csv_column(table, "chip"), quantity = csv_column(table, "quantity"),
        published = csv_column(table, "published_ms"), off = csv_column(table, "error_pct");
    for (size_t row = 0; row < csv_rows(table); row++) {
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

static int plan(const struct options *o, const struct sim_chip *chip, const struct host *host,
    FILE *table, FILE *timeline) {
    struct csv_writer out = {.file = table}, spans = {.file = timeline};
    struct device_error error = {.text = ""};
    char device[64];

    snprintf(device, sizeof device, "sim:%s", chip->name);
    put_header(&out, plan_columns);
    if (timeline)
        put_header(&spans, timeline_columns);
    for (int way = o->first_way; way <= o->last_way; way++) {
        struct plan_spec spec = {.device = device,
            .params = &chip->params,
            .shape = &o->shape,
            .way = (enum train_way)way,
            .accum = o->accum,
            .max_stale = o->max_stale,
            .n_updates = UPDATES};
        struct host_work step, update;
        struct plan_result result;
        if (host_step_ms(host, chip->params.chip, &o->shape, train_way_place(spec.way), false,
                &step, &error) != 0 ||
            host_figure(host, chip->params.chip, "host_batch_ms", &update, &error) != 0)
            return fail(&error);
        struct host_parts parts;
        if (host_parts(host, chip->params.chip, step.ms, &parts, &error) != 0)
            return fail(&error);
        spec.step_ms = step.ms;
        spec.update_ms = update.ms;
        if (plan_play(&spec, timeline ? put_span : NULL, &spans, &result, &error) != 0)
            return fail(&error);
        if (result.reason[0] == '\0' && chip->params.limit_kind == SIM_LIMIT_NONE)
            snprintf(result.reason, sizeof result.reason,
                "no limit is published for this chip: none is taken");
        put_result(&out, o, &spec, chip, &result, &step, &update, &parts);
    }
    return EXIT_DONE;
}

/* Standard output when no path is given. */
static int file_open(const char *path, FILE *otherwise, FILE **out) {
    *out = path ? fopen(path, "w") : otherwise;
    if (*out || !path)
        return EXIT_DONE;
    fprintf(stderr, "aneprobe-plan: %s cannot be written: %s; give a path where there is room\n",
        path, strerror(errno));
    return EXIT_BROKEN;
}

static int file_close(FILE *file, int code) {
    if (!file)
        return code;
    bool is_well = fflush(file) == 0 && !ferror(file);
    if (file != stdout && fclose(file) != 0)
        is_well = false;
    if (!is_well)
        fprintf(stderr, "aneprobe-plan: what it writes cannot be written; make room for it\n");
    return is_well ? code : EXIT_BROKEN;
}

/* In the source directory, or below $ANEPROBE_SOURCE. */
static void result_path(const char *name, char *out, size_t bytes) {
    const char *root = getenv("ANEPROBE_SOURCE");
    snprintf(out, bytes, "%s/results/%s", root && root[0] ? root : SOURCE_ROOT, name);
}

int main(int argc, char **argv) {
    struct options o;
    struct host host;
    struct sim_chip chip;
    struct error csv_error;
    struct device_error error = {.text = ""};
    char path[1024];
    FILE *table, *timeline = NULL;

    int code = options_parse(argc, argv, &o);
    if (code != 0)
        return code > 0 ? code : file_close(stdout, EXIT_DONE);
    if (!o.check && sim_chip_read(o.chip, &chip, &error) != DEVICE_OK)
        return fail(&error);
    result_path("chips.csv", path, sizeof path);
    if (host_open(&host, path, &csv_error) != 0) {
        fprintf(stderr, "aneprobe-plan: %s\n", csv_error.text);
        return EXIT_BROKEN;
    }
    code = file_open(o.csv, stdout, &table);
    if (code == EXIT_DONE) {
        code = file_open(o.timeline, NULL, &timeline);
        if (code == EXIT_DONE && o.check)
            code = check_write(&host, &o.shape, table, &error) == 0 ? EXIT_DONE : fail(&error);
        else if (code == EXIT_DONE)
            code = plan(&o, &chip, &host, table, timeline);
        code = file_close(table, file_close(timeline, code));
    }
    host_close(&host);
    if (code == EXIT_DONE && !o.check) {
        result_path("plan_check.csv", path, sizeof path);
        put_check(path, chip.params.chip);
    }
    return code;
}
