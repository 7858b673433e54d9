/* SPDX-License-Identifier: MIT */
#include "runner/run/progress.h"

#include "base/clock.h"
#include "base/status_line.h"
#include "runner/run/head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool same_arm(const struct schedule_job *a, const struct schedule_job *b) {
    return strcmp(a->arm, b->arm) == 0 && strcmp(a->experiment, b->experiment) == 0;
}

/* The arm's mean so far, or 0 when it has had no job. Every arm has one in the first block, so
 * looking back over two blocks is enough and keeps this fast in long schedules. */
static uint64_t arm_mean_ms(const struct schedule *schedule, const struct journal *journal,
    const struct schedule_job *job) {
    enum { LOOK_BACK = 512 };
    uint64_t sum_ms = 0, n = 0;
    size_t first = journal->n_done > LOOK_BACK ? journal->n_done - LOOK_BACK : 0;
    for (size_t i = first; i < journal->n_done; i++)
        if (same_arm(&schedule->jobs[i], job) && journal->entries[i].status != JOB_DROPPED) {
            sum_ms += journal->entries[i].wall_ms;
            n++;
        }
    return n > 0 ? sum_ms / n : 0;
}

/* How often a look stopped an experiment so far, begun with what is usual: three of four. */
static double stop_share(const struct progress *p) {
    unsigned looks = 0, stops = 0;
    for (size_t i = 0; i < p->journal->n_done; i++)
        if (schedule_look_is_due(p->schedule, i) &&
            p->journal->entries[p->schedule->jobs[i].before].status != JOB_DROPPED) {
            looks++;
            stops += p->journal->entries[i].status == JOB_DROPPED;
        }
    return (stops + 3.0) / (looks + 4.0);
}

/* The mean job so far, and what all took; 0 where none was done. */
static double jobs_mean_ms(const struct progress *p, size_t first, double *sum_ms) {
    size_t n = 0;
    *sum_ms = 0;
    for (size_t i = first; i < p->journal->n_done; i++)
        if (p->journal->entries[i].status != JOB_DROPPED) {
            *sum_ms += (double)p->journal->entries[i].wall_ms;
            n++;
        }
    return n > 0 ? *sum_ms / (double)n : 0;
}

static const struct progress_prior *prior_of(const struct progress *p, size_t job) {
    return p->priors && job < p->n_priors && !isnan(p->priors[job].ms) ? &p->priors[job] : NULL;
}

/* What this run's jobs took for each ms that such jobs took before; 1 where none was done. */
static double pace_of(const struct progress *p) {
    double now_ms = 0, before_ms = 0;
    for (size_t i = 0; i < p->journal->n_done; i++) {
        const struct progress_prior *prior = prior_of(p, i);
        if (prior && p->journal->entries[i].status != JOB_DROPPED) {
            now_ms += (double)p->journal->entries[i].wall_ms;
            before_ms += prior->ms;
        }
    }
    return now_ms > 0 && before_ms > 0 ? now_ms / before_ms : 1;
}

/* That an experiment goes on past the look before this job. */
static double goes_on(const struct progress *p, size_t job, double usual) {
    static const double as_before = 0.97;
    const struct progress_prior *prior = prior_of(p, job);
    return !prior ? usual : prior->is_dropped ? 1 - as_before : as_before;
}

uint64_t progress_left_ms(const struct progress *p, uint64_t elapsed_ms) {
    const struct schedule *schedule = p->schedule;
    double since_ms, all_ms, left_ms = 0;
    const double mean_ms = jobs_mean_ms(p, 0, &all_ms), usual = 1 - stop_share(p);
    const double pace = pace_of(p);
    double *chance = calloc(schedule->n, sizeof *chance); /* that the job will be done */
    for (size_t i = p->journal->n_done; chance && i < schedule->n; i++) {
        const size_t before = schedule->jobs[i].before;
        const uint64_t arm_ms = arm_mean_ms(schedule, p->journal, &schedule->jobs[i]);
        const struct progress_prior *prior = prior_of(p, i);
        chance[i] = before < i && before >= p->journal->n_done ? chance[before] : 1;
        if (p->dropped && schedule_look_is_due(schedule, i))
            chance[i] *= goes_on(p, i, usual);
        if (p->dropped && p->dropped[i])
            chance[i] = 0;
        left_ms += chance[i] * (arm_ms > 0 ? (double)arm_ms : prior ? pace * prior->ms : mean_ms);
    }
    free(chance);
    jobs_mean_ms(p, p->n_before, &since_ms);
    return (uint64_t)(since_ms > 0 ? left_ms * (double)elapsed_ms / since_ms : left_ms);
}

void progress_show(FILE *out, struct progress *p) {
    const bool is_shown = status_line_is_shown(out);
    if (!is_shown && !status_line_is_due(&p->said_ns))
        return;
    const struct schedule_job *job = &p->schedule->jobs[p->journal->n_done];
    char left[40] = "", claims[64] = "", line[256], duration[32];
    const uint64_t left_ms = progress_left_ms(p, (clock_monotonic_ns() - p->begun_ns) / 1000000);
    if (left_ms > 0 || p->journal->n_done > 0)
        snprintf(left, sizeof left, " %s left,", head_duration(left_ms, duration));
    if (p->n_claims > 0)
        snprintf(claims, sizeof claims, " %u of %u claims decided,", p->n_decided, p->n_claims);
    snprintf(line, sizeof line, "[%u/%zu]%s%s %.60s %.60s", job->job, p->schedule->n, left, claims,
        job->experiment, job->arm);
    if (is_shown)
        status_line_show(out, "%s", line);
    else
        fprintf(out, "%s\n", line);
}

void progress_clear(FILE *out) {
    status_line_clear(out);
}
