/* SPDX-License-Identifier: MIT
 *
 * Schedules are balanced, shuffled and repeatable, and refused when damaged.
 */
#include "runner/run/schedule.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct schedule_arm arms[] = {{"alpha", "one", {5, false}, 10},
    {"alpha", "two", {5, false}, 10}, {"beta", "one", {2, false}, 20},
    {"beta", "never", {0, false}, 20}};
enum { N_ARMS = sizeof arms / sizeof *arms };

static void make(uint64_t seed, struct text *text, struct schedule *schedule) {
    struct error error;
    cr_assert_eq(schedule_make(arms, N_ARMS, seed, text, &error), 0);
    cr_assert_eq(schedule_parse("schedule.csv", text->bytes, text->n_bytes, schedule, &error), 0,
        "%s", error.text);
}

Test(schedule, every_arm_has_its_blocks) {
    struct text text;
    struct schedule schedule;
    make(1, &text, &schedule);
    cr_assert_eq(schedule.n, 12);
    for (int a = 0; a < N_ARMS; a++) {
        unsigned blocks = 0;
        for (size_t i = 0; i < schedule.n; i++)
            if (strcmp(schedule.jobs[i].experiment, arms[a].experiment) == 0 &&
                strcmp(schedule.jobs[i].arm, arms[a].arm) == 0) {
                cr_assert_eq(
                    schedule.jobs[i].block, blocks, "one trial a block, block after block");
                cr_assert_eq(schedule.jobs[i].limit_s, arms[a].limit_s);
                blocks++;
            }
        cr_assert_eq(blocks, arms[a].order.blocks);
    }
    schedule_free(&schedule);
    text_free(&text);
}

Test(schedule, jobs_are_numbered_as_they_run) {
    struct text text;
    struct schedule schedule;
    make(1, &text, &schedule);
    for (size_t i = 0; i < schedule.n; i++)
        cr_assert_eq(schedule.jobs[i].job, ORDER_FIRST_JOB + i);
    schedule_free(&schedule);
    text_free(&text);
}

/* Every job knows how many blocks its experiment has and which of its jobs came before, the first that it is the first. */
Test(schedule, jobs_know_their_experiment) {
    struct text text;
    struct schedule schedule;
    size_t last[2] = {SIZE_MAX, SIZE_MAX};
    make(1, &text, &schedule);
    for (size_t i = 0; i < schedule.n; i++) {
        const struct schedule_job *job = &schedule.jobs[i];
        const int beta = strcmp(job->experiment, "beta") == 0;
        cr_expect_eq(job->n_blocks, beta ? 2 : 5, "job %zu of %s", i, job->experiment);
        cr_expect_eq(job->before, last[beta] == SIZE_MAX ? i : last[beta], "job %zu", i);
        last[beta] = i;
    }
    schedule_free(&schedule);
    text_free(&text);
}

Test(schedule, follows_from_the_seed) {
    struct text first, again, other;
    struct error error;
    cr_assert_eq(schedule_make(arms, N_ARMS, 1, &first, &error), 0);
    cr_assert_eq(schedule_make(arms, N_ARMS, 1, &again, &error), 0);
    cr_assert_eq(schedule_make(arms, N_ARMS, 2, &other, &error), 0);
    cr_assert_str_eq(first.bytes, again.bytes);
    cr_assert_str_neq(first.bytes, other.bytes);
    text_free(&first);
    text_free(&again);
    text_free(&other);
}

Test(schedule, last_arms_come_after_all_blocks_of_others) {
    static const struct schedule_arm mixed[] = {
        {"p", "last", {3, true}, 1}, {"p", "a", {2, false}, 1}, {"p", "b", {4, false}, 1}};
    struct text text;
    struct schedule schedule;
    struct error error;
    cr_assert_eq(schedule_make(mixed, 3, 5, &text, &error), 0);
    cr_assert_eq(schedule_parse("schedule.csv", text.bytes, text.n_bytes, &schedule, &error), 0);
    cr_assert_eq(schedule.n, 9);
    for (size_t i = 0; i < schedule.n; i++)
        cr_assert_eq(strcmp(schedule.jobs[i].arm, "last") == 0, i >= 6, "job %zu", i + 1);
    cr_assert_eq(schedule.jobs[8].block, 2);
    schedule_free(&schedule);
    text_free(&text);
}

Test(schedule, refuses_no_trials_and_too_many) {
    static const struct schedule_arm none[] = {{"p", "a", {0, false}, 1}};
    static const struct schedule_arm many[] = {
        {"p", "a", {SCHEDULE_MOST_JOBS, false}, 1}, {"p", "b", {1, false}, 1}};
    struct text text;
    struct error error;
    cr_assert_eq(schedule_make(none, 1, 1, &text, &error), -1);
    cr_assert_eq(schedule_make(many, 2, 1, &text, &error), -1);
    cr_assert_eq(schedule_make(many, 1, 1, &text, &error), 0, "%s", error.text);
    text_free(&text);
}

Test(schedule, names_the_line_of_damage) {
    static const char header[] = "job,experiment,arm,block,limit_s\n";
    static const struct {
        const char *rows, *message;
    } bad[] = {{"", "no jobs"}, {"1,p,a,0\n", ":2:"}, {"2,p,a,0,5\n", "job 1 belongs here"},
        {"1,p,a,0,5\n3,p,a,1,5\n", ":3:"}, {"1,p,a,x,5\n", "block"}, {"1,p,a,-1,5\n", "block"},
        {"1,p,a,0,0\n", "limit_s"}, {"1,p,a,0,1.5\n", "limit_s"}, {"1,p,a,0,nan\n", "limit_s"},
        {"1,p,a,0,\n", "limit_s"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char bytes[256];
        struct schedule schedule;
        struct error error;
        int n = snprintf(bytes, sizeof bytes, "%s%s", header, bad[i].rows);
        cr_assert_eq(
            schedule_parse("schedule.csv", bytes, (size_t)n, &schedule, &error), -1, "%s", bytes);
        cr_assert_not_null(strstr(error.text, bad[i].message), "%s: %s", bad[i].rows, error.text);
        cr_assert_eq(error.code, EXIT_BROKEN);
    }
}
