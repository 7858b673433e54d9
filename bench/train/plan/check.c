/* SPDX-License-Identifier: MIT */
#include "train/plan/check.h"
#include "measure/stats.h"
#include "train/plan/timeline.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHIPS_MAX = 32, QUANTITIES = 3 };

static const struct {
    const char *name, *key;
    enum train_weights_place place;
} quantities[QUANTITIES] = {{"static_step_ms", "host_static_step_ms", TRAIN_WEIGHTS_BAKED},
    {"dynamic_step_ms", "host_dynamic_step_ms", TRAIN_WEIGHTS_INPUT},
    {"forward_engine_ms", "host_forward_engine_ms", TRAIN_WEIGHTS_BAKED}};

struct check {
    const struct host *host;
    const struct train_shape *shape;
    struct csv_writer writer;
    double errors_pct[QUANTITIES][CHIPS_MAX];
    size_t n[QUANTITIES];
};

static double round4(double value) {
    char text[32];
    double rounded = NAN;
    snprintf(text, sizeof text, "%.4g", value);
    sscanf(text, "%lf", &rounded);
    return rounded;
}

static void row_put(struct check *check, const char *chip, const char *quantity, double published,
    double predicted, double error_pct, const char *from, const char *rows) {
    csv_put_text(&check->writer, chip);
    csv_put_text(&check->writer, quantity);
    csv_put_number(&check->writer, published);
    csv_put_number(&check->writer, round4(predicted));
    csv_put_number(&check->writer, round4(error_pct));
    csv_put_text(&check->writer, from);
    csv_put_text(&check->writer, rows);
    (void)csv_end_row(&check->writer); /* the stream's error is the caller's to find */
}

static int chip_check(struct check *check, const char *chip, int q, struct device_error *error) {
    struct host_work own, work = {.ms = 0, .from = "engine only"};
    char device[64];
    double engine_ms;
    bool is_step = quantities[q].place == TRAIN_WEIGHTS_INPUT || q == 0;

    if (host_own(check->host, chip, quantities[q].key, &own) != 0 || check->n[q] == CHIPS_MAX)
        return 0;
    snprintf(device, sizeof device, "sim:%s", chip);
    for (char *c = device; *c; c++)
        if (*c == ' ')
            *c = '-';
    if (plan_engine_ms(device, check->shape, quantities[q].place, !is_step, &engine_ms, error) != 0)
        return -1;
    if (is_step &&
        host_step_ms(check->host, chip, check->shape, quantities[q].place, true, &work, error) != 0)
        return -1;
    double predicted = engine_ms + work.ms, error_pct = 100 * (predicted / own.ms - 1);
    check->errors_pct[q][check->n[q]++] = fabs(error_pct);
    row_put(check, chip, quantities[q].name, own.ms, predicted, error_pct, work.from, own.from);
    return 0;
}

static int chips_check(struct check *check, struct device_error *error) {
    const struct csv_table *table = check->host->chips;
    for (int q = 0; q < QUANTITIES; q++)
        for (size_t row = 0; row < csv_rows(table); row++)
            if (strcmp(csv_text(table, row, check->host->key), quantities[q].key) == 0 &&
                chip_check(check, csv_text(table, row, check->host->chip), q, error) != 0)
                return -1;
    return 0;
}

int check_write(const struct host *host, const struct train_shape *shape, FILE *file,
    struct device_error *error) {
    static const char *const columns[] = {"chip", "quantity", "published_ms", "predicted_ms",
        "error_pct", "host_from", "published_from"};
    struct check check = {.host = host, .shape = shape, .writer = {.file = file}};
    double steps[2 * CHIPS_MAX];
    size_t n_steps = 0;

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_put_text(&check.writer, columns[i]);
    (void)csv_end_row(&check.writer);
    if (chips_check(&check, error) != 0)
        return -1;
    for (int q = 0; q < QUANTITIES; q++) {
        row_put(&check, "median", quantities[q].name, NAN, NAN,
            stats_median(check.errors_pct[q], check.n[q]), "", "absolute error over chips");
        for (size_t i = 0; q < 2 && i < check.n[q]; i++)
            steps[n_steps++] = check.errors_pct[q][i];
    }
    row_put(&check, "median", "all_steps", NAN, NAN, stats_median(steps, n_steps), "",
        "absolute error over both kinds of step");
    return 0;
}
