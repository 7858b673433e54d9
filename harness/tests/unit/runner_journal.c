/* SPDX-License-Identifier: MIT
 *
 * The log of finished jobs: complete rows count, a torn last row is dropped, other damage is refused.
 */
#include "runner/run/journal.h"
#include "runner/run/progress.h"
#include "runner/run/stopping.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char schedule_bytes[] = "job,experiment,arm,block,limit_s\n"
                                     "1,p,a,0,5\n"
                                     "2,p,b,0,5\n"
                                     "3,p,b,1,5\n"
                                     "4,p,a,1,5\n";
static const char header[] = "job,experiment,arm,block,status,exit,signal,wall_ms\n";
static struct schedule schedule;
static struct error error;

static void read_schedule(void) {
    cr_assert_eq(
        schedule_parse("schedule.csv", schedule_bytes, strlen(schedule_bytes), &schedule, &error),
        0);
}

static void free_schedule(void) {
    schedule_free(&schedule);
}

static int parse(const char *rows, struct journal *journal) {
    char bytes[512];
    int n = snprintf(bytes, sizeof bytes, "%s%s", header, rows);
    return journal_parse("jobs.csv", bytes, (size_t)n, &schedule, journal, &error);
}

TestSuite(journal, .init = read_schedule, .fini = free_schedule);

Test(journal, reads_what_is_done) {
    struct journal journal;
    cr_assert_eq(parse("1,p,a,0,ok,0,,31\n2,p,b,0,crashed,,SIGSEGV,7\n", &journal), 0);
    cr_assert_eq(journal.n_done, 2);
    cr_assert_eq(journal.entries[0].status, JOB_OK);
    cr_assert_eq(journal.entries[0].exit_code, 0);
    cr_assert_eq(journal.entries[0].wall_ms, 31);
    cr_assert_eq(journal.entries[1].status, JOB_CRASHED);
    cr_assert_eq(journal.entries[1].exit_code, -1);
    cr_assert_str_eq(journal.entries[1].signal, "SIGSEGV");
    journal_free(&journal);
}

Test(journal, knows_every_status_it_writes) {
    for (int status = 0; status < JOB_STATUSES; status++) {
        if (status == JOB_DROPPED)
            continue; /* not before a look */
        char row[128];
        struct journal journal;
        snprintf(row, sizeof row, "1,p,a,0,%s,1,,2\n", job_status_name((enum job_status)status));
        cr_assert_eq(parse(row, &journal), 0);
        cr_assert_eq((int)journal.entries[0].status, status);
        journal_free(&journal);
    }
}

Test(journal, drops_a_torn_line_at_any_byte) {
    static const char last[] = "2,p,b,0,ok,0,,12";
    for (size_t cut = 0; cut < sizeof last; cut++) {
        char rows[128];
        struct journal journal;
        int n = snprintf(rows, sizeof rows, "1,p,a,0,ok,0,,3\n%.*s", (int)cut, last);
        cr_assert_eq(parse(rows, &journal), 0, "%s", error.text);
        cr_assert_eq(journal.n_done, 1);
        cr_assert_eq(journal.whole_bytes, strlen(header) + (size_t)n - cut);
        journal_free(&journal);
    }
}

Test(journal, a_torn_header_is_an_empty_journal) {
    struct journal journal;
    for (size_t cut = 0; cut < strlen(header); cut++) {
        cr_assert_eq(journal_parse("jobs.csv", header, cut, &schedule, &journal, &error), 0);
        cr_assert_eq(journal.n_done, 0);
        cr_assert_eq(journal.whole_bytes, 0);
        journal_free(&journal);
    }
}

