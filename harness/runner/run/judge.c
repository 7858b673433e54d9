/* SPDX-License-Identifier: MIT */
#include "runner/run/judge.h"
#include "base/files.h"
#include "base/place.h"
#include "base/spawn.h"
#include "record/heads.h"
#include "record/verdict.h"
#include "runner/run/samples.h"
#include "runner/run/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* summary.csv, verdicts.csv and looks.csv while they are assembled. */
struct tables {
    struct text summary, verdicts, looks;
};

/* Asks the experiment for its judgement; the caller frees *answer, which *judged points into. */
static int judge_ask(const struct run *run, const struct manifest_experiment *experiment,
    const struct looks *looks, char **answer, struct judged *judged, struct error *error) {
    char samples[RUN_PATH_SIZE], words[LOOKS_WORDS_SIZE];
    char *findings = place_data("results/findings.csv");
    if (findings == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    const char *argv[] = {experiment->path, "--judge",
        run_path(run, samples, "samples/%s.csv", experiment->name), "--looks",
        looks_print(looks, words), "--findings", findings, NULL};
    size_t n_bytes;
    int failed = spawn_capture(argv, answer, &n_bytes, error);
    if (!failed)
        failed = judged_split(*answer, n_bytes, true, judged, error);
    free(findings);
    return failed;
}

int judge_look(const struct run *run, const struct manifest_experiment *experiment,
    const struct looks *looks, struct look_result *result, struct error *error) {
    char *answer = NULL;
    struct judged judged = {0};
    int failed = judge_ask(run, experiment, looks, &answer, &judged, error);
    *result = judged.look;
    free(answer);
    return failed;
}

static void put_look(struct csv_writer *csv, const char *experiment,
    const struct standing *standing, const struct look_result *look) {
    char words[LOOKS_WORDS_SIZE];
    csv_put_text(csv, experiment);
    csv_put_text(csv, looks_print(&standing->looks, words));
    csv_put_u64(csv, standing->blocks);
    csv_put_u64(csv, standing->looks.planned);
    csv_put_u64(csv, standing->n_done);
    csv_put_u64(csv, standing->n_dropped);
    csv_put_u64(csv, look->claims);
    csv_put_u64(csv, look->decided);
    csv_put_u64(csv, look->undecidable);
    csv_put_number(csv, look->level);
    csv_end_row(csv);
}

static int judge_experiment(const struct run *run, const struct manifest_experiment *experiment,
    const struct standing *standing, struct tables *tables, struct error *error) {
    char *answer = NULL;
    struct judged judged = {0};
    int failed = judge_ask(run, experiment, &standing->looks, &answer, &judged, error);
    if (!failed) {
        fwrite(judged.summary, 1, judged.summary_bytes, tables->summary.csv.file);
        fwrite(judged.verdicts, 1, judged.verdicts_bytes, tables->verdicts.csv.file);
        put_look(&tables->looks.csv, experiment->name, standing, &judged.look);
    }
    free(answer);
    return failed;
}

static bool schedule_has(const struct schedule *schedule, const char *experiment) {
    for (size_t i = 0; i < schedule->n; i++)
        if (strcmp(schedule->jobs[i].experiment, experiment) == 0)
            return true;
    return false;
}

/* Experiments with samples in a stored run that this build lacks. */
static void note_unknown(const struct run *run, const struct manifest *manifest,
    const struct schedule *schedule, struct error *all) {
    char path[RUN_PATH_SIZE], last[64] = "";
    for (size_t i = 0; i < schedule->n; i++) {
        const char *experiment = schedule->jobs[i].experiment;
        if (manifest_find(manifest, experiment) != NULL || strcmp(experiment, last) == 0 ||
            !file_exists(run_path(run, path, "samples/%s.csv", experiment)))
            continue;
        snprintf(last, sizeof last, "%s", experiment);
        char line[128];
        snprintf(line, sizeof line, "%.60s: this build has no such experiment to judge it\n",
            experiment);
        if (strstr(all->text, line) == NULL)
            error_add(all, "%s", line);
    }
}

static int judge_all(const struct run *run, const struct manifest *manifest,
    const struct schedule *schedule, const struct journal *journal, bool fixed,
    struct tables *tables, struct error *all, struct error *error) {
    char path[RUN_PATH_SIZE];
    if (text_open(&tables->summary, error) != 0 || text_open(&tables->verdicts, error) != 0 ||
        text_open(&tables->looks, error) != 0)
        return -1;
    fputs(HEAD_SUMMARY "\n", tables->summary.csv.file);
    fputs(HEAD_VERDICTS "\n", tables->verdicts.csv.file);
    fputs(HEAD_LOOKS "\n", tables->looks.csv.file);
    for (size_t i = 0; i < manifest->n; i++) {
        const struct manifest_experiment *experiment = &manifest->experiments[i];
        struct standing standing;
        if (!schedule_has(schedule, experiment->name) ||
            !file_exists(run_path(run, path, "samples/%s.csv", experiment->name)))
            continue;
        stopping_find(schedule, journal, experiment->name, fixed, &standing);
        if (judge_experiment(run, experiment, &standing, tables, error) == 0)
            continue;
        if (error->code == EXIT_INTERRUPTED)
            return -1;
        error_add(all, "cannot judge %s: %s\n", experiment->name, error->text);
    }
    note_unknown(run, manifest, schedule, all);
    if (text_save(&tables->summary, run_path(run, path, "summary.csv"), error) != 0 ||
        text_save(&tables->looks, run_path(run, path, "looks.csv"), error) != 0)
        return -1;
    return text_save(&tables->verdicts, run_path(run, path, "verdicts.csv"), error);
}

/* From jobs.csv and settings.csv; runs from before looks existed have nothing about them. */
static int read_run(const struct run *run, const struct schedule *schedule, struct journal *journal,
    bool *fixed, struct error *error) {
    char path[RUN_PATH_SIZE], *bytes = NULL;
    size_t n_bytes;
    struct csv_table *settings = NULL;
    if (csv_table_read(run_path(run, path, "settings.csv"), &settings, error) != 0)
        return -1;
    *fixed = stopping_is_fixed(settings);
    csv_table_free(settings);
    if (file_read(run_path(run, path, "jobs.csv"), JOURNAL_MOST_BYTES, &bytes, &n_bytes, error) !=
        0)
        return -1;
    int failed = journal_parse(path, bytes ? bytes : "", n_bytes, schedule, journal, error);
    free(bytes);
    return failed;
}

int judge_run(const struct run *run, const struct manifest *manifest,
    const struct schedule *schedule, struct error *error) {
    struct tables tables = {0};
    struct journal journal = {0};
    struct error all = {EXIT_BROKEN, ""};
    bool fixed;
    int failed = read_run(run, schedule, &journal, &fixed, error);
    if (!failed)
        failed = samples_present(run, schedule, &journal, error);
    if (!failed)
        failed = judge_all(run, manifest, schedule, &journal, fixed, &tables, &all, error);
    journal_free(&journal);
    text_free(&tables.summary);
    text_free(&tables.verdicts);
    text_free(&tables.looks);
    if (!failed && all.text[0] != '\0') {
        all.text[strlen(all.text) - 1] = '\0';
        *error = all;
        failed = -1;
    }
    return failed;
}
