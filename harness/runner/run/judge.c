/* SPDX-License-Identifier: MIT */
#include "runner/run/judge.h"
#include "base/files.h"
#include "base/place.h"
#include "base/spawn.h"
#include "record/heads.h"
#include "record/verdict.h"
#include "runner/run/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* summary.csv and verdicts.csv while they are put together. */
struct tables {
    struct text summary, verdicts;
};

static int judge_program(const struct run *run, const struct manifest_program *program,
    const char *findings, struct tables *tables, struct error *error) {
    char samples[RUN_PATH_SIZE];
    const char *argv[] = {program->path, "--judge",
        run_path(run, samples, "samples/%s.csv", program->name), "--findings", findings, NULL};
    char *answer = NULL;
    size_t n_bytes;
    struct judged judged = {0};
    int failed = spawn_capture(argv, &answer, &n_bytes, error);
    if (!failed)
        failed = judged_split(answer, n_bytes, &judged, error);
    if (!failed) {
        fwrite(judged.summary, 1, judged.summary_bytes, tables->summary.csv.file);
        fwrite(judged.verdicts, 1, judged.verdicts_bytes, tables->verdicts.csv.file);
    }
    free(answer);
    return failed;
}

static bool schedule_has(const struct schedule *schedule, const char *program) {
    for (size_t i = 0; i < schedule->n; i++)
        if (strcmp(schedule->jobs[i].program, program) == 0)
            return true;
    return false;
}

/* Programs that a stored run has samples of and this build lacks. */
static void note_unknown(const struct run *run, const struct manifest *manifest,
    const struct schedule *schedule, struct error *all) {
    char path[RUN_PATH_SIZE], last[64] = "";
    for (size_t i = 0; i < schedule->n; i++) {
        const char *program = schedule->jobs[i].program;
        if (manifest_find(manifest, program) != NULL || strcmp(program, last) == 0 ||
            !file_exists(run_path(run, path, "samples/%s.csv", program)))
            continue;
        snprintf(last, sizeof last, "%s", program);
        char line[128];
        snprintf(line, sizeof line, "%.60s: this build has no such program to judge it\n", program);
        if (strstr(all->text, line) == NULL)
            error_add(all, "%s", line);
    }
}

static int judge_all(const struct run *run, const struct manifest *manifest,
    const struct schedule *schedule, const char *findings, struct tables *tables, struct error *all,
    struct error *error) {
    char path[RUN_PATH_SIZE];
    if (text_open(&tables->summary, error) != 0 || text_open(&tables->verdicts, error) != 0)
        return -1;
    fputs(HEAD_SUMMARY "\n", tables->summary.csv.file);
    fputs(HEAD_VERDICTS "\n", tables->verdicts.csv.file);
    for (size_t i = 0; i < manifest->n; i++) {
        const struct manifest_program *program = &manifest->programs[i];
        if (!schedule_has(schedule, program->name) ||
            !file_exists(run_path(run, path, "samples/%s.csv", program->name)) ||
            judge_program(run, program, findings, tables, error) == 0)
            continue;
        if (error->code == EXIT_INTERRUPTED)
            return -1;
        error_add(all, "%s could not be judged: %s\n", program->name, error->text);
    }
    note_unknown(run, manifest, schedule, all);
    if (text_save(&tables->summary, run_path(run, path, "summary.csv"), error) != 0)
        return -1;
    return text_save(&tables->verdicts, run_path(run, path, "verdicts.csv"), error);
}

int judge_run(const struct run *run, const struct manifest *manifest,
    const struct schedule *schedule, struct error *error) {
    struct tables tables = {0};
    struct error all = {EXIT_BROKEN, ""};
    char *findings = place_data("results/findings.csv");
    int failed = findings ? judge_all(run, manifest, schedule, findings, &tables, &all, error)
                          : error_set(error, EXIT_BROKEN, "out of memory");
    free(findings);
    text_free(&tables.summary);
    text_free(&tables.verdicts);
    if (!failed && all.text[0] != '\0') {
        all.text[strlen(all.text) - 1] = '\0';
        *error = all;
        failed = -1;
    }
    return failed;
}
