/* SPDX-License-Identifier: MIT
 *
 * What a double buffer hides on cpu:cores=1: wall time from update to update, in the middle of runs,
 * against the best possible, max(batch, compile) of a synchronous run. Batches are made so long that
 * a compile is shorter. The share of the wall time that is stall stands beside.
 */
#include "bench.h"

#include "device/host/directory.h"
#include "measure/csv.h"
#include "train/run/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { UPDATES = 6, FIRST = 2, ROUNDS = 5 }; /* rows FIRST.. of updates.csv are counted */
static const double goal_ratio = 0.95, goal_stall = 0.01;

/* Over the updates in the middle of a run, s: medians; of stall means, where one long one counts. */
struct course {
    double update, batch, compile, stall, stall_share;
};

/* The column's numbers in those rows, less the row before's when it is a clock; empty cells are left
 * out. How many, 0 when one is no number. */
static size_t column_read(
    const struct csv_table *table, const char *name, bool is_clock, double x[UPDATES]) {
    const int column = csv_column(table, name);
    struct error error;
    size_t n = 0;
    for (size_t row = FIRST; row + 1 < csv_rows(table) && n < UPDATES; row++) {
        double value = 0, before = 0;
        const int found = csv_number(table, row, column, &value, &error);
        if (found < 0 || (is_clock && csv_number(table, row - 1, column, &before, &error) != 1))
            return 0;
        if (found == 1)
            x[n++] = value - before;
    }
    return n;
}

/* Of ns, in s; NAN when there is nothing to take it of. */
static double column_median(const struct csv_table *table, const char *name, bool is_clock) {
    double x[UPDATES];
    const size_t n = column_read(table, name, is_clock, x);
    return n > 0 ? 1e-9 * bench_median(x, n) : NAN;
}

static double column_mean(const struct csv_table *table, const char *name, bool is_clock) {
    double x[UPDATES], sum = 0;
    const size_t n = column_read(table, name, is_clock, x);
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n > 0 ? 1e-9 * sum / (double)n : NAN;
}

static int course_read(const char *directory, struct course *out) {
    char path[1200];
    struct csv_table *table;
    struct error error;
    snprintf(path, sizeof path, "%s/updates.csv", directory);
    if (csv_table_read(path, &table, &error) != 0) {
        fprintf(stderr, "train_double: %s cannot be read\n", path);
        return -1;
    }
    *out = (struct course){.update = column_median(table, "wall_ns", true),
        .batch =
            column_median(table, "batch_ns", false) + column_median(table, "optimiser_ns", false),
        .compile = column_median(table, "compiler_ns", false),
        .stall = column_mean(table, "stall_ns", false)};
    out->stall_share = out->stall / column_mean(table, "wall_ns", true);
    csv_table_free(table);
    if (isfinite(out->update + out->batch + out->compile + out->stall_share))
        return 0;
    fprintf(stderr, "train_double: %s lacks numbers\n", path);
    return -1;
}

static int run(const char *update, int accum, struct course *out) {
    static const volatile sig_atomic_t never = 0;
    struct run_directory place;
    struct run_options options;
    struct error usage;
    struct training *training = NULL;
    struct device *device;
    struct device_error error = {.text = ""};
    char why[700], directory[1100], accum_text[16], steps[16];
    int code = -1;
    if (run_directory_open(&place, why, sizeof why) != 0) {
        fprintf(stderr, "train_double: %s\n", why);
        return -1;
    }
    snprintf(accum_text, sizeof accum_text, "%d", accum);
    snprintf(steps, sizeof steps, "%d", accum * UPDATES);
    snprintf(directory, sizeof directory, "%s/run", place.path);
    (void)mkdir(directory, 0700); /* taking it finds out */
    char *argv[] = {"train", "--out", directory, "--device", "cpu:cores=1,cache=off", "--shape",
        "tiny,layers=1", "--cut", "three", "--update", (char *)update, "--accum", accum_text,
        "--steps", steps, "--checkpoint-every", "1000"};
    if (run_options_read(sizeof argv / sizeof *argv, argv, &options, &usage) != OPTIONS_READ) {
        fprintf(stderr, "train_double: %s\n", usage.text);
    } else if (device_open(options.device, 1, &device, &error) == DEVICE_OK) {
        if (training_open(device, &options, &training, why, sizeof why, &error) == DEVICE_OK &&
            training_run(training, &never, NULL, NULL, &error) == TRAINING_DONE)
            code = course_read(directory, out);
        training_close(training);
        device_close(device);
    }
    if (error.text[0])
        fprintf(stderr, "train_double: %s: %s\n", error.stage, error.text);
    run_directory_close(&place);
    return code;
}

static void row_print(const char *metric, double value, const char *unit, double reference,
    double ratio, double goal, bool met) {
    printf("train_double,%s,%.4g,%s,%.4g,%.4g,%g,%s\n", metric, value, unit, reference, ratio, goal,
        met ? "yes" : "no");
}

int main(void) {
    double ratios[ROUNDS], stalls[ROUNDS];
    struct course sync = {0}, hidden = {0};
    /* so many windows take half again as long as a compile */
    if (run("sync", 64, &sync) != 0)
        return 99;
    const int accum = (int)(1.5 * sync.compile / (sync.batch / 64)) + 1;
    for (int i = 0; i < ROUNDS; i++) {
        if (run("sync", accum, &sync) != 0 || run("double", accum, &hidden) != 0)
            return 99;
        const double best = sync.batch > sync.compile ? sync.batch : sync.compile;
        ratios[i] = best / hidden.update;
        stalls[i] = hidden.stall_share;
    }
    fputs(bench_header, stdout);
    const double ratio = bench_median(ratios, ROUNDS), stall = bench_median(stalls, ROUNDS);
    const double sum = sync.batch + sync.compile;
    row_print(
        "sync_update", sync.update, "s", sum, sum / sync.update, 0.9, sum / sync.update >= 0.9);
    row_print("update", hidden.update, "s", ratio * hidden.update, ratio, goal_ratio,
        ratio >= goal_ratio);
    row_print("stall", hidden.stall, "s", hidden.update, stall, goal_stall, stall < goal_stall);
    return ratio >= goal_ratio && stall < goal_stall ? 0 : 1;
}
