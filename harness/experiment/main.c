/* SPDX-License-Identifier: MIT
 *
 * main() of every program: what the command line asks for, each in a function. Only this file and
 * run.c print.
 */
#include "experiment/options.h"

#include "base/files.h"
#include "base/program.h"
#include "experiment/judge.h"
#include "experiment/output.h"
#include "experiment/plan.h"
#include "experiment/run.h"
#include "experiment/trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void list_print(const struct experiment *e, const struct options *options) {
    struct csv_writer w = {.file = stdout};
    const char *const columns[] = {"program", "arm", "blocks", "limit_s", "text"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_put_text(&w, columns[i]);
    csv_end_row(&w);
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
    csv_put_text(&w, "field");
    csv_put_text(&w, "text");
    csv_end_row(&w);
    for (size_t i = 0; i < e->n_about; i++) {
        csv_put_text(&w, e->about[i][0]);
        csv_put_text(&w, e->about[i][1]);
        csv_end_row(&w);
    }
}

static int plan_print(
    const struct experiment *e, const struct options *options, struct error *error) {
    size_t n;
    struct plan_trial *plan = plan_make(e, options, &n);
    if (!plan)
        return error_set(error, EXIT_BROKEN, "out of memory");
    struct csv_writer w = {.file = stdout};
    const char *const columns[] = {"order", "program", "arm", "block"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_put_text(&w, columns[i]);
    csv_end_row(&w);
    for (size_t i = 0; i < n; i++) {
        csv_put_u64(&w, i);
        csv_put_text(&w, e->name);
        csv_put_text(&w, e->arms[plan[i].arm].name);
        csv_put_u64(&w, plan[i].block);
        csv_end_row(&w);
    }
    free(plan);
    return 0;
}

static int trial_one(
    const struct experiment *e, const struct options *options, struct error *error) {
    struct trial_place place = {
        .block = options->block, .order = options->order, .job = options->job};
    for (size_t i = 0; i < e->n_arms; i++)
        if (options_arm_chosen(options, &e->arms[i]))
            place.arm = &e->arms[i];
    bool to_file = options->csv && strcmp(options->csv, "-") != 0;
    FILE *out = to_file ? fopen(options->csv, "w") : stdout;
    if (!out)
        return error_set(error, EXIT_BROKEN, "%s: %s; give --csv a place that can be written",
            options->csv, strerror(errno));
    char reason[700];
    const enum exit_code code = trial_run(e, options, &place, out, reason, sizeof reason);
    if (code != EXIT_DONE)
        error_set(error, code, "%s: %s", place.arm->name, reason);
    if (to_file && fclose(out) != 0 && code == EXIT_DONE)
        error_set(error, EXIT_BROKEN, "%s: %s", options->csv, strerror(errno));
    return error->code == EXIT_DONE ? 0 : -1;
}

static int judge_file(
    const struct experiment *e, const struct options *options, struct error *error) {
    struct csv_table *samples;
    struct judge_result result = {0};
    if (path_check(options->judge, error) != 0 ||
        csv_table_read(options->judge, &samples, error) != 0)
        return -1;
    int failed =
        judge_samples(e, samples, options->judge, run_findings_path(options), &result, error);
    if (!failed && result.n_incomplete > 0)
        fprintf(stderr, "%s: %s: %zu trials have no end row and are not judged\n", e->name,
            options->judge, result.n_incomplete);
    const struct output files[] = {{options->summary, result.summary, result.summary_bytes},
        {options->verdicts ? options->verdicts : "-", result.verdicts, result.verdicts_bytes}};
    if (!failed)
        failed = output_write_all(files, sizeof files / sizeof *files, error);
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
        (void)plan_print(e, options, error);
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
