/* SPDX-License-Identifier: MIT
 *
 * What a double buffer hides on cpu:cores=1: wall time from update to update, in the middle of runs,
 * against the best possible, max(batch, compile) of a synchronous run. Batches are made so long that
 * a compile is shorter. The share of the wall time that is stall stands beside.
 */
#include "bench.h"

#include "device/host/directory.h"
#include "measure/csv.h"
#include "train/training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { UPDATES = 7, FIRST = 2, ROUNDS = 3 }; /* rows FIRST.. of updates.csv are counted */
static const double goal_ratio = 0.95, goal_stall = 0.01;

/* Medians over the updates in the middle of a run, s. */
struct course {
    double update, batch, compile, stall;
};

static double column_median(const struct csv_table *table, const char *name, double *wall) {
    double x[UPDATES];
    struct csv_error error;
    int n = 0;
    for (size_t row = FIRST; row + 1 < csv_rows(table) && n < UPDATES; row++) {
        double value = 0, before = 0;
        (void)csv_number(table, row, csv_column(table, name), &value, &error);
        if (wall)
            (void)csv_number(table, row - 1, csv_column(table, name), &before, &error);
        x[n++] = value - before;
    }
    return 1e-9 * bench_median(x, (size_t)n);
}

static int course_read(const char *directory, struct course *out) {
    char path[1200];
    struct csv_table *table;
    struct csv_error error;
    double is_wall;
    snprintf(path, sizeof path, "%s/updates.csv", directory);
    if (csv_table_read(path, &table, &error) != 0)
        return -1;
    *out = (struct course){.update = column_median(table, "wall_ns", &is_wall),
        .batch =
            column_median(table, "batch_ns", NULL) + column_median(table, "optimiser_ns", NULL),
        .compile = column_median(table, "compiler_ns", NULL),
        .stall = column_median(table, "stall_ns", NULL)};
    csv_table_free(table);
    return 0;
}

static int run(const char *update, int accum, struct course *out) {
    static const volatile sig_atomic_t never = 0;
    struct run_directory place;
    struct run_options options;
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
        "tiny,layers=1", "--update", (char *)update, "--accum", accum_text, "--steps", steps,
        "--checkpoint-every", "1000"};
    if (run_options_parse(sizeof argv / sizeof *argv, argv, &options, why, sizeof why) != 0) {
        fprintf(stderr, "train_double: %s\n", why);
    } else if (device_open(options.device, 1, &device, &error) == DEVICE_OK) {
        if (training_open(device, &options, &training, why, sizeof why, &error) == DEVICE_OK &&
            training_run(training, &never, NULL, NULL, &error) == TRAINING_DONE)
            code = course_read(directory, out);
        training_close(training);
        device->table->close(device);
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
        stalls[i] = hidden.stall / hidden.update;
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