Test(journal, damage_is_reported_with_line_and_remedy) {
    static const struct {
        const char *rows, *message;
    } bad[] = {{"1,p,a,0,fine,0,,3\n", "jobs.csv:2: "}, {"2,p,b,0,ok,0,,3\n", "jobs.csv:2: "},
        {"1,p,a,0,ok,0,,3\n1,p,a,0,ok,0,,3\n", "jobs.csv:3: "},
        {"1,q,a,0,ok,0,,3\n", "the schedule has p a here"}, {"1,p,b,0,ok,0,,3\n", "p a here"},
        {"1,p,a,1,ok,0,,3\n", "column 'block'"}, {"1,p,a,0,ok,256,,3\n", "column 'exit'"},
        {"1,p,a,0,ok,x,,3\n", "column 'exit'"}, {"1,p,a,0,ok,0,,\n", "column 'wall_ms'"},
        {"1,p,a,0,ok,0,,-3\n", "column 'wall_ms'"}, {"1,p,a,0,ok,0,,nan\n", "column 'wall_ms'"},
        {"1,p,a,0,ok\n", "jobs.csv:2"}, {"1,p,a,0,\"ok\n", "jobs.csv:2"},
        {"1,p,a,0,ok,0,,3\n2,p,b,0,ok,0,,3\n3,p,b,1,ok,0,,3\n4,p,a,1,ok,0,,3\n"
         "5,p,a,2,ok,0,,3\n",
            "jobs.csv:6: "}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct journal journal;
        cr_assert_eq(parse(bad[i].rows, &journal), -1, "%s", bad[i].rows);
        cr_assert_not_null(strstr(error.text, bad[i].message), "%s: %s", bad[i].rows, error.text);
        cr_assert_not_null(strstr(error.text, "correct that line"), "%s", error.text);
        cr_assert_eq(error.code, EXIT_BROKEN);
    }
}

/* A run without looks, whose jobs take no longer than their limits. */
static uint64_t left_ms(const struct journal *journal) {
    const struct progress progress = {.schedule = &schedule, .journal = journal};
    uint64_t sum_ms = 0;
    for (size_t i = 0; i < journal->n_done; i++)
        sum_ms += journal->entries[i].wall_ms;
    return progress_left_ms(&progress, sum_ms);
}

Test(journal, time_left_comes_from_each_arm) {
    struct journal journal;
    cr_assert_eq(parse("", &journal), 0);
    cr_assert_eq(left_ms(&journal), 0, "nothing is known yet");
    journal_free(&journal);
    cr_assert_eq(parse("1,p,a,0,ok,0,,100\n", &journal), 0);
    cr_assert_eq(left_ms(&journal), 300, "the mean job for arms without one");
    journal_free(&journal);
    cr_assert_eq(parse("1,p,a,0,ok,0,,100\n2,p,b,0,ok,0,,1000\n", &journal), 0);
    cr_assert_eq(left_ms(&journal), 1100);
    journal_free(&journal);
}

Test(journal, without_a_terminal_prints_a_line_per_minute) {
    struct journal journal;
    char *text = NULL;
    size_t n_bytes;
    FILE *out = open_memstream(&text, &n_bytes);
    struct progress progress = {
        .schedule = &schedule, .journal = &journal, .n_claims = 5, .n_decided = 2, .n_before = 1};
    cr_assert_eq(parse("1,p,a,0,ok,0,,100\n", &journal), 0);
    progress_show(out, &progress);
    fflush(out);
    cr_assert_eq(n_bytes, 0, "the head has just been said");
    cr_assert_neq(progress.said_ns, 0);
    progress_show(out, &progress);
    fflush(out);
    cr_assert_eq(n_bytes, 0, "a moment ago");
    progress.said_ns = 1; /* long ago */
    progress_show(out, &progress);
    fflush(out);
    cr_assert_str_eq(text, "[2/4] 0:01 left, 2 of 5 claims decided, p b\n");
    fclose(out);
    free(text);
    journal_free(&journal);
}

