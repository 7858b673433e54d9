/* SPDX-License-Identifier: MIT */
#include "runner/submit/submission.h"
#include "record/sample.h"
#include "runner/run/journal.h"
#include "runner/run/machine.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE_SIZE = 256 };

/* "NAME: FILE", for messages. */
static const char *place_of(
    const char *name, const struct bundle_file *file, char place[PLACE_SIZE]) {
    snprintf(place, PLACE_SIZE, "%.120s: %s", name, file->name);
    return place;
}

static int parse(const char *name, const struct bundle_file *file, struct csv_table **table,
    struct error *error) {
    char place[PLACE_SIZE];
    return csv_table_parse(place_of(name, file, place), file->bytes, file->n_bytes, table, error);
}

static int parse_pairs(const char *name, const struct bundle_file *file, struct csv_table **table,
    struct error *error) {
    if (parse(name, file, table, error) != 0)
        return -1;
    if (csv_column(*table, "key") >= 0 && csv_column(*table, "value") >= 0)
        return 0;
    csv_table_free(*table);
    *table = NULL;
    return error_set(error, EXIT_BROKEN, "%s: %s: is not key,value", name, file->name);
}

/* Trials of one experiment's samples. */
struct trials {
    const struct schedule *schedule;
    const struct journal *journal;
    const char *experiment, *device;
    size_t *rows; /* of each job of the schedule, its end row included */
    bool *ended;
};

static int check_row(const struct csv_table *table, size_t row, const int *at,
    struct trials *trials, struct error *reason) {
    const char *device = csv_text(table, row, at[SAMPLE_DEVICE]);
    double number = 0;
    if (csv_number(table, row, at[SAMPLE_JOB], &number, reason) < 0)
        return -1;
    if (number < 1 || number > (double)trials->schedule->n || number != (double)(size_t)number)
        return csv_fail(table, row, at[SAMPLE_JOB], reason, "the schedule has no such job");
    size_t job = (size_t)number - 1;
    if (strcmp(trials->schedule->jobs[job].experiment, trials->experiment) != 0)
        return csv_fail(table, row, at[SAMPLE_JOB], reason, "job %zu is one of %s", job + 1,
            trials->schedule->jobs[job].experiment);
    if (strcmp(device, trials->device) != 0)
        return csv_fail(table, row, at[SAMPLE_DEVICE], reason,
            "'%.60s', and machine.csv has '%.60s'", device, trials->device);
    if (trials->ended[job])
        return csv_fail(
            table, row, at[SAMPLE_STATUS], reason, "job %zu has already ended", job + 1);
    trials->rows[job]++;
    if (!sample_is_end(table, row, at))
        return 0;
    if (!sample_end_counts(table, row, at, trials->rows[job] - 1))
        return csv_fail(table, row, at[SAMPLE_REASON], reason,
            "job %zu ends here after %zu rows: some were lost or added", job + 1,
            trials->rows[job] - 1);
    trials->ended[job] = true;
    return 0;
}

static int check_samples(
    const struct csv_table *table, struct trials *trials, struct error *reason) {
    int at[SAMPLE_COLUMNS];
    if (sample_columns_find(table, at, reason) != 0)
        return -1;
    for (size_t row = 0; row < csv_rows(table); row++)
        if (check_row(table, row, at, trials, reason) != 0)
            return -1;
    return 0;
}

/* All samples: each job that succeeded must have its end row among them. */
static int check_all_samples(
    const char *name, const struct bundle *bundle, struct trials *trials, struct error *error) {
    char experiment[BUNDLE_NAME_SIZE];
    for (size_t i = BUNDLE_FIXED; i < bundle->n; i++) {
        struct csv_table *table = NULL;
        if (bundle_experiment(bundle->files[i].name, experiment) != 0 ||
            parse(name, &bundle->files[i], &table, error) != 0)
            return -1;
        trials->experiment = experiment;
        int failed = check_samples(table, trials, error);
        csv_table_free(table);
        if (failed)
            return -1;
    }
    for (size_t job = 0; job < trials->schedule->n; job++)
        if (trials->journal->entries[job].status == JOB_OK && !trials->ended[job])
            return error_set(error, EXIT_BROKEN,
                "%s: jobs.csv:%zu: job %zu of %s succeeded, but its samples are missing", name,
                job + 2, job + 1, trials->schedule->jobs[job].experiment);
    return 0;
}

