/* SPDX-License-Identifier: MIT */
#include "train/plan/host.h"
#include "train/plan/timeline.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.9;
/* Of two, each has only the other: no error is left to make an interval from when one is left out. */
static const int enough_chips = 3;

const struct host_checked host_checked[HOST_CHECKED] = {
    {"static_step_ms", "host_static_step_ms", HOST_TRAINING},
    {"dynamic_step_ms", "host_dynamic_step_ms", HOST_TRAINING},
    {"forward_engine_ms", "host_forward_engine_ms", HOST_TRAINING},
    {"compile_set_ms", "host_compile_set_ms", HOST_TRAINING},
    {"stream_gb_ms", "host_stream_gb_ms", HOST_STREAM},
    {"forward_io_ms", "host_forward_io_ms", HOST_PART},
    {"forward_classifier_ms", "host_forward_classifier_ms", HOST_PART},
    {"forward_elementwise_ms", "host_forward_elementwise_ms", HOST_PART},
    {"forward_rms_ms", "host_forward_rms_ms", HOST_PART},
    {"batch_ms", "host_batch_ms", HOST_PART},
    {"load_ms", "host_load_ms", HOST_PART},
    {"nap_wake_ms", "nap_wake_ms", HOST_WAKE},
    {"sleep_wake_ms", "sleep_wake_ms", HOST_WAKE},
};

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

/* The estimate from a chip's relatives. */
struct relatives {
    double log_sum, weights; /* sum of weighted logarithms */
    int nearest;             /* distance of the nearest; 0 when there are none */
};

/* All chips with the figure except the chip itself and `without` (or NULL). */
static struct relatives relatives_of(
    const struct host *host, const char *chip, const char *key, const char *without) {
    struct relatives r = {0, 0, 0};
    double value;
    for (size_t row = 0; row < csv_rows(host->chips); row++) {
        const char *other = csv_text(host->chips, row, host->chip);
        const int distance = host_distance(chip, other);
        if (distance <= 0 || strcmp(csv_text(host->chips, row, host->key), key) != 0 ||
            (without && strcmp(other, without) == 0) || row_find(host, other, key, &value) != row ||
            !(value > 0))
            continue;
        const double weight = pow(distance, -3);
        r.log_sum += weight * log(value);
        r.weights += weight;
        if (r.nearest == 0 || distance < r.nearest)
            r.nearest = distance;
    }
    return r;
}

/* Relatives with at least a tenth of the weight, in the table's order. */
static void relatives_name(const struct host *host, const char *chip, const char *key,
    double weights, char *out, size_t bytes) {
    size_t used = (size_t)snprintf(out, bytes, "relatives:");
    double value;
    for (size_t row = 0; row < csv_rows(host->chips) && used < bytes; row++) {
        const char *other = csv_text(host->chips, row, host->chip);
        const int distance = host_distance(chip, other);
        if (strcmp(csv_text(host->chips, row, host->key), key) == 0 && distance > 0 &&
            row_find(host, other, key, &value) == row && pow(distance, -3) >= 0.1 * weights)
            used += (size_t)snprintf(
                out + used, bytes - used, "%s %s", out[used - 1] == ':' ? "" : ";", other);
    }
}

/* How an error grows with the distance: two sources of one chip differ as much as neighbours do beyond that. */
static double spread(int distance) {
    return sqrt(1 + distance);
}

static int chips_count(const struct host *host, const char *key) {
    int n = 0;
    double value;
    for (size_t row = 0; row < csv_rows(host->chips); row++)
        n += strcmp(csv_text(host->chips, row, host->key), key) == 0 &&
             row_find(host, csv_text(host->chips, row, host->chip), key, &value) == row;
    return n;
}

bool host_is_predicted(const struct host *host, const char *key, char *why, size_t bytes) {
    const int n = chips_count(host, key);
    why[0] = '\0';
    if (n < enough_chips)
        snprintf(why, bytes, "published for %d chip%s; a prediction and an interval take %d", n,
            n == 1 ? "" : "s", enough_chips);
    return n >= enough_chips;
}

static enum host_kind kind_of(const char *key) {
    for (int q = 0; q < HOST_CHECKED; q++)
        if (strcmp(key, host_checked[q].key) == 0)
            return host_checked[q].kind;
    return HOST_TRAINING;
}

