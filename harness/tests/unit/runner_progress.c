/* SPDX-License-Identifier: MIT
 *
 * Estimates of the time left, for simulated runs: from the middle on, once no look can stop an experiment any more,
 * they are right within a third. While there are looks to come, the estimate is uncertain, but better than the
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

/* How many of the estimates from the middle on, with looks ahead or without, are off by more than a third of what is left, and by more than
 * a 50th of the whole, which is what one job may do; as a share of all of them. */
static double share_wrong(double chance, double pace, bool fixed, bool with_looks_ahead) {
    uint64_t random = 7;
    size_t n = 0, n_wrong = 0;
    static struct play play;
    for (int run = 0; run < RUNS; run++) {
        bool known[MOST_JOBS] = {false};
        play_plan(&play, &random);
        const double total_ms = pace * play_decide(&play, chance, &random);
        struct progress progress = {
            .schedule = &play.schedule, .journal = &play.journal, .dropped = fixed ? NULL : known};
        double elapsed_ms = 0;
        for (size_t i = 0; i < play.schedule.n; i++) {
            /* A look is known once it was made, for all jobs after it. */
            for (size_t k = i; play.dropped[i] && k < play.schedule.n; k++)
                known[k] = known[k] || strcmp(play.schedule.jobs[k].experiment,
                                           play.schedule.jobs[i].experiment) == 0;
            const double truly_ms = total_ms - elapsed_ms;
            if (elapsed_ms >= total_ms / 2 && !play.dropped[i] && i % 2 == 0 &&
                (fixed || with_looks_ahead == look_is_ahead(&play, known, i))) {
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
        const double wrong = share_wrong(runs[i].chance, runs[i].pace, runs[i].fixed, false);
        cr_expect(wrong <= 0.05, "looks that stop in %g, pace %g: %.3f are wrong", runs[i].chance,
            runs[i].pace, wrong);
    }
}

Test(progress, estimates_what_looks_will_stop) {
    cr_expect(share_wrong(0.8, 1, false, true) < 0.7, "%.3f", share_wrong(0.8, 1, false, true));
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
