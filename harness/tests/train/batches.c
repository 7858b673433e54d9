/* SPDX-License-Identifier: MIT
 *
 * Batches: the last of a run may have fewer steps than the others, and its mean is over those.
 */
#include "run_kit.h"

/* The number `from_end` rows before the last in a column of one of the run's tables. */
static double cell_of(
    const struct run_kit *r, const char *file, const char *column, size_t from_end) {
    char path[100];
    struct csv_table *table;
    struct error error;
    double value = NAN;
    snprintf(path, sizeof path, "%s/%s", r->directory, file);
    cr_assert_eq(csv_table_read(path, &table, &error), 0, "%s", error.text);
    cr_assert_eq(csv_number(table, csv_rows(table) - 1 - from_end, csv_column(table, column),
                     &value, &error),
        1);
    csv_table_free(table);
    return value;
}

static double last_of(const struct run_kit *r, const char *column) {
    return cell_of(r, "updates.csv", column, 0);
}

/* Six steps in batches of this size, with weights that do not change. */
static void batches_of(const char *accum, struct run_kit *r) {
    const char *const options[] = {
        "--update", "sync", "--accum", accum, "--steps", "6", "--lr", "1e-30", NULL};
    run_new(r);
    run_open(r, PLAIN_MODEL, false, options);
    cr_assert_eq(run_go(r), TRAINING_DONE, "%s", r->error.text);
    run_close(r);
}

Test(batches, the_last_loss_is_the_mean_of_its_own_steps) {
    struct run_kit twos, fours;
    batches_of("2", &twos);
    batches_of("4", &fours);
    cr_expect_eq(last_of(&twos, "update"), 3);
    cr_expect_eq(last_of(&fours, "update"), 2);
    cr_expect_gt(last_of(&twos, "gradient_norm"), 0);
    cr_expect_eq(last_of(&fours, "gradient_norm"), last_of(&twos, "gradient_norm"));
    cr_expect_eq(last_of(&fours, "loss"), last_of(&twos, "loss"));
    cr_expect_eq(last_of(&fours, "loss"),
        (cell_of(&fours, "steps.csv", "loss", 0) + cell_of(&fours, "steps.csv", "loss", 1)) / 2);
    run_remove(&twos);
    run_remove(&fours);
}

/* Up to 0.01 in the first four steps, then half a cosine down to a tenth of it at step 18. */
Test(batches, learning_rate_rises_and_falls) {
    static const char *const options[] = {
        "--update", "sync", "--accum", "1", "--warmup", "4", "--lr-end", "0.1", NULL};
    struct run_kit r;
    run_new(&r);
    run_open(&r, PLAIN_MODEL, false, options);
    cr_assert_eq(run_go(&r), TRAINING_DONE, "%s", r.error.text);
    run_close(&r);
    for (size_t step = 1; step <= 18; step++) {
        const double left = 0.5 + 0.5 * cos(M_PI * (double)step / 18);
        const double risen = step < 4 ? (double)step / 4 : 1;
        cr_expect_float_eq(cell_of(&r, "updates.csv", "learning_rate", 18 - step),
            0.01 * risen * (0.1 + 0.9 * left), 1e-9, "step %zu", step);
    }
    run_remove(&r);
}

/* The step of the newest checkpoint at each of the run's steps. */
static void checkpoints_note(void *context, const struct training_progress *p) {
    ((uint64_t *)context)[p->step - 1] = p->checkpoint_step;
}

/* Before every second update, and at the end. */
Test(batches, checkpoints_are_written_as_often_as_requested) {
    static const volatile sig_atomic_t never = 0;
    static const char *const options[] = {"--update", "sync", NULL};
    uint64_t at[18] = {0};
    struct run_kit r;
    struct training_progress p;
    run_new(&r);
    run_open(&r, PLAIN_MODEL, false, options); /* 18 steps, 3 a batch, --checkpoint-every 2 */
    cr_assert_eq(training_run(r.training, &never, checkpoints_note, at, &r.error), TRAINING_DONE);
    for (int step = 1; step <= 18; step++)
        cr_expect_eq(at[step - 1],
            step <= 6    ? 0
            : step <= 12 ? 6
                         : 12,
            "step %d: %d", step, (int)at[step - 1]);
    training_progress_get(r.training, &p);
    cr_expect_eq(p.checkpoint_step, 18);
    run_close(&r);
    run_remove(&r);
}

/* Until the first update the loss that is told is the mean so far; from then on it is that of the last batch. */
static void losses_note(void *context, const struct training_progress *p) {
    ((double *)context)[p->step - 1] = p->loss;
}

Test(batches, the_loss_that_is_told) {
    static const volatile sig_atomic_t never = 0;
    static const char *const options[] = {"--update", "sync", NULL};
    double told[18] = {0}, sum = 0, first = 0;
    struct run_kit r;
    run_new(&r);
    run_open(&r, PLAIN_MODEL, false, options); /* 18 steps, 3 a batch */
    cr_assert_eq(training_run(r.training, &never, losses_note, told, &r.error), TRAINING_DONE);
    run_close(&r);
    for (int step = 1; step <= 5; step++) {
        if (step <= 3)
            sum += cell_of(&r, "steps.csv", "loss", (size_t)(18 - step));
        first = step == 3 ? sum / 3 : first;
        cr_expect_float_eq(told[step - 1], step <= 3 ? sum / step : first, 1e-12, "step %d", step);
    }
    run_remove(&r);
}

/* Whoever asks, not only the command: another run's directory is not written to. */
Test(batches, a_directory_that_holds_a_run_is_refused) {
    static const char *const options[] = {"--update", "sync", "--steps", "3", NULL};
    struct run_kit r;
    struct training *other = NULL;
    struct device_error why;
    char notice[700];
    run_new(&r);
    run_open(&r, PLAIN_MODEL, false, options);
    cr_assert_eq(run_go(&r), TRAINING_DONE, "%s", r.error.text);
    training_close(r.training);
    cr_expect_eq(
        training_open(r.device, &r.options, &other, notice, sizeof notice, &why), DEVICE_BROKEN);
    cr_expect(strstr(why.text, "already holds a run"), "%s", why.text);
    training_close(other);
    device_close(r.device);
    run_remove(&r);
}
