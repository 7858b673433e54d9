/* SPDX-License-Identifier: MIT */
#include "train/plan/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* As exactly as it is known: an interval of this width leaves two digits of a figure. */
static double round2(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.2g", value);
    return strtod(text, NULL);
}

static void figure_put(const struct host *host, const char *chip, int q, struct table *table) {
    const char *key = host_checked[q].key;
    struct host_work work = {.ms = NAN, .low_ms = NAN, .high_ms = NAN};
    struct device_error none;
    char why[100];
    const bool is_own = host_own(host, chip, key, &work) == 0,
               is_predicted = host_is_predicted(host, key, why, sizeof why),
               is_there = is_own ||
                          (is_predicted && host_figure(host, chip, key, true, &work, &none) == 0);
    if (!is_there && is_predicted)
        snprintf(why, sizeof why, "published for no relative of %.20s", chip);
    table_put_text(table, host_checked[q].name);
    table_put_text(table, is_own ? "published" : is_there ? "predicted" : "unknown");
    table_put_number(table, is_own ? work.ms : round2(work.ms));
    table_put_number(table, round2(work.low_ms));
    table_put_number(table, round2(work.high_ms));
    table_put_text(table, work.from);
    table_put_text(table, why);
    table_end_row(table, &(const struct table_origin){.chip = chip, .clock = "virtual"});
}

int figures_table(const struct host *host, const char *chip, struct table *table) {
    for (int q = 0; q < HOST_CHECKED; q++)
        figure_put(host, chip, q, table);
    return 0;
}
