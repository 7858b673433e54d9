/* SPDX-License-Identifier: MIT
 *
 * Batches: the last of a run may have fewer steps than the others, and its mean is over those.
 */
#include "run_kit.h"

/* The last number in a column of the run's updates. */
static double last_of(const struct run_kit *r, const char *column) {
    char path[100];
    struct csv_table *table;
    struct error error;
    double value = NAN;
    snprintf(path, sizeof path, "%s/updates.csv", r->directory);
    cr_assert_eq(csv_table_read(path, &table, &error), 0, "%s", error.text);
    cr_assert_eq(
        csv_number(table, csv_rows(table) - 1, csv_column(table, column), &value, &error), 1);
    csv_table_free(table);
    return value;
}

/* Six steps in batches of so many, with weights that do not change. */
static void batches_of(const char *accum, struct run_kit *r) {
    const char *const options[] = {
        "--update", "sync", "--accum", accum, "--steps", "6", "--lr", "1e-30", NULL};
    run_new(r);
    run_open(r, PLAIN_MODEL, false, options);
    cr_assert_eq(run_go(r), TRAINING_DONE, "%s", r->error.text);
    run_close(r);
}

Test(batches, last_one_is_a_mean_of_its_own_steps) {
    struct run_kit twos, fours;
    batches_of("2", &twos);
    batches_of("4", &fours);
    cr_expect_eq(last_of(&twos, "update"), 3);
    cr_expect_eq(last_of(&fours, "update"), 2);
    cr_expect_gt(last_of(&twos, "gradient_norm"), 0);
    cr_expect_eq(last_of(&fours, "gradient_norm"), last_of(&twos, "gradient_norm"));
    cr_expect_eq(last_of(&fours, "loss"), last_of(&twos, "loss"));
    run_remove(&twos);
    run_remove(&fours);
}
