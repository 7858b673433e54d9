/* SPDX-License-Identifier: MIT */
#include "experiment/child.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { GRACE_MS = 2000, POLL_MS = 200 };

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int spawn_trial(const char *program, const struct options *options,
    const struct trial_place *place, int out, int unused, pid_t *pid) {
    char block[16], order[16], job[16], seed[24];
    snprintf(block, sizeof block, "%u", place->block);
    snprintf(order, sizeof order, "%u", place->order);
    snprintf(job, sizeof job, "%u", place->job);
    snprintf(seed, sizeof seed, "%" PRIu64, options->seed);
    const char *const words[] = {program, "--device", options->device, "--filter", place->arm->name,
        "--block", block, "--order", order, "--job", job, "--seed", seed, "--csv", "-",
        options->quick ? "--quick" : NULL, NULL};
    char *argv[sizeof words / sizeof *words];
    memcpy(argv, words, sizeof words); /* posix_spawn does not write to them */

    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    if ((error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO)) == 0 &&
        (error = posix_spawn_file_actions_addclose(&actions, unused)) == 0 &&
        (out == STDOUT_FILENO || (error = posix_spawn_file_actions_addclose(&actions, out)) == 0))
        error = posix_spawnp(pid, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* TERM, a wait, KILL. */
static int child_end(pid_t pid) {
    int status;
    kill(pid, SIGTERM);
    for (int64_t until = now_ms() + GRACE_MS; now_ms() < until;) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid)
            return status;
        poll(NULL, 0, 20);
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

enum exit_code child_run(const char *program, const struct options *options,
    const struct trial_place *place, const volatile sig_atomic_t *stop, child_sink *sink,
    void *context, char *reason, size_t size) {
    reason[0] = '\0';
    int ends[2];
    pid_t pid;
    if (pipe(ends) != 0) {
        snprintf(reason, size, "no pipe for a trial: %s", strerror(errno));
        return EXIT_BROKEN;
    }
    int error = spawn_trial(program, options, place, ends[1], ends[0], &pid);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        snprintf(reason, size, "%s could not start itself: %s", program, strerror(error));
        return EXIT_BROKEN;
    }

    int64_t until = now_ms() + (int64_t)place->arm->limit_s * 1000;
    bool over = false, late = false, refused = false;
    while (!over && !late && !refused && !*stop) {
        struct pollfd fd = {.fd = ends[0], .events = POLLIN};
        int ready = poll(&fd, 1, POLL_MS);
        if (ready > 0) {
            char bytes[8192];
            ssize_t n = read(ends[0], bytes, sizeof bytes);
            if (n > 0)
                refused = sink(context, bytes, (size_t)n) != 0;
            else if (n == 0 || errno != EINTR)
                over = true;
        }
        late = !over && now_ms() >= until;
    }
    close(ends[0]);

    int status;
    if (over) {
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    } else {
        status = child_end(pid);
    }
    if (*stop)
        return EXIT_INTERRUPTED;
    if (late) {
        snprintf(reason, size, "it ran past its limit of %u s and was ended", place->arm->limit_s);
        return EXIT_BROKEN;
    }
    if (refused)
        return EXIT_BROKEN;
    if (WIFSIGNALED(status)) {
        snprintf(reason, size, "it was ended by signal %d (%s)", WTERMSIG(status),
            strsignal(WTERMSIG(status)));
        return EXIT_BROKEN;
    }
    return WIFEXITED(status) ? (enum exit_code)WEXITSTATUS(status) : EXIT_BROKEN;
}
