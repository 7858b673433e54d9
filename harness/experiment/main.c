/* SPDX-License-Identifier: MIT
 *
 * main() of every experiment: one function per action of the command line. Only this file and run.c
 * print.
 */
#include "experiment/options.h"

#include "base/files.h"
#include "base/program.h"
#include "experiment/judge.h"
#include "experiment/order.h"
#include "experiment/run.h"
#include "experiment/trial.h"
#include "record/heads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void list_print(const struct experiment *e, const struct options *options) {
    struct csv_writer w = {.file = stdout};
    puts(HEAD_LIST);
    for (size_t i = 0; i < e->n_arms; i++) {
        if (!options_arm_chosen(options, &e->arms[i]))
            continue;
        csv_put_text(&w, e->name);
        csv_put_text(&w, e->arms[i].name);
        csv_put_u64(&w, options_arm_blocks(options, &e->arms[i]));
        csv_put_u64(&w, e->arms[i].limit_s);
        csv_put_text(&w, e->arms[i].text);
        csv_end_row(&w);
    }
}

static void about_print(const struct experiment *e) {
    struct csv_writer w = {.file = stdout};
    puts(HEAD_ABOUT);
    for (size_t i = 0; i < e->n_about; i++) {
        csv_put_text(&w, e->about[i][0]);
        csv_put_text(&w, e->about[i][1]);
        csv_end_row(&w);
    }
}

static int schedule_print(
    const struct experiment *e, const struct options *options, struct error *error) {
    size_t n;
    struct order_trial *trials = order_by_hand(e, options, &n);
    if (!trials)
        return error_set(error, EXIT_BROKEN, "out of memory");
    struct csv_writer w = {.file = stdout};
    puts(HEAD_SCHEDULE);
    for (size_t i = 0; i < n; i++) {
        const struct experiment_arm *arm = &e->arms[trials[i].arm];
        csv_put_u64(&w, ORDER_FIRST_JOB + i);
        csv_put_text(&w, e->name);
        csv_put_text(&w, arm->name);
        csv_put_u64(&w, trials[i].block);
        csv_put_u64(&w, arm->limit_s);
        csv_end_row(&w);
    }
    free(trials);
    return 0;
}

static int trial_one(
    const struct experiment *e, const struct options *options, struct error *error) {
    struct trial_place place = {.block = options->block,
        .job = options->job,
        .asked_before = options->asked_before,
        .value = options->value};
    for (size_t i = 0; i < e->n_arms; i++)
        if (options_arm_chosen(options, &e->arms[i]))
            place.arm = &e->arms[i];
    bool to_file = options->csv && strcmp(options->csv, "-") != 0;
    FILE *out = to_file ? output_open(options->csv, "--csv", error) : stdout;
    if (!out)
        return -1;
    char reason[700];
    const enum exit_code code = trial_run(e, options, &place, out, reason, sizeof reason);
    if (code != EXIT_DONE)
        error_set(error, code, "%s: %s", place.arm->name, reason);
    if (to_file && fclose(out) != 0 && code == EXIT_DONE)
        error_set(error, EXIT_BROKEN, "%s: %s", options->csv, strerror(errno));
    return error->code == EXIT_DONE ? 0 : -1;
}

static void look_print(const struct look_result *look) {
    struct csv_writer w = {.file = stdout};
    puts(HEAD_LOOK);
    csv_put_u64(&w, look->claims);
    csv_put_u64(&w, look->decided);
    csv_put_u64(&w, look->undecidable);
    csv_put_number(&w, look->level);
    csv_end_row(&w);
}

static int judge_file(
    const struct experiment *e, const struct options *options, struct error *error) {
    struct csv_table *samples;
    struct judge_result result = {0};
    if (path_check(options->judge, error) != 0 ||
        csv_table_read(options->judge, &samples, error) != 0)
        return -1;
    int failed = judge_samples(e, samples, options->judge, run_findings_path(options),
        options->looks_text ? &options->looks : NULL, &result, error);
    if (!failed && result.n_incomplete > 0)
        fprintf(stderr, "%s: %s: %zu trials have no end row and are not judged\n", e->name,
            options->judge, result.n_incomplete);
    if (!failed && options->values) {
        fwrite(result.values, 1, result.values_bytes, stdout);
    } else if (!failed) {
        fwrite(result.summary, 1, result.summary_bytes, stdout);
        fwrite(result.verdicts, 1, result.verdicts_bytes, stdout);
        if (options->looks_text)
            look_print(&result.look);
    }
    judge_result_free(&result);
    csv_table_free(samples);
    return failed;
}

static void asked_do(
    const struct experiment *e, const struct options *options, struct error *error) {
    switch (options->mode) {
    case OPTIONS_HELP:
        options_put_help(e, stdout);
        break;
    case OPTIONS_LIST:
        list_print(e, options);
        break;
    case OPTIONS_ABOUT:
        about_print(e);
        break;
    case OPTIONS_DRY_RUN:
        (void)schedule_print(e, options, error);
        break;
    case OPTIONS_JUDGE:
        (void)judge_file(e, options, error);
        break;
    case OPTIONS_TRIAL:
        (void)trial_one(e, options, error);
        break;
    case OPTIONS_RUN:
        (void)run_all(e, options, error);
    }
}

int experiment_main(const struct experiment *e, int argc, char **argv) {
    struct options options;
    struct error error;
    if (program_begin(&error) == 0 && options_parse(&options, e, argc, argv, &error) == 0)
        asked_do(e, &options, &error);
    return program_end(e->name, &error);
}
