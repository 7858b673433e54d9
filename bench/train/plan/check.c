/* SPDX-License-Identifier: MIT */
#include "train/plan/check.h"
#include "train/plan/program.h"
#include "measure/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 64, ERRORS_MAX = 256 };
/* The checked quantities, and programs of one's own. */
enum { PROGRAMS = HOST_CHECKED, TALLIES };

/* The results of one quantity. */
struct tally {
    double errors_pct[ERRORS_MAX];
    size_t n, n_held;
};

struct check {
    const struct host *host;
    const struct csv_table *published;
    int source, value; /* its columns */
    struct table *table;
    struct tally chips[TALLIES], sources[HOST_CHECKED];
};

static double round4(double value) {
    char text[32];
    double rounded = NAN;
    snprintf(text, sizeof text, "%.4g", value);
    sscanf(text, "%lf", &rounded);
    return rounded;
}

/* A row of the form. NULL for `chip`: the row is over all of them. */
struct figures {
    const char *chip, *quantity, *left_out, *from, *published_from;
    double published_ms, predicted_ms, low_ms, high_ms, error_pct, held_pct;
};

static void figures_put(struct check *check, const struct figures *f) {
    const double numbers[] = {
        f->published_ms, f->predicted_ms, f->low_ms, f->high_ms, f->error_pct, f->held_pct};
    table_put_text(check->table, f->chip ? f->chip : "median");
    table_put_text(check->table, f->quantity);
    table_put_text(check->table, f->left_out);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        table_put_number(check->table, round4(numbers[i]));
    table_put_text(check->table, f->from);
    table_put_text(check->table, f->published_from);
    table_end_row(check->table, &(const struct table_origin){.chip = f->chip, .clock = "virtual"});
}

static void row_put(struct check *check, const char *chip, const char *quantity,
    double published_ms, const struct host_work *predicted, const char *published_from,
    const char *left_out, struct tally *tally) {
    const double error_pct = 100 * (predicted->ms / published_ms - 1);
    const bool is_held = predicted->low_ms <= published_ms && published_ms <= predicted->high_ms;
    figures_put(check, &(const struct figures){.chip = chip,
                           .quantity = quantity,
                           .left_out = left_out,
                           .from = predicted->from,
                           .published_from = published_from,
                           .published_ms = published_ms,
                           .predicted_ms = predicted->ms,
                           .low_ms = predicted->low_ms,
                           .high_ms = predicted->high_ms,
                           .error_pct = error_pct,
                           .held_pct = is_held ? 100 : 0});
    if (tally->n < ERRORS_MAX) {
        tally->errors_pct[tally->n++] = fabs(error_pct);
        tally->n_held += is_held;
    }
}

/* A figure that is not predicted, and why. */
static void unpredicted_put(struct check *check, const char *chip, const char *quantity,
    const struct host_work *own, const char *why) {
    figures_put(check, &(const struct figures){.chip = chip,
                           .quantity = quantity,
                           .left_out = "chip",
                           .from = why,
                           .published_from = own->from,
                           .published_ms = own->ms,
                           .predicted_ms = NAN,
                           .low_ms = NAN,
                           .high_ms = NAN,
                           .error_pct = NAN,
                           .held_pct = NAN});
}

/* A figure's published rows, by line number: "97;101;268". */
static int rows_read(const struct check *check, const char *lines, size_t *rows) {
    int n = 0;
    for (char *end; *lines && n < ROWS_MAX; lines = *end == ';' ? end + 1 : end) {
        const unsigned long line = strtoul(lines, &end, 10);
        if (end == lines)
            break;
        for (size_t row = 0; row < csv_rows(check->published); row++)
            if (csv_line(check->published, row) == line)
                rows[n++] = row;
    }
    return n;
}

/* The median of the rows of one source, as the quantity has it. */
static double source_median(
    const struct check *check, int q, const size_t *rows, int n, const char *source) {
    double values[ROWS_MAX];
    struct error ignored;
    size_t n_values = 0;
    for (int i = 0; i < n; i++)
        if (strcmp(csv_text(check->published, rows[i], check->source), source) == 0 &&
            csv_number(check->published, rows[i], check->value, &values[n_values], &ignored) == 1)
            n_values++;
    const double median = stats_median(values, n_values);
    return host_checked[q].kind == HOST_STREAM ? 1e3 / median : median;
}

