/* SPDX-License-Identifier: MIT
 *
 * Which disturbed trials are repeated, and when that ends.
 */
#include "runner/run/again.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct schedule schedule;
static struct journal journal;
static struct csv_table *claims;
static size_t n_planned;

static const char claims_bytes[] =
    "finding,experiment,rests_on\nwatch.fast,watch,time\nwatch.right,"
    "watch,outputs\nlook.right,look,outputs\n";

/* One arm an experiment, `blocks` trials of each. All are done. */
static void plan(const char *const *experiments, size_t n_experiments, unsigned blocks) {
    struct schedule_arm arms[3];
    struct text text;
    struct error error;
    for (size_t i = 0; i < n_experiments; i++)
        arms[i] = (struct schedule_arm){
            .experiment = experiments[i], .arm = "a", .order = {.blocks = blocks}, .limit_s = 9};
    cr_assert_eq(schedule_make(arms, n_experiments, 1, &text, &error), 0, "%s", error.text);
    cr_assert_eq(schedule_parse("s", text.bytes, text.n_bytes, &schedule, &error), 0);
    text_free(&text);
    n_planned = schedule.n;
    cr_assert_eq(journal_parse("j", "", 0, &schedule, &journal, &error), 0);
    journal.n_done = n_planned;
    cr_assert_eq(csv_table_parse("claims", claims_bytes, strlen(claims_bytes), &claims, &error), 0);
}

/* Adds the next repetition, which is not done yet. False when there is none. */
static bool ask_only(size_t *index) {
    struct text text;
    struct schedule longer;
    struct error error;
    if (!again_next(&schedule, &journal, claims, index))
        return false;
    cr_assert_eq(schedule_again(&schedule, *index, &text, &error), 0);
    cr_assert_eq(
        schedule_parse("s", text.bytes, text.n_bytes, &longer, &error), 0, "%s", error.text);
    text_free(&text);
    cr_assert_eq(journal_grow(&journal, longer.n, &error), 0);
    schedule_free(&schedule);
    schedule = longer;
    cr_assert_eq(schedule.n_planned, n_planned);
    return true;
}

/* Adds the next repetition and finishes it with this result. */
static bool ask(enum disturbed outcome, size_t *index) {
    if (!ask_only(index))
        return false;
    journal.entries[journal.n_done++] =
        (struct journal_entry){.status = JOB_OK, .disturbed = outcome};
    return true;
}

static void disturb(size_t index) {
    journal.entries[index].disturbed = DISTURBED_YES;
}

static void over(void) {
    schedule_free(&schedule);
    journal_free(&journal);
    csv_table_free(claims);
}

TestSuite(again, .fini = over);

Test(again, each_is_repeated_once_then_again_up_to_the_bound) {
    size_t index, n = 0, asked[16];
    plan((const char *const[]){"watch"}, 1, 4);
    disturb(1);
    disturb(3);
    while (ask(DISTURBED_YES, &index))
        asked[n++] = index;
    cr_assert_eq(n, 4);
    cr_assert(asked[0] == 1 && asked[1] == 3 && asked[2] == 1 && asked[3] == 3);
    const struct again_count count = again_count(&schedule, &journal);
    cr_assert(count.n_disturbed == 2 && count.n_again == 4 && count.n_left == 2);
    cr_assert_eq(schedule_asked_before(&schedule, 4), 1);
    cr_assert_eq(schedule_asked_before(&schedule, 7), 2);
    for (size_t i = 0; i < schedule.n; i++)
        cr_expect_eq(schedule.jobs[i].n_blocks, 4, "a repeated trial adds no block");
}

/* Stopped in between: a repetition that is not done yet leaves its trial as disturbed as it was. */
Test(again, a_repetition_that_is_not_done_yet_leaves_its_trial_disturbed) {
    size_t index;
    plan((const char *const[]){"watch"}, 1, 3);
    disturb(2);
    cr_assert(ask_only(&index));
    cr_assert_eq(again_count(&schedule, &journal).n_left, 1);
}

Test(again, an_undisturbed_trial_is_not_repeated) {
    size_t index;
    plan((const char *const[]){"watch"}, 1, 3);
    disturb(2);
    cr_assert(ask(DISTURBED_NO, &index) && index == 2);
    cr_assert(!ask(DISTURBED_NO, &index));
    const struct again_count count = again_count(&schedule, &journal);
    cr_assert(count.n_disturbed == 1 && count.n_again == 1 && count.n_left == 0);
}

/* A value that cannot be read is not a disturbance, nor is a failure of the trial. */
Test(again, unknown_and_failed_trials_are_not_repeated) {
    size_t index;
    plan((const char *const[]){"watch"}, 1, 3);
    journal.entries[0].disturbed = DISTURBED_UNKNOWN;
    disturb(1);
    journal.entries[1].status = JOB_CRASHED;
    cr_assert(!ask(DISTURBED_NO, &index));
}

/* Verdicts about outputs do not depend on disturbances. An experiment without claims measures times. */
Test(again, only_trials_for_times_are_repeated) {
    size_t index;
    plan((const char *const[]){"watch", "look", "figures"}, 3, 1);
    for (size_t i = 0; i < 3; i++)
        disturb(i);
    for (int i = 0; i < 2; i++) {
        cr_assert(ask(DISTURBED_NO, &index));
        cr_assert(strcmp(schedule.jobs[index].experiment, "look") != 0);
    }
    cr_assert(!ask(DISTURBED_NO, &index));
}

Test(again, repetitions_end_on_a_machine_that_stays_busy) {
    size_t index, n = 0;
    plan((const char *const[]){"watch"}, 1, 100);
    for (size_t i = 0; i < 100; i++)
        disturb(i);
    while (ask(DISTURBED_YES, &index))
        n++;
    cr_assert_eq(n, DISTURBED_IN_VAIN);
    cr_assert_eq(again_count(&schedule, &journal).n_left, 100);
}

Test(again, trials_of_a_decided_experiment_are_not_repeated) {
    size_t index;
    plan((const char *const[]){"watch", "figures"}, 2, 2);
    for (size_t i = 0; i < 4; i++)
        if (strcmp(schedule.jobs[i].experiment, "figures") == 0 || schedule.jobs[i].block == 0)
            disturb(i);
        else
            journal.entries[i].status = JOB_DROPPED;
    for (int i = 0; i < 2; i++)
        cr_assert(
            ask(DISTURBED_NO, &index) && strcmp(schedule.jobs[index].experiment, "figures") == 0);
    cr_assert(!ask(DISTURBED_NO, &index));
}
