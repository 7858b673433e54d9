/* SPDX-License-Identifier: MIT
 *
 * Published times of training from the host_ keys of results/chips.csv: whole steps, the engine's
 * part, the processor's part, compiles. For a chip without rows of its own they are estimated from
 * its relatives.
 *
 * Distance: generations apart plus tiers apart, of base, Pro, Max, Ultra. So M4 is as far from M5
 * as from M4 Pro. The estimate is the mean of all other chips' logarithms, weighted by 1 / distance^3.
 *
 * Interval, 90 %: the estimate times or divided by exp(e sqrt(1 + d)), where d is the distance of the nearest relative,
 * or 0 for the chip's own figure: what another source would report. e is what one more of this rule's errors for all other
 * chips and the keys of the same kind stays within nine times out of ten, each divided by its sqrt(1 + d): of n errors the
 * one of rank 0.9 (n + 1); of fewer than nine their root mean square times Student's quantile with as many degrees of
 * freedom. The chip itself is not used. The exponent and the 1 were chosen knowing the figures that the rule is checked
 * against. A figure that fewer than three chips have has no interval, and is not predicted.
 */
#ifndef ANEPROBE_TRAIN_PLAN_HOST_H
#define ANEPROBE_TRAIN_PLAN_HOST_H

#include "device/device.h"
#include "measure/csv.h"
#include "train/plan/kernels.h"

struct host {
    struct csv_table *chips; /* results/chips.csv */
    int chip, key, value, rows;
};

struct host_work {
    double ms, low_ms, high_ms; /* the interval: NaN when the rule's error is unknown */
    char from[256]; /* the chips used, and for the chip's own figure the rows of published.csv */
};

/* The figures that are checked and give the intervals: the errors of one kind those of that kind. Of streams GB/s are
 * published, of all others times. */
enum { HOST_CHECKED = 13 };
enum host_kind { HOST_TRAINING, HOST_PART, HOST_STREAM, HOST_WAKE };
extern const struct host_checked {
    const char *name, *key;
    enum host_kind kind;
} host_checked[HOST_CHECKED];

/* -1 and *error: the file is missing or lacks a column. */
int host_open(struct host *host, const char *chips_path, struct error *error);
void host_close(struct host *host);

/* The rule's errors for the figures of the key's kind, of all chips but `without`: in logarithms, without sign, divided by
 * sqrt(1 + distance). Returns how many. */
enum { HOST_ERRORS_MAX = 256 };
size_t host_errors(
    const struct host *host, const char *without, const char *key, double *errors, size_t room);

/* Do enough chips have the figure for a prediction with an interval? Otherwise `why` says how many have it, and how many
 * it takes. */
bool host_is_predicted(const struct host *host, const char *key, char *why, size_t bytes);

/* The distance of two chips ("M4 Max"); -1 when one is not of the M series. */
int host_distance(const char *a, const char *b);

/* A figure of the chip itself; -1 when it has none. */
int host_own(const struct host *host, const char *chip, const char *key, struct host_work *out);

/* The interval of the chip's own figure. */
void host_own_of(
    const struct host *host, const char *chip, const char *key, double ms, struct host_work *out);

/* One figure of chips.csv: the chip's own, or with `leave_out` or when it has none, that of its
 * relatives. -1 and *error when no chip has one. */
int host_figure(const struct host *host, const char *chip, const char *key, bool leave_out,
    struct host_work *out, struct device_error *error);

/* A whole published step with weights in `place`. */
const char *host_step_key(enum train_weights_place place);
/* Host work of one step: the whole step less the simulated engine's part. -1 and *error when no
 * chip has a step, or a device fails. */
int host_step_ms(const struct host *host, const char *chip, const struct train_shape *shape,
    enum train_weights_place place, struct host_work *out, struct device_error *error);

/* The processor's part of a step of train_large. The trainer's counters cover only the forward
 * pass, so the backward pass, with its sgemms and classifier, is the rest of `step_ms`, which also
 * includes whatever the simulated engine does too fast. */
struct host_parts {
    double io_ms, classifier_ms, elementwise_ms; /* forward */
    double rest_ms;
    char from[512];
};
int host_parts(const struct host *host, const char *chip, double step_ms, struct host_parts *out,
    struct device_error *error);

#endif
