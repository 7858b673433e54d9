/* SPDX-License-Identifier: MIT */
#include "runner/run/survey.h"
#include "base/spawn.h"

#include <stdlib.h>
#include <string.h>

/* Runs the experiment with one or two options and reads what it prints. */
static int ask(const struct manifest_experiment *experiment, const char *option, bool quick,
    struct csv_table **table, struct error *error) {
    const char *argv[] = {experiment->path, option, quick ? "--quick" : NULL, NULL};
    char *text = NULL;
    size_t n_bytes;
    *table = NULL;
    if (spawn_capture(argv, &text, &n_bytes, error) != 0)
        return -1;
    int failed = csv_table_parse(experiment->path, text, n_bytes, table, error);
    free(text);
    return failed ? error_prefix(
                        error, "cannot parse the output of '%s %s': ", experiment->path, option)
                  : 0;
}

static int read_arm(const struct csv_table *list, size_t row, const char *experiment,
    const int *column, struct schedule_arm *arm, struct error *reason) {
    const unsigned most[2] = {SCHEDULE_MOST_BLOCKS, SCHEDULE_MOST_LIMIT_S};
    unsigned *const values[2] = {&arm->order.blocks, &arm->limit_s};
    arm->experiment = experiment;
    arm->arm = csv_text(list, row, column[1]);
    if (strcmp(csv_text(list, row, column[0]), experiment) != 0)
        return csv_fail(list, row, column[0], reason, "this is %s", experiment);
    if (arm->arm[0] == '\0')
        return csv_fail(list, row, column[1], reason, "an arm needs a name");
    for (int i = 0; i < 2; i++) {
        double value = -1;
        unsigned least = i == 0 ? 0 : 1; /* a preset may omit an arm */
        if (csv_number(list, row, column[2 + i], &value, reason) < 0)
            return -1;
        if (value < least || value > most[i] || value != (unsigned)value)
            return csv_fail(list, row, column[2 + i], reason,
                "must be a whole number from %u to %u", least, most[i]);
        *values[i] = (unsigned)value;
    }
    return 0;
}

static int add_arms(struct survey *survey, const struct manifest_experiment *experiment,
    const struct csv_table *list, struct error *error) {
    static const char *const names[4] = {"experiment", "arm", "blocks", "limit_s"};
    int column[4];
    for (int i = 0; i < 4; i++) {
        column[i] = csv_column(list, names[i]);
        if (column[i] < 0)
            return error_set(error, EXIT_BROKEN, "the output of '%s --list' has no column %s",
                experiment->path, names[i]);
    }
    size_t n = csv_rows(list);
    struct schedule_arm *arms = realloc(survey->arms, (survey->n_arms + n + 1) * sizeof *arms);
    if (arms == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    survey->arms = arms;
    for (size_t i = 0; i < n; i++)
        if (read_arm(list, i, experiment->name, column, &arms[survey->n_arms++], error) != 0)
            return error_prefix(
                error, "the output of '%s --list' is not as expected: ", experiment->path);
    return 0;
}

int survey_about(
    const struct manifest_experiment *experiment, struct csv_table **about, struct error *error) {
    if (ask(experiment, "--about", false, about, error) != 0)
        return -1;
    if (csv_column(*about, "field") >= 0 && csv_column(*about, "text") >= 0)
        return 0;
    csv_table_free(*about);
    *about = NULL;
    return error_set(error, EXIT_BROKEN, "the output of '%s --about' needs the columns field,text",
        experiment->path);
}

static bool about_disturbs(const struct csv_table *about) {
    for (size_t i = 0; i < csv_rows(about); i++)
        if (strcmp(csv_cell(about, i, "field"), "disturbs") == 0)
            return true;
    return false;
}

static void add_skipped(struct survey *survey, const char *name) {
    size_t used = strlen(survey->skipped);
    snprintf(
        survey->skipped + used, sizeof survey->skipped - used, "%s%s", used > 0 ? " " : "", name);
}

static int add_experiment(struct survey *survey, const struct manifest_experiment *experiment,
    bool quick, enum survey_disruptive disruptive, struct error *error) {
    struct csv_table *list = NULL, *about = NULL;
    if (survey_about(experiment, &about, error) != 0)
        return -1;
    bool disturbs = disruptive != SURVEY_AS_OTHERS && about_disturbs(about);
    int failed = 0;
    if (disturbs && disruptive == SURVEY_SKIP) {
        add_skipped(survey, experiment->name);
        goto done;
    }
    failed = ask(experiment, "--list", quick, &list, error);
    if (failed)
        goto done;
    survey->lists[survey->n_lists++] = list; /* the arms' names are in there */
    size_t first = survey->n_arms;
    failed = add_arms(survey, experiment, list, error);
    for (size_t i = first; i < survey->n_arms; i++)
        survey->arms[i].order.last = disturbs;
    int field = csv_column(about, "field"), text = csv_column(about, "text");
    for (size_t i = 0; !failed && i < csv_rows(about); i++)
        text_row(&survey->about, experiment->name, csv_text(about, i, field),
            csv_text(about, i, text), NULL);
done:
    csv_table_free(about);
    return failed;
}

int survey_make(const struct manifest_experiment *const *experiments, size_t n, bool quick,
    enum survey_disruptive disruptive, struct survey *survey, struct error *error) {
    *survey = (struct survey){0};
    if (text_open(&survey->about, error) != 0)
        return -1;
    text_row(&survey->about, "experiment", "field", "text", NULL);
    survey->lists = calloc(n, sizeof *survey->lists);
    int failed = survey->lists == NULL ? error_set(error, EXIT_BROKEN, "out of memory") : 0;
    for (size_t i = 0; !failed && i < n; i++)
        failed = add_experiment(survey, experiments[i], quick, disruptive, error);
    if (!failed)
        failed = text_close(&survey->about, error);
    if (failed)
        survey_free(survey);
    return failed;
}

void survey_free(struct survey *survey) {
    for (size_t i = 0; i < survey->n_lists; i++)
        csv_table_free(survey->lists[i]);
    free(survey->lists);
    free(survey->arms);
    text_free(&survey->about);
    *survey = (struct survey){0};
}
