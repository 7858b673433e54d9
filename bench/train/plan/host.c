/* SPDX-License-Identifier: MIT */
#include "train/plan/host.h"
#include "measure/stats.h"
#include "train/plan/timeline.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELATIVES_MAX = 32 };

int host_open(struct host *host, const char *chips_path, struct error *error) {
    *host = (struct host){.chips = NULL};
    if (csv_table_read(chips_path, &host->chips, error) == 0 &&
        (host->chip = csv_require_column(host->chips, "chip", error)) >= 0 &&
        (host->key = csv_require_column(host->chips, "key", error)) >= 0 &&
        (host->value = csv_require_column(host->chips, "value", error)) >= 0 &&
        (host->rows = csv_require_column(host->chips, "rows", error)) >= 0)
        return 0;
    host_close(host);
    return -1;
}

void host_close(struct host *host) {
    csv_table_free(host->chips);
    host->chips = NULL;
}

static bool chip_parse(const char *chip, int *generation, int *tier) {
    static const char *const tiers[] = {"", " Pro", " Max", " Ultra"};
    char *end;
    if (chip[0] != 'M' || chip[1] < '1' || chip[1] > '9')
        return false;
    *generation = (int)strtol(chip + 1, &end, 10);
    for (*tier = 0; *tier < 4; ++*tier)
        if (strcmp(end, tiers[*tier]) == 0)
            return true;
    return false;
}

int host_distance(const char *a, const char *b) {
    int generation_a, tier_a, generation_b, tier_b;
    if (!chip_parse(a, &generation_a, &tier_a) || !chip_parse(b, &generation_b, &tier_b))
        return -1;
    return abs(generation_a - generation_b) + abs(tier_a - tier_b);
}

/* The row of a chip's key when it has a value; rows of the table otherwise. */
static size_t row_find(const struct host *host, const char *chip, const char *key, double *value) {
    struct error ignored;
    size_t row = 0;
    for (; row < csv_rows(host->chips); row++)
        if (strcmp(csv_text(host->chips, row, host->chip), chip) == 0 &&
            strcmp(csv_text(host->chips, row, host->key), key) == 0 &&
            csv_number(host->chips, row, host->value, value, &ignored) == 1)
            break;
    return row;
}

int host_own(const struct host *host, const char *chip, const char *key, struct host_work *out) {
    size_t row = row_find(host, chip, key, &out->ms);
    if (row == csv_rows(host->chips))
        return -1;
    snprintf(out->from, sizeof out->from, "%s (rows %.200s)", chip,
        csv_text(host->chips, row, host->rows));
    return 0;
}

/* The chips that have the figure and are nearest; returns how many. */
static int relatives(const struct host *host, const char *chip, const char *key, const char **out) {
    int nearest = INT_MAX, n = 0;
    double ignored;
    for (size_t row = 0; row < csv_rows(host->chips); row++) {
        const char *other = csv_text(host->chips, row, host->chip);
        int distance = host_distance(chip, other);
        if (distance <= 0 || strcmp(csv_text(host->chips, row, host->key), key) != 0 ||
            row_find(host, other, key, &ignored) != row || distance > nearest)
            continue;
        if (distance < nearest)
            n = 0;
        nearest = distance;
        if (n < RELATIVES_MAX)
            out[n++] = other;
    }
    return n;
}

static void relatives_name(const char *const *names, int n, char *out, size_t bytes) {
    size_t used = 0;
    for (int i = 0; i < n && used < bytes; i++)
        used +=
            (size_t)snprintf(out + used, bytes - used, "%s%s", i ? "; " : "relatives: ", names[i]);
}

/* "M4 Max" as sim:m4-max: a device's name takes the chip's in any case, with a hyphen. */
static void device_name(const char *chip, char *out, size_t bytes) {
    snprintf(out, bytes, "sim:%s", chip);
    for (char *c = out; *c; c++)
        if (*c == ' ')
            *c = '-';
}

/* A published step less the engine's part; no less than nothing. */
static int step_rest_ms(const struct host *host, const char *chip, const char *key,
    const struct train_shape *shape, enum train_weights_place place, double *ms,
    struct device_error *error) {
    char device[64];
    double engine_ms;
    (void)row_find(host, chip, key, ms);
    device_name(chip, device, sizeof device);
    if (plan_engine_ms(device, shape, place, false, &engine_ms, error) != 0)
        return -1;
    *ms = fmax(*ms - engine_ms, 0);
    return 0;
}

static int refuse(struct device_error *error, const char *chip, const char *key) {
    device_error_set(error, DEVICE_BROKEN, "open",
        "results/chips.csv has no %s for %s or any relative; make it again with results/chips.sh",
        key, chip);
    return -1;
}

int host_step_ms(const struct host *host, const char *chip, const struct train_shape *shape,
    enum train_weights_place place, bool leave_out, struct host_work *out,
    struct device_error *error) {
    const char *key = place == TRAIN_WEIGHTS_BAKED ? "host_static_step_ms" : "host_dynamic_step_ms";
    const char *names[RELATIVES_MAX];
    double rests[RELATIVES_MAX];

    if (!leave_out && host_own(host, chip, key, out) == 0)
        return step_rest_ms(host, chip, key, shape, place, &out->ms, error);
    int n = relatives(host, chip, key, names);
    if (n == 0)
        return refuse(error, chip, key);
    for (int i = 0; i < n; i++)
        if (step_rest_ms(host, names[i], key, shape, place, &rests[i], error) != 0)
            return -1;
    out->ms = stats_median(rests, (size_t)n);
    relatives_name(names, n, out->from, sizeof out->from);
    return 0;
}

int host_figure(const struct host *host, const char *chip, const char *key, struct host_work *out,
    struct device_error *error) {
    const char *names[RELATIVES_MAX];
    double values[RELATIVES_MAX];

    if (host_own(host, chip, key, out) == 0)
        return 0;
    int n = relatives(host, chip, key, names);
    if (n == 0)
        return refuse(error, chip, key);
    for (int i = 0; i < n; i++)
        (void)row_find(host, names[i], key, &values[i]);
    out->ms = stats_median(values, (size_t)n);
    relatives_name(names, n, out->from, sizeof out->from);
    return 0;
}

int host_parts(const struct host *host, const char *chip, double step_ms, struct host_parts *out,
    struct device_error *error) {
    struct host_work io, classifier, elementwise, norm;
    if (host_figure(host, chip, "host_forward_io_ms", &io, error) != 0 ||
        host_figure(host, chip, "host_forward_classifier_ms", &classifier, error) != 0 ||
        host_figure(host, chip, "host_forward_elementwise_ms", &elementwise, error) != 0 ||
        host_figure(host, chip, "host_forward_rms_ms", &norm, error) != 0)
        return -1;
    out->io_ms = io.ms;
    out->classifier_ms = classifier.ms;
    out->elementwise_ms = elementwise.ms + norm.ms;
    out->rest_ms = fmax(step_ms - out->io_ms - out->classifier_ms - out->elementwise_ms, 0);
    snprintf(out->from, sizeof out->from,
        "io %.100s, classifier %.100s, elementwise %.100s and %.100s", io.from, classifier.from,
        elementwise.from, norm.from);
    return 0;
}
