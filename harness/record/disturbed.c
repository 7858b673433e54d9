/* SPDX-License-Identifier: MIT */
#include "record/disturbed.h"

#include <math.h>
#include <string.h>

const char *const disturbed_columns[DISTURBED_COLUMNS] = {"others_pct", "others_error_pct",
    "stolen_pct", "waited_pct", "switches", "frequency_mhz", "thermal_pressure"};

static const char *const names[DISTURBED_STATES] = {"", "no", "yes"};

const char *disturbed_name(enum disturbed disturbed) {
    return names[disturbed];
}

enum disturbed disturbed_find(const char *name) {
    int i = 0;
    while (i < DISTURBED_STATES && strcmp(name, names[i]) != 0)
        i++;
    return (enum disturbed)i;
}

/* To a hundredth: the kernel counts no finer. */
static void percent_put(struct csv_writer *out, bool has, double share) {
    csv_put_number(out, has ? round(share * 1e4) / 100 : (double)NAN);
}

static void count_put(struct csv_writer *out, bool has, uint64_t count) {
    if (has)
        csv_put_u64(out, count);
    else
        csv_put_empty(out);
}

void disturbed_put(struct csv_writer *out, const struct disturbance *d) {
    static const struct disturbance none = {0};
    if (!d)
        d = &none;
    percent_put(out, d->has_others, d->others_cpus / d->n_processors);
    percent_put(out, d->has_others, d->error_cpus / d->n_processors);
    percent_put(out, d->has_others && d->has_stolen, d->stolen_cpus / d->n_processors);
    percent_put(out, d->has_waited, d->waited_share);
    count_put(out, d->has_switches, d->switches);
    csv_put_number(out, d->has_frequency ? d->frequency_mhz : (double)NAN);
    count_put(out, d->has_thermal_pressure, d->thermal_pressure);
}

/* NaN where the table has no such column, or nothing in it. */
static int cell_read(
    const struct csv_table *table, size_t row, int which, double *value, struct error *error) {
    const int column = csv_column(table, disturbed_columns[which]);
    const int found = column < 0 ? 0 : csv_number(table, row, column, value, error);
    if (found == 0)
        *value = NAN;
    return found < 0 ? -1 : 0;
}

static enum disturbed by_bound(double others_pct, double error_pct) {
    return isnan(others_pct)                                        ? DISTURBED_UNKNOWN
           : others_pct - fmax(error_pct, 0) > DISTURBED_OTHERS_PCT ? DISTURBED_YES
                                                                    : DISTURBED_NO;
}

enum disturbed disturbed_is(const struct disturbance *d) {
    return d->has_others ? by_bound(100 * d->others_cpus / d->n_processors,
                               100 * d->error_cpus / d->n_processors)
                         : DISTURBED_UNKNOWN;
}

int disturbed_read(const struct csv_table *table, size_t row, enum disturbed *disturbed,
    double *others_pct, struct error *error) {
    double error_pct;
    if (cell_read(table, row, DISTURBED_OTHERS, others_pct, error) != 0 ||
        cell_read(table, row, DISTURBED_ERROR, &error_pct, error) != 0)
        return -1;
    *disturbed = by_bound(*others_pct, error_pct); /* an error that is not known is none */
    return 0;
}
