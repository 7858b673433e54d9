/* SPDX-License-Identifier: MIT
 *
 * What the processor does in training, from the host_ keys of results/chips.csv. A chip without
 * rows of its own takes after its nearest relatives.
 *
 * Distance: generations apart plus tiers apart, of base, Pro, Max, Ultra. So M4 is as far from M5
 * as from M4 Pro. The median over all chips at the least distance that have the figure is taken.
 * Nothing in this rule is fitted, but who chose it had seen the figures that it is checked against.
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
    double ms;
    char from[256]; /* which chips, and for the chip's own figure which rows of published.csv */
};

/* -1 and *error: the file is missing or lacks a column. */
int host_open(struct host *host, const char *chips_path, struct error *error);
void host_close(struct host *host);

/* How far apart two chips ("M4 Max") are; -1 when one is not of the M series. */
int host_distance(const char *a, const char *b);

/* A figure of the chip itself; -1 when it has none. */
int host_own(const struct host *host, const char *chip, const char *key, struct host_work *out);

/* Host work of one step with weights in `place`: a whole published step less the simulated engine's
 * part of it, of the chip itself, or with `leave_out` or where it has none, of its relatives. -1
 * and *error when no chip has one, or a device fails. */
int host_step_ms(const struct host *host, const char *chip, const struct train_shape *shape,
    enum train_weights_place place, bool leave_out, struct host_work *out,
    struct device_error *error);

/* One figure of chips.csv, of the chip itself, or where it has none, of its relatives. */
int host_figure(const struct host *host, const char *chip, const char *key, struct host_work *out,
    struct device_error *error);

/* What a step of train_large spends on the processor. The trainer's counters cover the forward pass
 * only, so the backward pass, its sgemms and classifier included, is what they leave of `step_ms`,
 * and with it what the simulated engine does too fast. */
struct host_parts {
    double io_ms, classifier_ms, elementwise_ms; /* forward */
    double rest_ms;
    char from[512];
};
int host_parts(const struct host *host, const char *chip, double step_ms, struct host_parts *out,
    struct device_error *error);

#endif
