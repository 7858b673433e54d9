/* SPDX-License-Identifier: MIT
 *
 * Programs inside limits. Limits only ever cut short what would go on for ever, so no timing
 * decides.
 */
#include "runner/run/job.h"
#include "base/signals.h"
#include "base/spawn.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct error error;
static struct spawn_sink out, err;
static struct spawn_result result;

static void set_up(void) {
    cr_assert_eq(signals_open(&error), 0);
    out = err = (struct spawn_sink){.fd = -1, .limit = 100000};
}

static void tear_down(void) {
    free(out.text);
    free(err.text);
}

TestSuite(spawn, .init = set_up, .fini = tear_down, .timeout = 60);

static void run(const char *script, struct spawn_limits limits, const char *watched) {
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    const struct spawn_program program = {
        .argv = argv, .watched = watched, .limits = limits, .out = &out, .err = &err};
    cr_assert_eq(spawn_run(&program, &result, &error), 0, "%s", error.text);
}

static const struct spawn_limits none = {0};

Test(spawn, keeps_both_streams_and_the_exit_code) {
    run("echo to out; echo to err >&2; exit 7", none, NULL);
    cr_assert_eq(result.end, SPAWN_ENDED);
    cr_assert_eq(result.exit_code, 7);
    cr_assert_eq(result.signal, 0);
    cr_assert_str_eq(out.text, "to out\n");
    cr_assert_str_eq(err.text, "to err\n");
}

Test(spawn, tells_the_signal) {
    run("kill -ABRT $$", none, NULL);
    cr_assert_eq(result.end, SPAWN_ENDED);
    cr_assert_eq(result.signal, SIGABRT);
    cr_assert_eq(result.exit_code, -1);
}

Test(spawn, arguments_see_no_shell) {
    const char *argv[] = {"/bin/echo", "$HOME; `id` 'x'", "", "*", NULL};
    const struct spawn_program program = {.argv = argv, .out = &out, .err = &err};
    cr_assert_eq(spawn_run(&program, &result, &error), 0);
    cr_assert_str_eq(out.text, "$HOME; `id` 'x'  *\n");
}

Test(spawn, says_why_it_did_not_start) {
    const char *argv[] = {"/nonexistent/program", NULL};
    const struct spawn_program program = {.argv = argv, .out = &out, .err = &err};
    cr_assert_eq(spawn_run(&program, &result, &error), 0);
    cr_assert_eq(result.end, SPAWN_NOT_STARTED);
    cr_assert_eq(result.start_errno, ENOENT);
}

Test(spawn, reads_no_input) {
    run("cat; echo over", none, NULL);
    cr_assert_str_eq(out.text, "over\n");
}

Test(spawn, has_the_signals_of_a_fresh_program) {
    run("kill -PIPE $$; echo survived", none, NULL);
    cr_assert_eq(result.signal, SIGPIPE);
    run("kill -XFSZ $$; echo survived", none, NULL);
    cr_assert_eq(result.signal, SIGXFSZ);
}

Test(spawn, time_limit) {
    run("echo begun; while :; do sleep 1; done", (struct spawn_limits){.time_ms = 200}, NULL);
    cr_assert_eq(result.end, SPAWN_TIME_LIMIT);
    cr_assert_eq(result.signal, SIGTERM);
    cr_assert(result.elapsed_ns >= 200000000);
}

Test(spawn, kills_what_ignores_term) {
    run("trap '' TERM; while :; do sleep 1; done",
        (struct spawn_limits){.time_ms = 200, .grace_ms = 100}, NULL);
    cr_assert_eq(result.end, SPAWN_TIME_LIMIT);
    cr_assert_eq(result.signal, SIGKILL);
}

Test(spawn, silence_is_a_limit) {
    run("echo begun; while :; do sleep 1; done", (struct spawn_limits){.idle_ms = 300}, NULL);
    cr_assert_eq(result.end, SPAWN_IDLE_LIMIT);
    cr_assert_str_eq(out.text, "begun\n");
}

/* It never stops writing, so the time limit ends it, unless the machine is so busy that it gets no
 * turn for a whole idle limit: three times in a row is no accident. */
