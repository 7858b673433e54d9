/* SPDX-License-Identifier: MIT */
#include "train/run/training.h"

#include "measure/csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void training_joules(
    const struct training_energy *energy, enum meter_quantity quantity, struct meter_joules *out) {
    if (energy->has_windows)
        meter_joules_of(&energy->idle, &energy->work, quantity, out);
    else
        *out = (struct meter_joules){.reason = energy->reason};
}

bool training_joules_any(const struct training_energy *energy) {
    struct meter_joules joules;
    for (int q = 0; q < METER_QUANTITIES; q++) {
        training_joules(energy, (enum meter_quantity)q, &joules);
        if (!joules.reason)
            return true;
    }
    return false;
}

static void row_put(struct csv_writer *w, enum meter_quantity quantity,
    const struct meter_joules *joules, const struct conditions *conditions) {
    const double numbers[] = {(double)joules->n_steps, (double)joules->elapsed_ns, joules->work_j,
        joules->idle_w, joules->step_j, joules->net_step_j};
    csv_put_text(w, meter_quantity_name(quantity));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        csv_put_number(w, joules->reason ? (double)NAN : numbers[i]);
    csv_put_text(w, joules->reason ? joules->reason : "");
    csv_put_text(w, conditions->source);
    csv_put_text(w, conditions->mode);
    csv_put_text(w, conditions->thermal);
    (void)csv_end_row(w); /* the stream is checked at its end */
}

enum device_status training_energy_write(
    const struct training_energy *energy, const char *directory, struct device_error *error) {
    static const char *const columns[] = {"quantity", "updates", "work_ns", "work_j", "idle_w",
        "update_j", "net_update_j", "reason", "power_source", "power_mode", "thermal"};
    char path[1100];
    snprintf(path, sizeof path, "%s/energy.csv", directory);
    FILE *file = fopen(path, "w");
    if (!file)
        return device_error_set(
            error, DEVICE_BROKEN, "energy", "cannot write %s: %s", path, strerror(errno));
    struct csv_writer w = {.file = file};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_put_text(&w, columns[i]);
    (void)csv_end_row(&w);
    for (int q = 0; q < METER_QUANTITIES; q++) {
        struct meter_joules joules;
        training_joules(energy, (enum meter_quantity)q, &joules);
        if (!joules.reason || q == METER_ENGINE)
            row_put(&w, (enum meter_quantity)q, &joules, &energy->conditions);
    }
    const bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed)
        return device_error_set(error, DEVICE_BROKEN, "energy", "cannot write %s", path);
    return DEVICE_OK;
}