/* Compares each of the chip's sources with the median of the others. */
static void sources_check(struct check *check, const char *chip, int q, const char *lines) {
    size_t rows[ROWS_MAX];
    const char *names[ROWS_MAX];
    double medians[ROWS_MAX], others[ROWS_MAX];
    const int n_rows = rows_read(check, lines, rows);
    int n = 0;
    for (int i = 0; i < n_rows; i++) {
        const char *name = csv_text(check->published, rows[i], check->source);
        int k = 0;
        while (k < n && strcmp(names[k], name) != 0)
            k++;
        if (k == n) {
            medians[n] = source_median(check, q, rows, n_rows, name);
            names[n++] = name;
        }
    }
    for (int i = 0; i < n && n > 1; i++) {
        struct host_work predicted;
        size_t n_others = 0;
        for (int k = 0; k < n; k++)
            if (k != i)
                others[n_others++] = medians[k];
        host_own_of(
            check->host, chip, host_checked[q].key, stats_median(others, n_others), &predicted);
        snprintf(predicted.from, sizeof predicted.from, "%s, other sources", chip);
        row_put(check, chip, host_checked[q].name, medians[i], &predicted, names[i], "source",
            &check->sources[q]);
    }
}

static void chip_check(struct check *check, size_t row, int q) {
    const char *chip = csv_text(check->host->chips, row, check->host->chip);
    struct host_work own, predicted;
    struct device_error none;
    char why[100];
    if (host_own(check->host, chip, host_checked[q].key, &own) != 0)
        return;
    if (!host_is_predicted(check->host, host_checked[q].key, why, sizeof why)) {
        unpredicted_put(check, chip, host_checked[q].name, &own, why);
        return;
    }
    if (host_figure(check->host, chip, host_checked[q].key, true, &predicted, &none) == 0)
        row_put(check, chip, host_checked[q].name, own.ms, &predicted, own.from, "chip",
            &check->chips[q]);
    sources_check(check, chip, q, csv_text(check->host->chips, row, check->host->rows));
}

/* Forward passes of chips whose engine is known, each by what the others' took beyond the simulated. */
static int programs_check(struct check *check, struct device_error *error) {
    struct program_passes passes;
    if (program_passes_find(check->host, &passes, error) != 0)
        return -1;
    for (int i = 0; i < passes.n; i++) {
        struct host_work predicted;
        program_scale(
            check->host, &passes, passes.of[i].chip, false, passes.of[i].simulated_ms, &predicted);
        row_put(check, passes.of[i].chip, "program_ms", passes.of[i].published_ms, &predicted,
            passes.of[i].from, "chip", &check->chips[PROGRAMS]);
    }
    return 0;
}

/* Totals over `n` quantities from `first` on. */
static void median_put(struct check *check, const char *name, const char *left_out,
    const struct tally *tallies, int n) {
    double all[TALLIES * ERRORS_MAX];
    size_t n_all = 0, n_held = 0;
    for (int q = 0; q < n; q++) {
        memcpy(all + n_all, tallies[q].errors_pct, tallies[q].n * sizeof *all);
        n_all += tallies[q].n;
        n_held += tallies[q].n_held;
    }
    figures_put(
        check, &(const struct figures){.quantity = name,
                   .left_out = left_out,
                   .published_from = "absolute error; share of intervals that hold",
                   .published_ms = NAN,
                   .predicted_ms = NAN,
                   .low_ms = NAN,
                   .high_ms = NAN,
                   .error_pct = stats_median(all, n_all),
                   .held_pct = n_all > 0 ? 100 * (double)n_held / (double)n_all : (double)NAN});
}

/* The quantities of a training come first, its two steps before all. */
static void medians_put(struct check *check, const char *left_out, const struct tally *tallies) {
    for (int q = 0; q < HOST_CHECKED; q++)
        median_put(check, host_checked[q].name, left_out, &tallies[q], 1);
    median_put(check, "all_steps", left_out, tallies, 2);
    median_put(check, "all", left_out, tallies, 4);
}

int check_table(const struct host *host, const struct csv_table *published, struct table *table,
    struct device_error *error) {
    struct check *check = calloc(1, sizeof *check);
    const struct csv_table *chips = host->chips;
    int status;

    if (!check) {
        device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
        return -1;
    }
    *check = (struct check){.host = host,
        .published = published,
        .source = csv_column(published, "source"),
        .value = csv_column(published, "value"),
        .table = table};
    for (int q = 0; q < HOST_CHECKED; q++)
        for (size_t row = 0; row < csv_rows(chips); row++)
            if (strcmp(csv_text(chips, row, host->key), host_checked[q].key) == 0)
                chip_check(check, row, q);
    status = programs_check(check, error);
    if (status == 0) {
        medians_put(check, "chip", check->chips);
        median_put(check, "program_ms", "chip", &check->chips[PROGRAMS], 1);
        median_put(check, "every_quantity", "chip", check->chips, TALLIES);
        medians_put(check, "source", check->sources);
        median_put(check, "every_quantity", "source", check->sources, HOST_CHECKED);
    }
    free(check);
    return status;
}
