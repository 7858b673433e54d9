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
#include "train/plan/figures.h"
#include "train/plan/program.h"
#include "train/plan/ways.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan_options {
    const char *chip, *program, *out, *timeline;
    enum table_format format;
    struct plan_training training;
    bool check, figures;
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
    o->training.model = value;
    return train_shape_parse(value, &o->training.shape, why, sizeof why) == 0
               ? 0
               : error_set(error, EXIT_USAGE, "option '%s': %s", option->name, why);
}

static const char *const ways[] = {"sync", "double", "reload", "mapped", "dynamic", "all", NULL};

static const struct option options[] = {
    {"--chip", "CHIP", NULL, "the chip: m4, m4-max, ...; '--chip x' lists all", OPTION_OTHER,
        .take = chip_take},
    {"--model", "NAME", "stories110m", "the model to train", OPTION_OTHER, .take = model_take},
    {"--accum", "N", "10", "steps per batch, 1 to 1000", OPTION_WHOLE,
        OPTION_FIELD(struct plan_options, training.accum), .least = 1, .most = 1000},
    {"--update", "WAY", "all", "sync, double, reload, mapped, dynamic or all", OPTION_CHOICE,
        OPTION_FIELD(struct plan_options, training.way), .words = ways},
    {"--max-stale", "N", "1", "double: the greatest age of the weights in use, in updates, or inf",
        OPTION_WHOLE, OPTION_FIELD(struct plan_options, training.max_stale), .most = 1000,
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
    {"--figures", NULL, NULL,
        "in place of a training: each time that a plan is made from, published or predicted, with "
        "its 90 % interval",
        OPTION_SWITCH, OPTION_FIELD(struct plan_options, figures)},
    {"--check", NULL, NULL,
        "compare predictions with published figures, leaving out each chip in turn", OPTION_SWITCH,
        OPTION_FIELD(struct plan_options, check)},
};

static const struct command_line line = {.name = "aneprobe plan",
    .usage = "--chip CHIP [OPTION...]\n--program FILE [--chip CHIP] [OPTION...]\n"
             "--chip CHIP --figures [--format F] [--out FILE]\n"
             "--check [--format F] [--out FILE]",
    .text =
        "Prints what training would cost on a simulated chip: time per step, compile time, stall, "
        "staleness, updates per second, programs needed and restarts, one row for each way "
        "of updating weights. Everything is simulated from published figures; nothing is "
        "measured.",
    .options = options,
    .n_options = sizeof options / sizeof *options};

static int plan_check(const struct plan_options *o, const bool *given, struct error *error) {
    const char *table = o->check ? "--check" : "--figures";
    for (size_t i = 0; (o->check || o->figures) && i < sizeof options / sizeof *options; i++) {
        const char *name = options[i].name;
        if (given[i] && strcmp(name, table) != 0 && strcmp(name, "--format") != 0 &&
            strcmp(name, "--out") != 0 && (o->check || strcmp(name, "--chip") != 0))
            return error_set(error, EXIT_USAGE, "%s does not take '%s'", table, name);
    }
    if (!o->check && !o->chip && !o->program)
        return error_set(error, EXIT_USAGE, "--chip is missing ('%s --help' has more)", line.name);
    return 0;
}

/* ---- output */

/* One line on the predictions' errors; nothing when they are unknown. */
static void put_check(const char *path, const char *chip) {
    struct csv_table *table;
    struct error ignored;
    if (csv_table_read(path, &table, &ignored) != 0)
        return;
    int name = csv_column(table, "chip"), quantity = csv_column(table, "quantity"),
        published = csv_column(table, "published_ms"), off = csv_column(table, "error_pct"),
        left_out = csv_column(table, "left_out"), from = csv_column(table, "host_from");
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, left_out), "chip") != 0)
            continue;
        if (strcmp(csv_text(table, row, name), chip) == 0 && csv_text(table, row, off)[0] == '\0')
            fprintf(stderr, "check: %s: not predicted for other chips: %s\n",
                csv_text(table, row, quantity), csv_text(table, row, from));
        else if (strcmp(csv_text(table, row, name), chip) == 0)
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
                                    : o->figures ? &table_form_plan_figures
                                    : o->program ? &table_form_plan_program
                                                 : &table_form_plan);
    if (!table)
        return error_set(error, EXIT_BROKEN, "out of memory");
    int failed = o->check     ? check(host, table, error)
                 : o->figures ? figures_table(host, chip->params.chip, table)
                 : o->program ? program_table(host, o->program, o->chip, table, error)
                              : ways_table(&o->training, chip, host, table, timeline, error);
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
    if (!failed && !o->check && !o->figures && !o->program) {
        result_path("plan_check.csv", path, sizeof path);
        put_check(path, chip.params.chip);
    }
    return failed;
}

int main(int argc, char **argv) {
    struct plan_options o = {.training = {.accum = 10, .max_stale = 1, .way = TRAIN_WAYS}};
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
