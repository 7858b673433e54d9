/* SPDX-License-Identifier: MIT
 *
 * Estimates of the time left, for simulated runs. From the middle on they are right within a third where it is
 * known how such a run went before, here or on another machine. Where nothing is known, once no look
 * can stop an experiment any more; while there are looks to come, the estimate is uncertain, but better than the
 * time of all trials.
 */
#include "measure/random.h"
#include "runner/run/progress.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 16, EXPERIMENTS = 20, ARMS = 3, MOST_JOBS = 4000, MOST_BYTES = 1 << 18 };

static double uniform(uint64_t *random) {
    return (double)(random_next(random) >> 11) / 9007199254740992.0;
}

/* A run like a preset's: 20 experiments with 3 arms and 3 to 18 blocks, whose trials take 50 ms to 5 s, depending
 * on the arm, and vary by half of that; block after block. */
struct play {
    struct schedule schedule;
    struct journal journal;
    bool dropped[MOST_JOBS];
    double ms[MOST_JOBS];
    struct progress_prior priors[MOST_JOBS];
};

static void play_plan(struct play *play, uint64_t *random) {
    static const unsigned choices[] = {3, 6, 8, 12, 12, 18};
    static char text[MOST_BYTES];
    unsigned blocks[EXPERIMENTS];
    double arm_ms[EXPERIMENTS][ARMS];
    struct error error;
    size_t n = 0, job = 0;
    for (int p = 0; p < EXPERIMENTS; p++) {
        blocks[p] = choices[random_below(random, 6)];
        for (int a = 0; a < ARMS; a++)
            arm_ms[p][a] = 50 * pow(100, uniform(random));
    }
    n = (size_t)snprintf(text, sizeof text, "job,experiment,arm,block,limit_s\n");
    for (unsigned block = 0; block < 18; block++)
        for (int p = 0; p < EXPERIMENTS; p++)
            for (int a = 0; a < ARMS && block < blocks[p]; a++) {
                play->ms[job] = arm_ms[p][a] * (0.75 + 0.5 * uniform(random));
                n += (size_t)snprintf(
                    text + n, sizeof text - n, "%zu,p%d,a%d,%u,60\n", ++job, p, a, block);
            }
    memset(play->dropped, 0, sizeof play->dropped);
    cr_assert_eq(schedule_parse("schedule.csv", text, n, &play->schedule, &error), 0);
    cr_assert_eq(journal_parse("jobs.csv", "", 0, &play->schedule, &play->journal, &error), 0);
}

/* Each look stops its experiment with this chance. Then what is played is known: all of it takes total_ms, in
 * virtual time half of it, as jobs run side by side. */
static double play_decide(struct play *play, double chance, uint64_t *random) {
    double total_ms = 0;
    for (size_t i = 0; i < play->schedule.n; i++) {
        const size_t before = play->schedule.jobs[i].before;
        play->dropped[i] = (before < i && play->dropped[before]) ||
                           (schedule_look_is_due(&play->schedule, i) && uniform(random) < chance);
        total_ms += play->dropped[i] ? 0 : play->ms[i];
    }
    return total_ms;
}

static bool look_is_ahead(const struct play *play, const bool *known, size_t i) {
    for (; i < play->schedule.n; i++)
        if (!known[i] && schedule_look_is_due(&play->schedule, i))
            return true;
    return false;
}

/* What another machine had: it was faster, but not in everything alike; its looks stopped the same experiments. */
static void play_before(struct play *play, uint64_t *random) {
    static double factor[MOST_JOBS];
    for (size_t i = 0; i < play->schedule.n; i++) {
        const size_t before = play->schedule.jobs[i].before;
        factor[i] = before < i ? factor[before] : 0.4 * (0.7 + 0.6 * uniform(random));
        play->priors[i] =
            (struct progress_prior){.ms = factor[i] * play->ms[i], .is_dropped = play->dropped[i]};
    }
}

enum looks_ahead { WITHOUT_LOOKS, WITH_LOOKS, WITH_OR_WITHOUT };

/* How many of the estimates from the middle on, with looks ahead or without, are off by more than a third of what is left, and by more than
 * a 50th of the whole, which is what one job may do; as a share of all of them. */
