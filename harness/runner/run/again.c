/* SPDX-License-Identifier: MIT */
#include "runner/run/again.h"

#include "record/claims.h"

#include <string.h>

static bool is_disturbed(const struct journal *journal, size_t index) {
    return journal->entries[index].status == JOB_OK &&
           journal->entries[index].disturbed == DISTURBED_YES;
}

/* How often a trial was asked beyond the plan; *last is its latest job. */
static unsigned asked_again(const struct schedule *schedule, size_t index, size_t *last) {
    unsigned n = 0;
    *last = index;
    for (size_t i = schedule->n_planned; i < schedule->n; i++)
        if (schedule_same_trial(schedule, i, index)) {
            *last = i;
            n++;
        }
    return n;
}

static bool is_in_vain(const struct schedule *schedule, const struct journal *journal) {
    size_t n = 0;
    for (size_t i = schedule->n; i > schedule->n_planned && is_disturbed(journal, i - 1); i--)
        n++;
    return n >= DISTURBED_IN_VAIN;
}

/* Its trials were dropped: nothing is left to find out. */
static bool is_decided(
    const struct schedule *schedule, const struct journal *journal, const char *experiment) {
    for (size_t i = 0; i < schedule->n_planned; i++)
        if (journal->entries[i].status == JOB_DROPPED &&
            strcmp(schedule->jobs[i].experiment, experiment) == 0)
            return true;
    return false;
}

bool again_next(const struct schedule *schedule, const struct journal *journal,
    const struct csv_table *claims, size_t *index) {
    if (is_in_vain(schedule, journal) || schedule->n == SCHEDULE_MOST_JOBS)
        return false;
    for (unsigned round = 0; round < DISTURBED_ASKS_AGAIN; round++)
        for (size_t i = 0; i < schedule->n_planned; i++) {
            size_t last;
            if (is_disturbed(journal, i) && asked_again(schedule, i, &last) == round &&
                is_disturbed(journal, last) &&
                claims_any_on_time(claims, schedule->jobs[i].experiment) &&
                !is_decided(schedule, journal, schedule->jobs[i].experiment)) {
                *index = i;
                return true;
            }
        }
    return false;
}

struct again_count again_count(const struct schedule *schedule, const struct journal *journal) {
    struct again_count count = {.n_again = schedule->n - schedule->n_planned};
    for (size_t i = 0; i < schedule->n_planned && i < journal->n_done; i++) {
        size_t last;
        if (!is_disturbed(journal, i))
            continue;
        (void)asked_again(schedule, i, &last);
        count.n_disturbed++;
        count.n_left += last >= journal->n_done || is_disturbed(journal, last);
    }
    return count;
}
