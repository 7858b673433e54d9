/* SPDX-License-Identifier: MIT
 *
 * How the end of a process becomes the status of a job.
 */
#include "runner/run/job.h"

#include <criterion/criterion.h>
#include <signal.h>

Test(job, status_follows_from_the_end) {
    static const struct {
        struct spawn_result result;
        bool ended;
        enum job_status status;
    } cases[] = {{{.end = SPAWN_ENDED, .exit_code = 0}, true, JOB_OK},
        {{.end = SPAWN_ENDED, .exit_code = 0}, false, JOB_INCOMPLETE},
        {{.end = SPAWN_ENDED, .exit_code = 77}, true, JOB_UNSUPPORTED},
        {{.end = SPAWN_ENDED, .exit_code = 1}, true, JOB_FAILED},
        {{.end = SPAWN_ENDED, .exit_code = 99}, true, JOB_FAILED},
        {{.end = SPAWN_ENDED, .exit_code = -1, .signal = SIGSEGV}, true, JOB_CRASHED},
        {{.end = SPAWN_NOT_STARTED, .exit_code = -1}, false, JOB_FAILED},
        {{.end = SPAWN_TIME_LIMIT, .exit_code = 0}, true, JOB_TIMEOUT},
        {{.end = SPAWN_IDLE_LIMIT, .exit_code = -1, .signal = SIGKILL}, false, JOB_TIMEOUT},
        {{.end = SPAWN_SIZE_LIMIT, .exit_code = 0}, true, JOB_FAILED}};
    const struct spawn_limits limits = {.time_ms = 5000, .idle_ms = 1000};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct trial_file samples = {.ended = cases[i].ended};
        char reason[512];
        cr_assert_eq(job_classify(&cases[i].result, &samples, &limits, reason, sizeof reason),
            cases[i].status, "case %zu", i);
    }
}