static double share_wrong(
    double chance, double pace, bool fixed, enum looks_ahead looks, bool is_known_before) {
    uint64_t random = 7;
    size_t n = 0, n_wrong = 0;
    static struct play play;
    for (int run = 0; run < RUNS; run++) {
        bool known[MOST_JOBS] = {false};
        play_plan(&play, &random);
        const double total_ms = pace * play_decide(&play, chance, &random);
        if (is_known_before)
            play_before(&play, &random);
        struct progress progress = {.priors = is_known_before ? play.priors : NULL,
            .n_priors = is_known_before ? play.schedule.n : 0,
            .schedule = &play.schedule,
            .journal = &play.journal,
            .dropped = fixed ? NULL : known};
        double elapsed_ms = 0;
        for (size_t i = 0; i < play.schedule.n; i++) {
            /* A look is known once it was made, for all jobs after it. */
            for (size_t k = i; play.dropped[i] && k < play.schedule.n; k++)
                known[k] = known[k] || strcmp(play.schedule.jobs[k].experiment,
                                           play.schedule.jobs[i].experiment) == 0;
            const double truly_ms = total_ms - elapsed_ms;
            if (elapsed_ms >= total_ms / 2 && !play.dropped[i] && i % 2 == 0 &&
                (fixed || looks == WITH_OR_WITHOUT ||
                    (looks == WITH_LOOKS) == look_is_ahead(&play, known, i))) {
                const double left_ms = (double)progress_left_ms(&progress, (uint64_t)elapsed_ms);
                n++;
                n_wrong += fabs(left_ms - truly_ms) > fmax(truly_ms / 3, total_ms / 50);
            }
            play.journal.entries[play.journal.n_done++] =
                (struct journal_entry){.status = play.dropped[i] ? JOB_DROPPED : JOB_OK,
                    .wall_ms = play.dropped[i] ? 0 : (uint64_t)play.ms[i]};
            elapsed_ms += play.dropped[i] ? 0 : pace * play.ms[i];
        }
        journal_free(&play.journal);
        schedule_free(&play.schedule);
    }
    cr_assert_gt(n, 10);
    return (double)n_wrong / (double)n;
}

Test(progress, right_within_a_third_from_the_middle_on) {
    static const struct {
        double chance, pace;
        bool fixed;
    } runs[] = {{0, 1, true}, {0, 1, false}, {0.5, 1, false}, {0.8, 1, false}, {0.8, 0.5, false}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        const double wrong =
            share_wrong(runs[i].chance, runs[i].pace, runs[i].fixed, WITHOUT_LOOKS, false);
        cr_expect(wrong <= 0.05, "looks that stop in %g, pace %g: %.3f are wrong", runs[i].chance,
            runs[i].pace, wrong);
    }
}

Test(progress, estimates_what_looks_will_stop) {
    const double wrong = share_wrong(0.8, 1, false, WITH_LOOKS, false);
    cr_expect(wrong < 0.7, "%.3f", wrong);
}

Test(progress, right_within_a_third_from_the_middle_on_where_it_is_known_how_such_a_run_went) {
    static const double chances[] = {0, 0.3, 0.5, 0.8};
    for (size_t i = 0; i < sizeof chances / sizeof *chances; i++) {
        const double wrong = share_wrong(chances[i], 1, false, WITH_OR_WITHOUT, true);
        cr_expect(wrong <= 0.05, "looks that stop in %g: %.3f are wrong", chances[i], wrong);
    }
}

/* Before its first job: what such jobs took before. Then also how much faster or slower this run is. */
Test(progress, begins_with_what_was_known) {
    static const char plan[] = "job,experiment,arm,block,limit_s\n1,p,a,0,60\n2,p,b,0,60\n"
                               "3,q,a,0,60\n4,q,a,1,60\n5,q,a,2,60\n6,q,a,3,60\n";
    const struct progress_prior priors[] = {
        {100, false}, {50, false}, {10, false}, {10, false}, {10, false}, {1, true}};
    struct schedule schedule;
    struct journal journal;
    struct error error;
    bool dropped[6] = {false};
    cr_assert_eq(schedule_parse("schedule.csv", plan, strlen(plan), &schedule, &error), 0);
    cr_assert_eq(journal_parse("jobs.csv", "", 0, &schedule, &journal, &error), 0);
    const struct progress progress = {.schedule = &schedule,
        .journal = &journal,
        .dropped = dropped,
        .priors = priors,
        .n_priors = 6};
    cr_expect_eq(progress_left_ms(&progress, 0), 100 + 50 + 3 * 10, "the last one hardly");
    journal.entries[journal.n_done++] = (struct journal_entry){.status = JOB_OK, .wall_ms = 300};
    cr_expect_eq(progress_left_ms(&progress, 300), 3 * (50 + 3 * 10));
    journal_free(&journal);
    schedule_free(&schedule);
}

/* Estimates use an arm's recent times: 100 jobs are left of an arm that was slow at first. */
Test(progress, looks_back_over_512_jobs) {
    enum { JOBS = 700, DONE = 600, LATELY = 512 };
    static char text[MOST_BYTES];
    struct schedule schedule;
    struct journal journal;
    struct error error;
    uint64_t elapsed_ms = 0;
    size_t n = (size_t)snprintf(text, sizeof text, "job,experiment,arm,block,limit_s\n");
    for (unsigned i = 0; i < JOBS; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%u,p,a,%u,60\n", i + 1, i);
    cr_assert_eq(schedule_parse("schedule.csv", text, n, &schedule, &error), 0, "%s", error.text);
    cr_assert_eq(journal_parse("jobs.csv", "", 0, &schedule, &journal, &error), 0);
    for (; journal.n_done < DONE; journal.n_done++) {
        const uint64_t wall_ms = journal.n_done < DONE - LATELY ? 100000 : 10;
        journal.entries[journal.n_done] =
            (struct journal_entry){.status = JOB_OK, .wall_ms = wall_ms};
        elapsed_ms += wall_ms;
    }
    const struct progress progress = {.schedule = &schedule, .journal = &journal};
    cr_expect_eq(progress_left_ms(&progress, elapsed_ms), (JOBS - DONE) * 10);
    journal_free(&journal);
    schedule_free(&schedule);
}
