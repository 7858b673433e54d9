/* SPDX-License-Identifier: MIT */
#include "runner/compare/metrics.h"

#include "base/array.h"
#include "base/files.h"
#include "base/place.h"
#include "base/spawn.h"
#include "record/heads.h"

#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct error *error) {
    return error_set(error, EXIT_BROKEN, "out of memory for the metrics");
}

static int keep(struct metrics *metrics, struct csv_table *table, struct error *error) {
    struct csv_table **kept = realloc(metrics->kept, (metrics->n_kept + 1) * sizeof *metrics->kept);
    if (!kept) {
        csv_table_free(table);
        return out_of_memory(error);
    }
    metrics->kept = kept;
    kept[metrics->n_kept++] = table;
    return 0;
}

static struct run_metric *find(
    struct metrics *metrics, const char *experiment, const char *arm, const char *name) {
    for (size_t i = 0; i < metrics->n; i++) {
        struct run_metric *m = &metrics->list[i];
        if (strcmp(m->name, name) == 0 && strcmp(m->arm, arm) == 0 &&
            strcmp(m->experiment, experiment) == 0)
            return m;
    }
    return NULL;
}

static struct run_metric *find_or_add(
    struct metrics *metrics, const char *experiment, const char *arm, const char *name) {
    struct run_metric *found = find(metrics, experiment, arm, name);
    if (found)
        return found;
    struct run_metric *list = array_room(metrics->list, metrics->n, &metrics->room, sizeof *list);
    if (!list)
        return NULL;
    metrics->list = list;
    found = &metrics->list[metrics->n++];
    *found = (struct run_metric){.experiment = experiment, .arm = arm, .name = name};
    return found;
}

static int summary_read(
    struct metrics *metrics, enum run_side side, const struct run *run, struct error *error) {
    char path[RUN_PATH_SIZE];
    struct csv_table *summary = NULL;
    if (!file_exists(run_path(run, path, "summary.csv")))
        return error_set(error, EXIT_USAGE,
            "%s is missing: the run was not judged ('aneprobe judge %s')", path, run->path);
    if (csv_table_read(path, &summary, error) != 0 || keep(metrics, summary, error) != 0)
        return -1;
    const int experiment = head_experiment(summary, error);
    if (experiment < 0)
        return -1;
    for (size_t i = 0; i < csv_rows(summary); i++) {
        struct run_metric *metric = find_or_add(metrics, csv_text(summary, i, experiment),
            csv_cell(summary, i, "arm"), csv_cell(summary, i, "metric"));
        if (!metric)
            return out_of_memory(error);
        metric->sides[side] = (struct metric_side){.is_there = true,
            .unit = csv_cell(summary, i, "unit"),
            .n_unit = csv_cell(summary, i, "n_unit"),
            .program_hash = csv_cell(summary, i, "program_hash"),
            .probe_version = csv_cell(summary, i, "probe_version"),
            .why_not = "this build computes no such metric from its samples"};
    }
    return 0;
}

static int value_take(struct metric_side *side, double value) {
    double *values = realloc(side->values, (side->n + 1) * sizeof *values);
    if (!values)
        return -1;
    side->values = values;
    values[side->n++] = value;
    side->why_not[0] = '\0';
    return 0;
}

static int values_read(struct metrics *metrics, enum run_side side, const struct csv_table *table,
    struct error *error) {
    const int at = csv_require_column(table, "value", error);
    if (at < 0)
        return -1;
    for (size_t i = 0; i < csv_rows(table); i++) {
        struct run_metric *metric = find(metrics, csv_cell(table, i, "experiment"),
            csv_cell(table, i, "arm"), csv_cell(table, i, "metric"));
        double value;
        const int found = csv_number(table, i, at, &value, error);
        if (found < 0)
            return -1;
        if (found == 1 && metric && metric->sides[side].is_there &&
            value_take(&metric->sides[side], value) != 0)
            return out_of_memory(error);
    }
    return 0;
}

static void experiment_lacks(
    struct metrics *metrics, enum run_side side, const char *experiment, const char *why) {
    for (size_t i = 0; i < metrics->n; i++)
        if (strcmp(metrics->list[i].experiment, experiment) == 0)
            snprintf(metrics->list[i].sides[side].why_not,
                sizeof metrics->list[i].sides[side].why_not, "%s", why);
}

/* Only running out of memory, or the user, stops it. */
static int experiment_judge(struct metrics *metrics, enum run_side side, const struct run *run,
    const struct manifest_experiment *experiment, const char *findings, struct error *error) {
    char samples[RUN_PATH_SIZE], *answer = NULL;
    size_t n_bytes;
    struct csv_table *table = NULL;
    const char *argv[] = {experiment->path, "--judge",
        run_path(run, samples, "samples/%s.csv", experiment->name), "--values", "--findings",
        findings, NULL};
    int failed = spawn_capture(argv, &answer, &n_bytes, error);
    if (!failed)
        failed = csv_table_parse(experiment->name, answer, n_bytes, &table, error);
    free(answer);
    if (failed && error->code == EXIT_INTERRUPTED)
        return -1;
    if (failed) {
        experiment_lacks(metrics, side, experiment->name, error->text);
        return 0;
    }
    failed = values_read(metrics, side, table, error);
    csv_table_free(table);
    return failed;
}

int metrics_add(struct metrics *metrics, enum run_side side, const struct run *run,
    const struct manifest *manifest, struct error *error) {
    char path[RUN_PATH_SIZE];
    if (summary_read(metrics, side, run, error) != 0)
        return -1;
    char *findings = place_data("results/findings.csv");
    int failed = findings ? 0 : out_of_memory(error);
    for (size_t i = 0; !failed && i < metrics->n; i++)
        if (!manifest_find(manifest, metrics->list[i].experiment))
            experiment_lacks(
                metrics, side, metrics->list[i].experiment, "this build has no such experiment");
    for (size_t i = 0; !failed && i < manifest->n; i++)
        if (file_exists(run_path(run, path, "samples/%s.csv", manifest->experiments[i].name)))
            failed =
                experiment_judge(metrics, side, run, &manifest->experiments[i], findings, error);
    free(findings);
    return failed;
}

void metrics_free(struct metrics *metrics) {
    for (size_t i = 0; i < metrics->n; i++)
        for (int side = 0; side < SIDES; side++)
            free(metrics->list[i].sides[side].values);
    for (size_t i = 0; i < metrics->n_kept; i++)
        csv_table_free(metrics->kept[i]);
    free(metrics->list);
    free(metrics->kept);
    *metrics = (struct metrics){.n = 0};
}
