/* SPDX-License-Identifier: MIT
 *
 * An eval of any program on simulated chips, from its arithmetic, bytes and one dispatch.
 *
 * A chip's figures are fitted to single convolutions. Published forward passes of Stories110M, whose programs
 * hold several operators each, take longer than those figures say: the estimate is the simulated time times the
 * geometric mean of that factor over the chips that have both. Its 90 % interval is that of one more chip, by
 * Student's t. Its deviation is that of the factors' logarithms, of which there are few, together with that of host.h's
 * errors for other chips' trainings: both are how far one chip is from its like. For a program of one product it
 * reaches down to the simulated time, which single convolutions take. Where the published rate of streaming weights says longer than the interval's upper end,
 * that is the upper end.
 */
#ifndef ANEPROBE_TRAIN_PLAN_PROGRAM_H
#define ANEPROBE_TRAIN_PLAN_PROGRAM_H

#include "table/table.h"
#include "train/plan/host.h"

/* Forward passes that were published, and what the chip's simulated engine takes for the same. */
struct program_passes {
    int n;
    struct {
        char chip[32], from[256];
        double published_ms, simulated_ms;
    } of[32];
};
/* Returns -1 and *error when a device fails. */
int program_passes_find(
    const struct host *host, struct program_passes *out, struct device_error *error);
/* Scales a simulated time by the passes of all chips but `without` (NULL: of all), of a program of one product or
 * of several. `host` NULL: the deviation is the passes' alone. NaN when there are fewer than two. */
void program_scale(const struct host *host, const struct program_passes *passes,
    const char *without, bool is_plain, double simulated_ms, struct host_work *out);

/* A row of table_form_plan_program for `chip`, or for each chip of the table when it is NULL: an eval of the first
 * function in the file, a .mil text or a package. Returns -1 and *error on failure. */
int program_table(const struct host *host, const char *file, const char *chip, struct table *table,
    struct error *error);

#endif