/* Experiment p has a look after 3 of 4 blocks; q, which has 3 blocks, has none. */
Test(journal, jobs_are_dropped_only_after_a_look) {
    static const char plan[] = "job,experiment,arm,block,limit_s\n1,p,a,0,5\n2,q,a,0,5\n3,p,a,1,5\n"
                               "4,q,a,1,5\n5,p,a,2,5\n6,q,a,2,5\n7,p,a,3,5\n8,p,b,3,5\n";
    static const char begin[] = "1,p,a,0,ok,0,,1\n2,q,a,0,ok,0,,1\n3,p,a,1,ok,0,,1\n"
                                "4,q,a,1,ok,0,,1\n";
    static const struct {
        const char *rows;
        int failed;
    } logs[] = {
        {"5,p,a,2,ok,0,,1\n6,q,a,2,ok,0,,1\n7,p,a,3,dropped,,,0\n8,p,b,3,dropped,,,0\n", 0},
        {"5,p,a,2,ok,0,,1\n6,q,a,2,ok,0,,1\n7,p,a,3,ok,0,,1\n8,p,b,3,ok,0,,1\n", 0},
        {"5,p,a,2,ok,0,,1\n6,q,a,2,ok,0,,1\n7,p,a,3,dropped,,,0\n8,p,b,3,ok,0,,1\n", -1},
        {"5,p,a,2,ok,0,,1\n6,q,a,2,ok,0,,1\n7,p,a,3,ok,0,,1\n8,p,b,3,dropped,,,0\n", -1},
        {"5,p,a,2,dropped,,,0\n", -1},
        {"5,p,a,2,ok,0,,1\n6,q,a,2,dropped,,,0\n", -1},
    };
    schedule_free(&schedule);
    cr_assert_eq(schedule_parse("schedule.csv", plan, strlen(plan), &schedule, &error), 0);
    cr_assert(schedule.jobs[0].n_blocks == 4 && schedule.jobs[1].n_blocks == 3);
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        char rows[400];
        struct journal journal;
        snprintf(rows, sizeof rows, "%s%s", begin, logs[i].rows);
        cr_assert_eq(parse(rows, &journal), logs[i].failed, "log %zu: %s", i, error.text);
        if (logs[i].failed == 0)
            journal_free(&journal);
    }
}

/* The looks that were made follow from the jobs alone. */
Test(journal, looks_follow_from_the_jobs) {
    static const char plan[] = "job,experiment,arm,block,limit_s\n1,p,a,0,5\n2,p,a,1,5\n3,p,a,2,5\n"
                               "4,p,a,3,5\n5,p,a,4,5\n";
    static const struct {
        const char *rows, *looks, *fixed;
        unsigned blocks;
        size_t n_done, n_dropped;
    } logs[] = {{"", "5/5", "5/5", 5, 0, 0},
        {"1,p,a,0,ok,0,,1\n2,p,a,1,ok,0,,1\n3,p,a,2,ok,0,,1\n", "5/5", "5/5", 5, 3, 0},
        {"1,p,a,0,ok,0,,1\n2,p,a,1,ok,0,,1\n3,p,a,2,ok,0,,1\n4,p,a,3,ok,0,,1\n", "3,5/5", "5/5", 5,
            4, 0},
        {"1,p,a,0,ok,0,,1\n2,p,a,1,ok,0,,1\n3,p,a,2,ok,0,,1\n4,p,a,3,dropped,,,0\n", "3/5", "/5", 3,
            3, 1}};
    schedule_free(&schedule);
    cr_assert_eq(schedule_parse("schedule.csv", plan, strlen(plan), &schedule, &error), 0);
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        struct journal journal;
        struct standing s;
        char words[LOOKS_WORDS_SIZE];
        cr_assert_eq(parse(logs[i].rows, &journal), 0);
        stopping_find(&schedule, &journal, "p", true, &s);
        cr_assert_str_eq(looks_print(&s.looks, words), logs[i].fixed);
        stopping_find(&schedule, &journal, "p", false, &s);
        cr_assert_str_eq(looks_print(&s.looks, words), logs[i].looks);
        cr_assert(s.blocks == logs[i].blocks && s.n_planned == 5 && s.n_done == logs[i].n_done &&
                  s.n_dropped == logs[i].n_dropped);
        journal_free(&journal);
    }
}

/* The statuses that make a run end with exit code 1. */
Test(journal, statuses_that_end_a_run_with_exit_code_1) {
    static const bool bad[JOB_STATUSES] = {
        [JOB_FAILED] = true, [JOB_CRASHED] = true, [JOB_TIMEOUT] = true, [JOB_INCOMPLETE] = true};
    for (int i = 0; i < JOB_STATUSES; i++)
        cr_expect_eq(job_status_is_bad((enum job_status)i), bad[i], "%s",
            job_status_name((enum job_status)i));
}