static int check_trials(
    const char *name, const struct bundle *bundle, const char *device, struct error *error) {
    const struct bundle_file *files = bundle->files;
    struct schedule schedule = {0};
    struct journal journal = {0};
    char place[PLACE_SIZE];
    int failed = schedule_parse(place_of(name, &files[BUNDLE_SCHEDULE], place),
        files[BUNDLE_SCHEDULE].bytes, files[BUNDLE_SCHEDULE].n_bytes, &schedule, error);
    if (!failed)
        failed = journal_parse(place_of(name, &files[BUNDLE_JOBS], place), files[BUNDLE_JOBS].bytes,
            files[BUNDLE_JOBS].n_bytes, &schedule, &journal, error);
    if (!failed &&
        (journal.n_done != schedule.n || journal.whole_bytes != files[BUNDLE_JOBS].n_bytes))
        failed = error_set(error, EXIT_BROKEN,
            "%s is not complete: %zu of %zu trials are done; continue with 'aneprobe run --resume' "
            "first",
            name, journal.n_done, schedule.n);
    struct trials trials = {.schedule = &schedule, .journal = &journal, .device = device};
    if (!failed) {
        trials.rows = calloc(schedule.n, sizeof *trials.rows);
        trials.ended = calloc(schedule.n, sizeof *trials.ended);
        failed = trials.rows != NULL && trials.ended != NULL
                     ? check_all_samples(name, bundle, &trials, error)
                     : error_set(error, EXIT_BROKEN, "out of memory");
    }
    free(trials.rows);
    free(trials.ended);
    journal_free(&journal);
    schedule_free(&schedule);
    return failed;
}

/* The place of `word` in the bytes, or NULL; `alone`: without a letter or digit next to it. */
static const char *find_word(const char *bytes, size_t n_bytes, const char *word, bool alone) {
    size_t n = word != NULL ? strlen(word) : 0;
    if (n == 0)
        return NULL;
    for (size_t i = 0; i + n <= n_bytes; i++) {
        const char *found = memchr(bytes + i, word[0], n_bytes - n - i + 1);
        if (found == NULL)
            return NULL;
        i = (size_t)(found - bytes);
        if (memcmp(found, word, n) != 0)
            continue;
        bool open_before = i == 0 || !isalnum((unsigned char)bytes[i - 1]);
        bool open_after = i + n == n_bytes || !isalnum((unsigned char)bytes[i + n]);
        if (!alone || (open_before && open_after))
            return found;
    }
    return NULL;
}

static size_t line_of(const struct bundle_file *file, const char *at) {
    size_t line = 1;
    for (const char *c = file->bytes; c < at; c++)
        line += *c == '\n';
    return line;
}

/* Paths with names of people are searched for in every file, names only in what the machine and the
 * command wrote: a short name may also be a word of a probe. */
static int check_names(const char *name, const struct bundle *bundle,
    const struct submission_names *names, struct error *error) {
    const struct {
        const char *word, *what;
        bool alone;
    } looked_for[] = {{"/home/", "a path into somebody's home", false},
        {"/Users/", "a path into somebody's home", false},
        {names->home, "the path of your home", false}, {names->host, "the name of this host", true},
        {names->user, "your user name", true}};
    for (size_t i = 0; i < bundle->n; i++) {
        const struct bundle_file *file = &bundle->files[i];
        for (size_t j = 0; j < sizeof looked_for / sizeof *looked_for; j++) {
            if (looked_for[j].alone && i != BUNDLE_MACHINE && i != BUNDLE_SETTINGS)
                continue;
            const char *found =
                find_word(file->bytes, file->n_bytes, looked_for[j].word, looked_for[j].alone);
            if (found != NULL)
                return error_set(error, EXIT_BROKEN,
                    "%s: %s:%zu: '%s' is %s; remove it there, or run again with a relative path",
                    name, file->name, line_of(file, found), looked_for[j].word, looked_for[j].what);
        }
    }
    return 0;
}

int submission_check(const char *name, const struct bundle *bundle,
    const struct submission_names *names, struct error *error) {
    struct csv_table *machine = NULL, *other = NULL;
    int failed = parse_pairs(name, &bundle->files[BUNDLE_MACHINE], &machine, error);
    if (!failed && machine_value(machine, "device")[0] == '\0')
        failed = error_set(error, EXIT_BROKEN, "%s: machine.csv: names no device", name);
    if (!failed)
        failed = parse_pairs(name, &bundle->files[BUNDLE_SETTINGS], &other, error);
    csv_table_free(other);
    other = NULL;
    if (!failed)
        failed = parse(name, &bundle->files[BUNDLE_EXPERIMENTS], &other, error);
    csv_table_free(other);
    if (!failed)
        failed = check_trials(name, bundle, machine_value(machine, "device"), error);
    if (!failed)
        failed = check_names(name, bundle, names, error);
    csv_table_free(machine);
    return failed;
}

int submission_label(
    const char *name, const struct bundle *bundle, char label[64], struct error *error) {
    struct csv_table *machine = NULL;
    if (parse_pairs(name, &bundle->files[BUNDLE_MACHINE], &machine, error) != 0)
        return -1;
    /* "Darwin 25.3.0 arm64" */
    char system[32];
    snprintf(system, sizeof system, "%s", machine_value(machine, "kernel"));
    system[strcspn(system, " ")] = '\0';
    machine_label(machine_value(machine, "kind"), machine_value(machine, "chip"), system, label);
    csv_table_free(machine);
    return label[0] != '\0' ? 0
                            : error_set(error, EXIT_BROKEN, "%s: machine.csv: names no chip", name);
}