size_t host_errors(
    const struct host *host, const char *without, const char *of, double *errors, size_t room) {
    double value;
    size_t n = 0;
    for (size_t row = 0; row < csv_rows(host->chips); row++) {
        const char *other = csv_text(host->chips, row, host->chip);
        const char *key = csv_text(host->chips, row, host->key);
        for (int q = 0; q < HOST_CHECKED && n < room; q++) {
            if (strcmp(key, host_checked[q].key) != 0 || host_checked[q].kind != kind_of(of) ||
                strcmp(other, without) == 0 || row_find(host, other, key, &value) != row)
                continue;
            const struct relatives r = relatives_of(host, other, key, without);
            if (r.nearest > 0)
                errors[n++] = fabs(r.log_sum / r.weights - log(value)) / spread(r.nearest);
        }
    }
    return n;
}

static int order(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* What one more error stays within nine times out of ten, divided by its spread; NaN when there are none. Nothing of
 * `chip` is used. */
static double half_width(const struct host *host, const char *chip, const char *of) {
    double errors[HOST_ERRORS_MAX], squares = 0;
    const size_t n = host_errors(host, chip, of, errors, HOST_ERRORS_MAX),
                 rank = (size_t)ceil(level * (double)(n + 1));
    if (n == 0 || chips_count(host, of) < enough_chips)
        return NAN;
    qsort(errors, n, sizeof *errors, order);
    if (rank <= n)
        return errors[rank - 1];
    for (size_t i = 0; i < n; i++)
        squares += errors[i] * errors[i];
    return gsl_cdf_tdist_Pinv((1 + level) / 2, (double)n) * sqrt(squares / (double)n);
}

static void interval_set(const struct host *host, const char *chip, const char *key, int distance,
    struct host_work *out) {
    const double factor = exp(half_width(host, chip, key) * spread(distance));
    out->low_ms = out->ms / factor;
    out->high_ms = out->ms * factor;
}

void host_own_of(
    const struct host *host, const char *chip, const char *key, double ms, struct host_work *out) {
    out->ms = ms;
    interval_set(host, chip, key, 0, out);
}

int host_own(const struct host *host, const char *chip, const char *key, struct host_work *out) {
    double ms;
    size_t row = row_find(host, chip, key, &ms);
    if (row == csv_rows(host->chips))
        return -1;
    host_own_of(host, chip, key, ms, out);
    snprintf(out->from, sizeof out->from, "%s (rows %.200s)", chip,
        csv_text(host->chips, row, host->rows));
    return 0;
}

int host_figure(const struct host *host, const char *chip, const char *key, bool leave_out,
    struct host_work *out, struct device_error *error) {
    if (!leave_out && host_own(host, chip, key, out) == 0)
        return 0;
    const struct relatives r = relatives_of(host, chip, key, NULL);
    if (r.nearest == 0) {
        device_error_set(error, DEVICE_BROKEN, "open",
            "results/chips.csv has no %s for %s or any relative; regenerate it with "
            "results/chips.sh",
            key, chip);
        return -1;
    }
    out->ms = exp(r.log_sum / r.weights);
    interval_set(host, chip, key, r.nearest, out);
    relatives_name(host, chip, key, r.weights, out->from, sizeof out->from);
    return 0;
}

/* "M4 Max" as sim:m4-max: a device name has the chip's name in any case, with a hyphen. */
static void device_name(const char *chip, char *out, size_t bytes) {
    snprintf(out, bytes, "sim:%s", chip);
    for (char *c = out; *c; c++)
        if (*c == ' ')
            *c = '-';
}

const char *host_step_key(enum train_weights_place place) {
    return place == TRAIN_WEIGHTS_BAKED ? "host_static_step_ms" : "host_dynamic_step_ms";
}

int host_step_ms(const struct host *host, const char *chip, const struct train_shape *shape,
    enum train_weights_place place, struct host_work *out, struct device_error *error) {
    char device[64];
    double engine_ms;
    if (host_figure(host, chip, host_step_key(place), false, out, error) != 0)
        return -1;
    device_name(chip, device, sizeof device);
    if (plan_engine_ms(device, shape, place, false, &engine_ms, error) != 0)
        return -1;
    out->ms = fmax(out->ms - engine_ms, 0);
    out->low_ms = fmax(out->low_ms - engine_ms, 0);
    out->high_ms = fmax(out->high_ms - engine_ms, 0);
    return 0;
}

int host_parts(const struct host *host, const char *chip, double step_ms, struct host_parts *out,
    struct device_error *error) {
    struct host_work io, classifier, elementwise, norm;
    if (host_figure(host, chip, "host_forward_io_ms", false, &io, error) != 0 ||
        host_figure(host, chip, "host_forward_classifier_ms", false, &classifier, error) != 0 ||
        host_figure(host, chip, "host_forward_elementwise_ms", false, &elementwise, error) != 0 ||
        host_figure(host, chip, "host_forward_rms_ms", false, &norm, error) != 0)
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
