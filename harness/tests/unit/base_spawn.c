/* SPDX-License-Identifier: MIT
 *
 * Programs with limits. The limits only end what would run for ever, so no check depends on timing.
 */
#include "base/clock.h"
#include "base/environment.h"
#include "base/signals.h"
#include "base/spawn.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <time.h>
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

Test(spawn, reports_the_signal) {
    run("kill -ABRT $$", none, NULL);
    cr_assert_eq(result.end, SPAWN_ENDED);
    cr_assert_eq(result.signal, SIGABRT);
    cr_assert_eq(result.exit_code, -1);
}

Test(spawn, arguments_bypass_the_shell) {
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

Test(spawn, standard_input_is_empty) {
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
    run("echo begun; while :; do sleep 1; done",
        (struct spawn_limits){.time_ms = 200, .grace_ms = 60000}, NULL);
    cr_assert_eq(result.end, SPAWN_TIME_LIMIT);
    cr_assert_eq(result.signal, SIGTERM);
    cr_assert(result.elapsed_ns >= 200000000);
}

#ifdef __linux__
/* The system's clock; once slow_begin_ns is set, one that runs so much slower that what the machine does meanwhile hardly
 * counts, and that is 0.95 ms past a whole millisecond when it begins. */
enum { SLOWER = 500, LATE_NS = 950000 };
static uint64_t slow_begin_ns;

int clock_gettime(clockid_t id, struct timespec *now) {
    const int result = (int)syscall(SYS_clock_gettime, id, now);
    if (slow_begin_ns > 0) {
        const uint64_t ns = (uint64_t)now->tv_sec * 1000000000 + (uint64_t)now->tv_nsec;
        const uint64_t slow_ns = LATE_NS + (ns - slow_begin_ns) / SLOWER;
        *now = (struct timespec){
            .tv_sec = (time_t)(slow_ns / 1000000000), .tv_nsec = (long)(slow_ns % 1000000000)};
    }
    return result;
}

/* Whatever fraction of a millisecond it began at. */
Test(spawn, no_time_limit_passes_early) {
    slow_begin_ns = clock_monotonic_ns();
    run("while :; do sleep 1; done", (struct spawn_limits){.time_ms = 1}, NULL);
    cr_assert_eq(result.end, SPAWN_TIME_LIMIT);
    cr_assert(result.elapsed_ns >= 1000000);
}
#endif

Test(spawn, kills_what_ignores_term) {
    out.limit = 1; /* a limit that is not met before TERM is ignored */
    run("trap '' TERM; echo set; while :; do sleep 1; done", (struct spawn_limits){.grace_ms = 100},
        NULL);
    cr_assert_eq(result.end, SPAWN_SIZE_LIMIT);
    cr_assert_eq(result.signal, SIGKILL);
}

Test(spawn, silence_is_a_limit) {
    run("echo begun; while :; do sleep 1; done", (struct spawn_limits){.idle_ms = 300}, NULL);
    cr_assert_eq(result.end, SPAWN_IDLE_LIMIT);
    cr_assert_str_eq(out.text, "begun\n");
}

/* Output is a sign of life: it runs three times as long as it may be silent. */
Test(spawn, output_is_a_sign_of_life) {
    run("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; sleep 0.25; done",
        (struct spawn_limits){.idle_ms = 1000}, NULL);
    cr_assert_eq(result.end, SPAWN_ENDED);
    cr_assert(result.elapsed_ns > 2000000000);
}

/* It never stops writing, so the time limit ends it, unless the machine is so busy that it does not run for a
 * whole idle limit; three times in a row that is no coincidence. */
Test(spawn, a_growing_file_is_a_sign_of_life) {
    char path[] = "/tmp/aneprobe-spawn-XXXXXX", script[256];
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    snprintf(script, sizeof script, "while :; do echo x >>%s; done", path);
    for (int i = 0; i == 0 || (i < 3 && result.end != SPAWN_TIME_LIMIT); i++)
        run(script, (struct spawn_limits){.idle_ms = 600, .time_ms = 900}, path);
    cr_assert_eq(result.end, SPAWN_TIME_LIMIT);
    /* If the file is not watched, the same program counts as silent. */
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
    /* The file now has the largest allowed size, 22 bytes; printing makes the runner check it. */
    snprintf(script, sizeof script,
        "echo 0123456789 >>%s; for i in 1 2 3 4; do echo x; sleep 0.1; done", path);
    run(script, (struct spawn_limits){.watched_bytes = 22}, path);
    cr_assert_eq(result.end, SPAWN_ENDED);
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

Test(spawn, kills_the_rest_of_the_group) {
    run("(trap '' TERM; while :; do sleep 1; done) & echo $!", none, NULL);
    cr_assert_eq(result.end, SPAWN_ENDED);
    pid_t child = (pid_t)atol(out.text);
    cr_assert(child > 1);
    /* It is killed by now; the process that adopted it may not have reaped it yet. */
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

/* A compiler's messages: both streams in order, in a directory and an environment of its own. */
static void shell_run(const char *script, uint64_t limit_ms) {
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    const char *environment[] = {"PATH=/usr/bin:/bin", NULL};
    int root = open("/", O_RDONLY | O_DIRECTORY);
    const struct spawn_program program = {.argv = argv,
        .environment = environment,
        .directory_fd = root,
        .limits = {.time_ms = limit_ms},
        .out = &out,
        .err = &out};
    out.drops = true;
    cr_assert_eq(spawn_run(&program, &result, &error), 0, "%s", error.text);
    close(root);
}

Test(spawn, one_pipe_for_both_streams) {
    shell_run("echo out; echo err >&2; pwd; cat; exit 7", 0);
    cr_assert_eq(result.exit_code, 7);
    cr_assert_str_eq(out.text, "out\nerr\n/\n");
    cr_assert_eq(out.total_bytes, 10);
}

Test(spawn, environment_is_what_was_given) {
    setenv("ANEPROBE_LEAK", "1", 1);
    shell_run("echo \"[$ANEPROBE_LEAK]\"", 0);
    cr_assert_str_eq(out.text, "[]\n");
}

Test(spawn, a_clean_environment_has_nothing_of_the_user) {
    struct environment environment;
    setenv("PATH", "/usr/bin:/bin", 1);
    setenv("TMPDIR", "/tmp", 1);
    setenv("CPATH", "/nonexistent", 1);
    setenv("LC_ALL", "tr_TR.UTF-8", 1);
    cr_assert_eq(environment_make(&environment), 0);
    cr_assert_eq(environment_set(&environment, "TMPDIR", "/var/tmp"), 0);
    cr_assert_eq(environment_set(&environment, "GNUTERM", "dumb"), 0);
    static const char *const expected[] = {
        "PATH=/usr/bin:/bin", "TMPDIR=/var/tmp", "LC_ALL=C", "GNUTERM=dumb"};
    int n_found = 0;
    for (int i = 0; i < environment.n; i++)
        for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
            n_found += strcmp(environment.list[i], expected[k]) == 0;
    cr_assert_eq(n_found, 4);
    for (int i = 0; i < environment.n; i++)
        cr_assert(strncmp(environment.list[i], "CPATH", 5) != 0);
    environment_free(&environment);
}

Test(spawn, ten_megabytes_are_counted_and_not_kept) {
    shell_run("head -c 10000000 /dev/zero | tr '\\0' 'x'; exit 1", 0);
    cr_assert_eq(result.end, SPAWN_ENDED);
    cr_assert_eq(result.exit_code, 1);
    cr_assert_eq(out.total_bytes, 10000000);
    cr_assert_eq(strlen(out.text), 100000);
}

/* The output is closed, but the process still runs: the end of the output is not its end. */
Test(spawn, time_limit_holds_after_output_is_closed) {
    shell_run("exec >/dev/null 2>&1; exec sleep 1000", 200);
    cr_assert_eq(result.end, SPAWN_TIME_LIMIT);
    cr_assert_eq(result.signal, SIGKILL);
}

Test(spawn, nice_is_added) {
    const int ours = getpriority(PRIO_PROCESS, 0);
    const char *argv[] = {"/bin/sh", "-c", "nice", NULL};
    const struct spawn_program program = {.argv = argv, .nice = 5, .out = &out, .err = &err};
    cr_assert_eq(spawn_run(&program, &result, &error), 0);
    cr_assert_eq(atoi(out.text), ours + 5 > 19 ? 19 : ours + 5);
    cr_assert_eq(getpriority(PRIO_PROCESS, 0), ours);
}

static int take_some(void *context, const char *bytes, size_t n_bytes) {
    size_t *total = context;
    cr_assert_eq(bytes[0] == '\n' || (bytes[0] >= '0' && bytes[0] <= '9'), 1);
    return (*total += n_bytes) > 20;
}

Test(spawn, a_sink_that_refuses_stops_it) {
    size_t total = 0;
    out = (struct spawn_sink){.limit = SIZE_MAX, .take = take_some, .context = &total};
    run("while :; do echo 0123456789; done", none, NULL);
    cr_assert_eq(result.end, SPAWN_REFUSED);
    cr_assert(total > 20);
}

Test(spawn, can_be_looked_at_while_it_runs) {
    struct spawn *spawn;
    int gate[2];
    char line[64];
    cr_assert_eq(pipe(gate), 0);
    snprintf(line, sizeof line, "read x </dev/fd/%d; echo over", gate[0]);
    const char *argv[] = {"/bin/sh", "-c", line, NULL};
    const struct spawn_program program = {.argv = argv, .out = &out, .err = &err};
    cr_assert_eq(spawn_begin(&spawn, &program, &error), 0);
    cr_assert_not(spawn_poll(spawn, 10));
    cr_assert_eq(write(gate[1], "\n", 1), 1);
    while (!spawn_poll(spawn, 1000))
        continue;
    cr_assert_eq(spawn_end(spawn, &result, &error), 0);
    cr_assert_str_eq(out.text, "over\n");
}

Test(spawn, the_first_of_several_to_end_is_found) {
    struct spawn *spawns[2];
    struct spawn_sink printed[2] = {{.fd = -1, .limit = SIZE_MAX}, {.fd = -1, .limit = SIZE_MAX}};
    int gate[2];
    char line[64];
    cr_assert_eq(pipe(gate), 0);
    snprintf(line, sizeof line, "read x </dev/fd/%d; echo late", gate[0]);
    const char *const late[] = {"/bin/sh", "-c", line, NULL};
    const char *const early[] = {"/bin/sh", "-c", "echo early", NULL};
    uint64_t begin_ns = 0;
    for (int i = 0; i < 2; i++) {
        begin_ns = clock_monotonic_ns();
        const struct spawn_program program = {
            .argv = i == 0 ? late : early, .out = &printed[i], .err = &err};
        cr_assert_eq(spawn_begin(&spawns[i], &program, &error), 0);
    }
    cr_assert_eq(spawn_poll_any(spawns, 1, 1), -1);
    cr_assert_eq(spawn_poll_any(spawns, 2, UINT64_MAX), 1);
    const uint64_t noticed_ns = clock_monotonic_ns();
    cr_assert_eq(write(gate[1], "\n", 1), 1);
    cr_assert_eq(spawn_poll_any(spawns, 1, UINT64_MAX), 0);
    cr_assert_eq(spawn_end(spawns[0], &result, &error), 0);
    cr_assert_eq(spawn_end(spawns[1], &result, &error), 0);
    cr_assert(result.elapsed_ns <= noticed_ns - begin_ns, "until it was noticed, not fetched");
    cr_assert_str_eq(printed[0].text, "late\n");
    cr_assert_str_eq(printed[1].text, "early\n");
    for (int i = 0; i < 2; i++)
        free(printed[i].text);
}

/* In a separate process, which is then killed: what it started must not outlive it. */
Test(spawn, does_not_outlive_its_parent) {
#ifndef __linux__
    cr_skip_test("only Linux ends a child with its parent");
#endif
    int ends[2];
    char line[32] = "";
    cr_assert_eq(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct spawn *spawn;
        dup2(ends[1], 1);
        const char *argv[] = {"/bin/sh", "-c", "echo $$; exec sleep 1000", NULL};
        const struct spawn_program program = {.argv = argv};
        spawn_begin(&spawn, &program, &error);
        pause();
    }
    close(ends[1]);
    cr_assert(read(ends[0], line, sizeof line - 1) > 0);
    kill(parent, SIGKILL);
    /* both copies of the pipe's other end are gone */
    cr_assert_eq(read(ends[0], line + 16, 1), 0);
}

Test(spawn, find_on_path) {
    char path[256], tiny[4];
    setenv("PATH", "/nonexistent::/usr/bin:/bin", 1);
    cr_assert_eq(spawn_find("sh", path, sizeof path), 0);
    cr_assert(path[0] == '/');
    cr_assert_eq(spawn_find("sh", tiny, sizeof tiny), -1);
    cr_assert_eq(spawn_find("no-such-program-anywhere", path, sizeof path), -1);
    cr_assert_eq(spawn_find("/bin", path, sizeof path), -1, "a directory is not a program");
    cr_assert_eq(spawn_find("/bin/sh", path, sizeof path), 0);
    cr_assert_eq(spawn_find("", path, sizeof path), -1);
    unsetenv("PATH");
    cr_assert_eq(spawn_find("sh", path, sizeof path), -1);
}
