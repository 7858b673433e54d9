/* SPDX-License-Identifier: MIT
 *
 * main() of every program: what the command line asks for, each in a function. Only this file and
 * run.c print.
 */
#include "experiment/options.h"

#include "experiment/judge.h"
#include "experiment/output.h"
#include "experiment/plan.h"
#include "experiment/run.h"
#include "experiment/trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int stdout_finish(const char *name) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    fprintf(stderr, "%s: stdout: %s\n", name, strerror(errno));
    return EXIT_BROKEN;
}

static int list_print(const struct experiment *e, const struct options *options) {
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
    return stdout_finish(e->name);
}

static int about_print(const struct experiment *e) {
    struct csv_writer w = {.file = stdout};
    csv_put_text(&w, "field");
    csv_put_text(&w, "text");
    csv_end_row(&w);
    for (size_t i = 0; i < e->n_about; i++) {
        csv_put_text(&w, e->about[i][0]);
        csv_put_text(&w, e->about[i][1]);
        csv_end_row(&w);
    }
    return stdout_finish(e->name);
}

static int plan_print(const struct experiment *e, const struct options *options) {
    size_t n;
    struct plan_trial *plan = plan_make(e, options, &n);
    if (!plan) {
        fprintf(stderr, "%s: out of memory\n", e->name);
        return EXIT_BROKEN;
    }
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
    return stdout_finish(e->name);
}

static int trial_one(const struct experiment *e, const struct options *options) {
    struct trial_place place = {
        .block = options->block, .order = options->order, .job = options->job};
    for (size_t i = 0; i < e->n_arms; i++)
        if (options_arm_chosen(options, &e->arms[i]))
            place.arm = &e->arms[i];
    bool to_file = options->csv && strcmp(options->csv, "-") != 0;
    FILE *out = to_file ? fopen(options->csv, "w") : stdout;
    if (!out) {
        fprintf(stderr, "%s: %s: %s; give --csv a place that can be written\n", e->name,
            options->csv, strerror(errno));
        return EXIT_BROKEN;
    }
    char reason[700];
    enum exit_code code = trial_run(e, options, &place, out, reason, sizeof reason);
    if (to_file && fclose(out) != 0 && code == EXIT_DONE) {
        snprintf(reason, sizeof reason, "%s: %s", options->csv, strerror(errno));
        code = EXIT_BROKEN;
    }
    if (code != EXIT_DONE)
        fprintf(stderr, "%s: %s: %s\n", e->name, place.arm->name, reason);
    return code;
}

static int judge_file(const struct experiment *e, const struct options *options) {
    struct csv_table *samples;
    struct judge_result result = {0};
    struct error error;
    if (csv_table_read(options->judge, &samples, &error) != 0) {
        fprintf(stderr, "%s: %s\n", e->name, error.text);
        return EXIT_BROKEN;
    }
    int code = EXIT_BROKEN;
    if (judge_samples(e, samples, options->judge, run_findings_path(options), &result, &error) !=
        0) {
        fprintf(stderr, "%s: %s\n", e->name, error.text);
        goto done;
    }
    if (result.n_incomplete > 0)
        fprintf(stderr, "%s: %s: %zu trials have no end row and are not judged\n", e->name,
            options->judge, result.n_incomplete);
    const struct output_file files[] = {{options->summary, result.summary, result.summary_bytes},
        {options->verdicts ? options->verdicts : "-", result.verdicts, result.verdicts_bytes}};
    char reason[512];
    if (output_write_all(files, sizeof files / sizeof *files, reason, sizeof reason) != 0)
        fprintf(stderr, "%s: %s\n", e->name, reason);
    else
        code = EXIT_DONE;
done:
    judge_result_free(&result);
    csv_table_free(samples);
    return code;
}

int experiment_main(const struct experiment *e, int argc, char **argv) {
    struct options options;
    char error[256];
    if (options_parse(&options, e, argc, argv, error, sizeof error) != 0) {
        fprintf(stderr,
            "%s: %s\nusage: %s [--device D] [--filter ARM] [--quick] [--csv FILE]; "
            "--help says more\n",
            e->name, error, e->name);
        return EXIT_USAGE;
    }
    switch (options.mode) {
    case OPTIONS_HELP:
        options_help(e, stdout);
        return stdout_finish(e->name);
    case OPTIONS_LIST:
        return list_print(e, &options);
    case OPTIONS_ABOUT:
        return about_print(e);
    case OPTIONS_DRY_RUN:
        return plan_print(e, &options);
    case OPTIONS_JUDGE:
        return judge_file(e, &options);
    case OPTIONS_TRIAL:
        return trial_one(e, &options);
    case OPTIONS_RUN:
        break;
    }
    return run_all(e, &options, argv[0]);
}
