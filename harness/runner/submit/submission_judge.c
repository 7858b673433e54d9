/* SPDX-License-Identifier: MIT
 *
 * Detects verdicts that do not follow from their samples: judges the samples again and compares.
 */
#include "base/suite.h"
#include "base/files.h"
#include "record/heads.h"
#include "runner/run/judge.h"
#include "runner/run/machine.h"
#include "runner/submit/submission.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Processors differ in the last digits: fused multiply-add, libm. */
static const double round_off = 1e-6;

static int write_files(const struct bundle *bundle, const struct run *run, struct error *error) {
    char path[RUN_PATH_SIZE];
    if (directory_make(run_path(run, path, "samples"), error) != 0)
        return -1;
    for (size_t i = 0; i < bundle->n; i++) {
        const struct bundle_file *file = &bundle->files[i];
        if (file_replace(
                run_path(run, path, "%s", file->name), file->bytes, file->n_bytes, error) != 0)
            return -1;
    }
    return 0;
}

static bool cell_is_same(
    const struct csv_table *theirs, const struct csv_table *ours, size_t row, int column) {
    struct error ignored;
    double a = 0, b = 0;
    if (strcmp(csv_text(theirs, row, column), csv_text(ours, row, column)) == 0)
        return true;
    return csv_number(theirs, row, column, &a, &ignored) == 1 &&
           csv_number(ours, row, column, &b, &ignored) == 1 &&
           fabs(a - b) <= round_off * fmax(fabs(a), fabs(b));
}

/* Reasons are not compared: their numbers are, in their own cells. */
static int compare_tables(
    const struct csv_table *theirs, const struct csv_table *ours, struct error *reason) {
    if (csv_columns(theirs) != csv_columns(ours) || csv_rows(theirs) != csv_rows(ours))
        return csv_fail(theirs, CSV_HEADER, -1, reason,
            "%zu rows of %d columns; its samples give %zu of %d", csv_rows(theirs),
            csv_columns(theirs), csv_rows(ours), csv_columns(ours));
    for (int column = 0; column < csv_columns(ours); column++) {
        const char *name = csv_column_name(ours, column);
        if (strcmp(csv_column_name(theirs, column), name) != 0 &&
            (strcmp(name, "experiment") != 0 || head_experiment(theirs, reason) != column))
            return csv_fail(theirs, CSV_HEADER, column, reason, "'%s' belongs here", name);
        if (strcmp(name, "reason") == 0)
            continue;
        for (size_t row = 0; row < csv_rows(ours); row++)
            if (!cell_is_same(theirs, ours, row, column))
                return csv_fail(theirs, row, column, reason, "'%.60s'; its samples give '%.60s'",
                    csv_text(theirs, row, column), csv_text(ours, row, column));
    }
    return 0;
}

static int compare(
    const char *name, const struct bundle_file *file, const struct run *run, struct error *error) {
    char place[256], path[RUN_PATH_SIZE];
    struct csv_table *theirs = NULL, *ours = NULL;
    snprintf(place, sizeof place, "%.120s: %s", name, file->name);
    int failed = csv_table_parse(place, file->bytes, file->n_bytes, &theirs, error);
    if (!failed)
        failed = csv_table_read(run_path(run, path, "%s", file->name), &ours, error);
    if (!failed)
        failed = compare_tables(theirs, ours, error);
    csv_table_free(theirs);
    csv_table_free(ours);
    return failed;
}

/* Names the build that judged it, if not this one: its rules may differ. */
static void add_commit(const struct bundle *bundle, struct error *error) {
    struct csv_table *machine = NULL;
    struct error ignored;
    const struct bundle_file *file = &bundle->files[BUNDLE_MACHINE];
    if (csv_table_parse(file->name, file->bytes, file->n_bytes, &machine, &ignored) != 0)
        return;
    const char *commit = machine_value(machine, "commit");
    if (strcmp(commit, suite_commit()) != 0)
        error_add(error, "; it is from commit %.60s, this build from %s: try that commit", commit,
            suite_commit());
    csv_table_free(machine);
}

/* In `parent`, with the mode that any directory made here has. */
static int directory_new(const char *parent, struct run *run, struct error *error) {
    *run = (struct run){.lock_fd = -1};
    int n = snprintf(run->path, sizeof run->path, "%s/.aneprobe-XXXXXX", parent);
    mode_t mask = umask(0);
    umask(mask);
    if (n > 0 && (size_t)n < sizeof run->path && mkdtemp(run->path) != NULL &&
        chmod(run->path, 0777 & ~mask) == 0)
        return 0;
    run->path[0] = '\0';
    return error_set(error, EXIT_BROKEN, "cannot make a directory in %.900s: %s", parent,
        n > 0 && (size_t)n < sizeof run->path ? strerror(errno) : "its path is too long");
}

int submission_judge(const char *name, const struct bundle *bundle, const char *parent,
    struct run *run, struct error *error) {
    struct manifest manifest = {0};
    struct schedule schedule = {0};
    struct error judging = {EXIT_DONE, ""};
    const struct bundle_file *file = &bundle->files[BUNDLE_SCHEDULE];
    int failed = directory_new(parent, run, error);
    if (!failed)
        failed = write_files(bundle, run, error);
    if (!failed)
        failed = manifest_read(&manifest, error);
    if (!failed)
        failed = schedule_parse(file->name, file->bytes, file->n_bytes, &schedule, error);
    if (!failed && judge_run(run, &manifest, &schedule, &judging) != 0) {
        failed = error_set(error, judging.code, "%s: %s", name, judging.text);
        add_commit(bundle, error);
    }
    for (int i = BUNDLE_SUMMARY; i <= BUNDLE_VERDICTS && !failed; i++) {
        failed = compare(name, &bundle->files[i], run, error);
        if (failed)
            add_commit(bundle, error);
    }
    schedule_free(&schedule);
    manifest_free(&manifest);
    return failed;
}

void submission_remove(const struct bundle *bundle, const struct run *run) {
    char path[RUN_PATH_SIZE];
    if (run->path[0] == '\0')
        return;
    for (size_t i = 0; i < bundle->n; i++)
        unlink(run_path(run, path, "%s", bundle->files[i].name));
    unlink(run_path(run, path, "looks.csv"));
    rmdir(run_path(run, path, "samples"));
    rmdir(run->path);
}
