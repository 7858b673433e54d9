/* SPDX-License-Identifier: MIT */
#include "runner/run/judge.h"
#include "base/files.h"
#include "runner/command/places.h"
#include "base/spawn.h"
#include "runner/run/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char summary_header[] =
    "program,arm,metric,unit,n,n_unit,median,ci_low,ci_high,min,max,outliers,program_hash,"
    "probe_version\n";
static const char verdicts_header[] =
    "finding,verdict,measured,unit,ci_low,ci_high,n,n_unit,published,source,reason\n";
enum { JUDGED_MOST_BYTES = 64 << 20 };

/* One of the two files that are put together, and the part a program has just written for it. */
struct part {
    const char *header, *name;
    char path[RUN_PATH_SIZE];
    char *bytes;
    size_t n_bytes;
    struct text whole;
};

static int part_read(struct part *part, const char *program, struct error *error) {
    if (file_read(part->path, JUDGED_MOST_BYTES, &part->bytes, &part->n_bytes, error) != 0)
        return -1;
    size_t n_header = strlen(part->header);
    struct csv_table *table = NULL;
    struct error ignored;
    if (part->bytes == NULL || part->n_bytes < n_header ||
        memcmp(part->bytes, part->header, n_header) != 0)
        return error_set(error, EXIT_BROKEN, "%s wrote no %s with the columns %.*s", program,
            part->name, (int)n_header - 1, part->header);
    if (part->bytes[part->n_bytes - 1] != '\n' ||
        csv_table_parse(part->path, part->bytes, part->n_bytes, &table, &ignored) != 0)
        return error_set(error, EXIT_BROKEN, "%s wrote a damaged %s", program, part->name);
    csv_table_free(table);
    return 0;
}

static int judge_program(const struct run *run, const struct manifest_program *program,
    const char *findings, struct part parts[2], struct error *error) {
    char samples[RUN_PATH_SIZE];
    run_path(run, samples, "samples/%s.csv", program->name);
    const char *argv[] = {program->path, "--judge", samples, "--findings", findings, "--summary",
        parts[0].path, "--verdicts", parts[1].path, NULL};
    char *text = NULL;
    size_t n_bytes;
    int failed = spawn_capture(argv, &text, &n_bytes, error);
    free(text);
    for (int i = 0; i < 2 && !failed; i++)
        failed = part_read(&parts[i], program->name, error);
    /* Both or none: half a judgement would look like a whole one. */
    for (int i = 0; i < 2; i++) {
        if (!failed)
            fputs(parts[i].bytes + strlen(parts[i].header), parts[i].whole.csv.file);
        free(parts[i].bytes);
        parts[i].bytes = NULL;
        unlink(parts[i].path);
    }
    return failed;
}

static bool plan_has(const struct plan *plan, const char *program) {
    for (size_t i = 0; i < plan->n; i++)
        if (strcmp(plan->jobs[i].program, program) == 0)
            return true;
    return false;
}

/* Programs that a stored run has samples of and this build lacks. */
static void note_unknown(const struct run *run, const struct manifest *manifest,
    const struct plan *plan, struct error *all) {
    char path[RUN_PATH_SIZE], last[64] = "";
    for (size_t i = 0; i < plan->n; i++) {
        const char *program = plan->jobs[i].program;
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
    const struct plan *plan, const char *findings, struct part parts[2], struct error *all,
    struct error *error) {
    char path[RUN_PATH_SIZE];
    for (int i = 0; i < 2; i++) {
        if (text_open(&parts[i].whole, error) != 0)
            return -1;
        fputs(parts[i].header, parts[i].whole.csv.file);
    }
    for (size_t i = 0; i < manifest->n; i++) {
        const struct manifest_program *program = &manifest->programs[i];
        if (!plan_has(plan, program->name) ||
            !file_exists(run_path(run, path, "samples/%s.csv", program->name)))
            continue;
        if (judge_program(run, program, findings, parts, error) == 0)
            continue;
        if (error->code == EXIT_INTERRUPTED)
            return -1;
        error_add(all, "%s could not be judged: %s\n", program->name, error->text);
    }
    note_unknown(run, manifest, plan, all);
    for (int i = 0; i < 2; i++)
        if (text_save(&parts[i].whole, run_path(run, path, "%s", parts[i].name), error) != 0)
            return -1;
    return 0;
}

/* What a runner that was killed left of its judging. The run is locked: nobody is at work in it. */
static void work_remove(const struct run *run) {
    static const char *const names[] = {
        "summary.csv", "verdicts.csv", "summary.csv.part", "verdicts.csv.part"};
    char path[RUN_PATH_SIZE];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(run_path(run, path, ".judge/%s", names[i]));
    rmdir(run_path(run, path, ".judge"));
}

int judge_run(const struct run *run, const struct manifest *manifest, const struct plan *plan,
    struct error *error) {
    struct part parts[2] = {{.header = summary_header, .name = "summary.csv"},
        {.header = verdicts_header, .name = "verdicts.csv"}};
    struct error all = {EXIT_BROKEN, ""};
    char work[RUN_PATH_SIZE];
    work_remove(run);
    if (mkdir(run_path(run, work, ".judge"), 0777) != 0)
        return error_set(error, EXIT_BROKEN, "cannot write in %s: %s", run->path, strerror(errno));
    for (int i = 0; i < 2; i++)
        run_path(run, parts[i].path, ".judge/%s", parts[i].name);
    int failed = -1;
    char *findings = place_in_source("results/findings.csv");
    if (findings == NULL)
        error_set(error, EXIT_BROKEN, "out of memory");
    else
        failed = judge_all(run, manifest, plan, findings, parts, &all, error);
    free(findings);
    for (int i = 0; i < 2; i++)
        text_free(&parts[i].whole);
    work_remove(run);
    if (!failed && all.text[0] != '\0') {
        all.text[strlen(all.text) - 1] = '\0';
        *error = all;
        failed = -1;
    }
    return failed;
}
