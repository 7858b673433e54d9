/* SPDX-License-Identifier: MIT */
#include "runner/run/progress.h"

#include "base/status_line.h"

#include <stdbool.h>
#include <string.h>

static bool same_arm(const struct schedule_job *a, const struct schedule_job *b) {
    return strcmp(a->arm, b->arm) == 0 && strcmp(a->program, b->program) == 0;
}

/* The arm's mean so far, or 0 when it has had no job. Every arm has one in the first block, so
 * looking back over two blocks is enough and keeps this fast in long schedules. */
static uint64_t arm_mean_ms(const struct schedule *schedule, const struct journal *journal,
    const struct schedule_job *job) {
    enum { LOOK_BACK = 512 };
    uint64_t sum_ms = 0, n = 0;
    size_t first = journal->n_done > LOOK_BACK ? journal->n_done - LOOK_BACK : 0;
    for (size_t i = first; i < journal->n_done; i++)
        if (same_arm(&schedule->jobs[i], job)) {
            sum_ms += journal->entries[i].wall_ms;
            n++;
        }
    return n > 0 ? sum_ms / n : 0;
}

uint64_t progress_left_ms(const struct schedule *schedule, const struct journal *journal) {
    if (journal->n_done == 0)
        return 0;
    uint64_t sum_ms = 0, left_ms = 0;
    for (size_t i = 0; i < journal->n_done; i++)
        sum_ms += journal->entries[i].wall_ms;
    for (size_t i = journal->n_done; i < schedule->n; i++) {
        uint64_t mean_ms = arm_mean_ms(schedule, journal, &schedule->jobs[i]);
        left_ms += mean_ms > 0 ? mean_ms : sum_ms / journal->n_done;
    }
    return left_ms;
}

void progress_show(
    FILE *out, const struct schedule *schedule, const struct journal *journal, uint64_t *said_ns) {
    const bool is_shown = status_line_is_shown(out);
    if (!is_shown && !status_line_is_due(said_ns))
        return;
    const struct schedule_job *job = &schedule->jobs[journal->n_done];
    char left[32] = "";
    if (journal->n_done > 0) {
        uint64_t left_s = progress_left_ms(schedule, journal) / 1000;
        snprintf(
            left, sizeof left, " %u:%02u left", (unsigned)(left_s / 60), (unsigned)(left_s % 60));
    }
    if (is_shown)
        status_line_show(
            out, "[%u/%zu]%s, %s %s", job->job, schedule->n, left, job->program, job->arm);
    else
        fprintf(out, "[%u/%zu]%s, %s %s\n", job->job, schedule->n, left, job->program, job->arm);
}

void progress_clear(FILE *out) {
    status_line_clear(out);
}