Test(spawn, a_growing_file_is_a_sign_of_life) {
    char path[] = "/tmp/aneprobe-spawn-XXXXXX", script[256];
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    snprintf(script, sizeof script, "while :; do echo x >>%s; done", path);
    for (int i = 0; i == 0 || (i < 3 && result.end != SPAWN_TIME_LIMIT); i++)
        run(script, (struct spawn_limits){.idle_ms = 600, .time_ms = 900}, path);
    cr_assert_eq(result.end, SPAWN_TIME_LIMIT);
    /* Not watched, the same is silent. */
    run(script, (struct spawn_limits){.idle_ms = 100}, NULL);
    cr_assert_eq(result.end, SPAWN_IDLE_LIMIT);
    unlink(path);
}

Test(spawn, a_file_that_grows_too_large_is_a_limit) {
    char path[] = "/tmp/aneprobe-spawn-XXXXXX", script[256];
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    snprintf(script, sizeof script, "echo 0123456789 >>%s; while :; do sleep 1; done", path);
    run(script, (struct spawn_limits){.watched_bytes = 10}, path);
    cr_assert_eq(result.end, SPAWN_SIZE_LIMIT);
    unlink(path);
}

Test(spawn, too_much_output_is_a_limit) {
    run("while :; do echo 0123456789; done", none, NULL);
    cr_assert_eq(result.end, SPAWN_SIZE_LIMIT);
    cr_assert_eq(out.n_bytes, 100000);
}

Test(spawn, as_much_output_as_the_limit_is_not_too_much) {
    run("head -c 100000 /dev/zero", none, NULL);
    cr_assert_eq(result.end, SPAWN_ENDED);
    cr_assert_eq(out.n_bytes, 100000);
}

Test(spawn, leaves_no_process_of_the_group) {
    run("(trap '' TERM; while :; do sleep 1; done) & echo $!", none, NULL);
    cr_assert_eq(result.end, SPAWN_ENDED);
    pid_t child = (pid_t)atol(out.text);
    cr_assert(child > 1);
    /* Killed by now; whoever adopted it may still have to reap it. */
    for (int i = 0; i < 500 && kill(child, 0) == 0; i++)
        usleep(10000);
    char state[64];
    snprintf(state, sizeof state, "/proc/%ld/status", (long)child);
    FILE *file = fopen(state, "r");
    bool zombie = false;
    char line[256];
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        zombie |= strncmp(line, "State:\tZ", 8) == 0;
    if (file != NULL)
        fclose(file);
    cr_assert(zombie || kill(child, 0) != 0, "it lives");
}

Test(spawn, a_stop_that_is_asked_for_stops_it) {
    char script[64];
    snprintf(script, sizeof script, "kill -INT %ld; while :; do sleep 1; done", (long)getpid());
    run(script, none, NULL);
    cr_assert_eq(result.end, SPAWN_INTERRUPTED);
    cr_assert(signals_stop_asked());
    signals_clear();
    run("echo next", none, NULL);
    cr_assert_eq(result.end, SPAWN_ENDED);
}

Test(spawn, a_full_disk_is_an_error) {
    if (access("/dev/full", W_OK) != 0)
        cr_skip_test("no /dev/full");
    FILE *full = fopen("/dev/full", "w");
    cr_assert_not_null(full);
    out.fd = fileno(full);
    const char *argv[] = {"/bin/sh", "-c", "echo x; while :; do sleep 1; done", NULL};
    const struct spawn_program program = {.argv = argv, .out = &out, .err = &err};
    cr_assert_eq(spawn_run(&program, &result, &error), -1);
    cr_assert_eq(error.code, EXIT_BROKEN);
    cr_assert_not_null(strstr(error.text, "make room"));
    fclose(full);
}

Test(spawn, capture_gives_the_programs_own_code) {
    const char *ok[] = {"/bin/echo", "hello", NULL};
    const char *fails[] = {"/bin/sh", "-c", "exit 77", NULL};
    const char *crashes[] = {"/bin/sh", "-c", "kill -SEGV $$", NULL};
    char *text;
    size_t n_bytes;
    cr_assert_eq(spawn_capture(ok, &text, &n_bytes, &error), 0);
    cr_assert_str_eq(text, "hello\n");
    free(text);
    cr_assert_eq(spawn_capture(fails, &text, &n_bytes, &error), -1);
    cr_assert_eq(error.code, EXIT_UNSUPPORTED);
    cr_assert_null(text);
    cr_assert_eq(spawn_capture(crashes, &text, &n_bytes, &error), -1);
    cr_assert_eq(error.code, EXIT_BROKEN);
    cr_assert_not_null(strstr(error.text, "SIGSEGV"));
}

/* How an end becomes the status of a job. */
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
