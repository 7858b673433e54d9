/* SPDX-License-Identifier: MIT */
#ifdef __linux__
#define _GNU_SOURCE /* pipe2 */
#endif
#include "device/host/spawn.h"

#include "device/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Both ends close on exec, so that a child started meanwhile by another thread cannot hold them. */
static int pipe_open(int end[2]) {
#ifdef __linux__
    return pipe2(end, O_CLOEXEC);
#else
    if (pipe(end) != 0)
        return -1;
    (void)fcntl(end[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(end[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

static int directory_enter(posix_spawn_file_actions_t *actions, int fd) {
#ifdef __APPLE__
    /* macOS 26 deprecates this name for one that macOS 15 does not have. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
    return posix_spawn_file_actions_addfchdir_np(actions, fd);
#ifdef __APPLE__
#pragma GCC diagnostic pop
#endif
}

static int child_start(const char *path, char *const argv[], char *const envp[], int directory_fd,
    int output, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return code;
    }
    sigemptyset(&none);
    sigemptyset(&all);
    const int reset[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD};
    for (size_t i = 0; i < sizeof reset / sizeof reset[0]; i++)
        sigaddset(&all, reset[i]);
    if ((code = directory_enter(&actions, directory_fd)) == 0 &&
        (code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
        (code = posix_spawn_file_actions_adddup2(&actions, output, 1)) == 0 &&
        (code = posix_spawn_file_actions_adddup2(&actions, output, 2)) == 0 &&
        (code = posix_spawnattr_setpgroup(&attributes, 0)) == 0 &&
        (code = posix_spawnattr_setsigmask(&attributes, &none)) == 0 &&
        (code = posix_spawnattr_setsigdefault(&attributes, &all)) == 0 &&
        (code = posix_spawnattr_setflags(&attributes,
             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) == 0)
        code = posix_spawn(pid, path, &actions, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* Reads until the child closes its output. false = the deadline came first. What does not fit is
 * read and dropped, so that a child that prints without end is not blocked and is not kept. */
static bool output_drain(int fd, uint64_t deadline_ns, struct spawn_result *result) {
    for (;;) {
        uint64_t now_ns = clock_monotonic_ns();
        if (now_ns >= deadline_ns)
            return false;
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        uint64_t left_ms = (deadline_ns - now_ns + 999999) / 1000000;
        int n_ready = poll(&ready, 1, left_ms > 60000 ? 60000 : (int)left_ms);
        if (n_ready < 0 && errno != EINTR)
            return true;
        if (n_ready <= 0)
            continue;
        char dropped[16384];
        size_t kept = result->output_bytes < SPAWN_OUTPUT_KEPT ? (size_t)result->output_bytes
                                                               : SPAWN_OUTPUT_KEPT;
        bool keep = kept < SPAWN_OUTPUT_KEPT;
        ssize_t n = read(fd, keep ? result->output + kept : dropped,
            keep ? SPAWN_OUTPUT_KEPT - kept : sizeof dropped);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        result->output_bytes += (uint64_t)n;
    }
}

/* Waits for the child itself, which may outlive its output. Returns waitpid's result, 0 = the
 * deadline came first. */
static pid_t child_wait(pid_t pid, uint64_t deadline_ns, int *status) {
    for (;;) {
        pid_t ended = waitpid(pid, status, WNOHANG);
        if (ended > 0 || (ended < 0 && errno != EINTR))
            return ended;
        if (clock_monotonic_ns() >= deadline_ns)
            return 0;
        const struct timespec pause = {.tv_nsec = 200000};
        nanosleep(&pause, NULL);
    }
}

void spawn_run(const char *path, char *const argv[], char *const envp[], int directory_fd,
    unsigned limit_ms, int nice, struct spawn_result *result) {
    result->end = SPAWN_NOT_STARTED;
    result->output_bytes = 0;
    result->elapsed_ns = 0;
    result->output[0] = '\0';
    uint64_t start_ns = clock_monotonic_ns();
    uint64_t deadline_ns = start_ns + (uint64_t)limit_ms * 1000000;
    int end[2];
    pid_t pid;
    if (pipe_open(end) != 0) {
        result->code = errno;
        return;
    }
    result->code = child_start(path, argv, envp, directory_fd, end[1], &pid);
    close(end[1]);
    if (result->code != 0) {
        close(end[0]);
        return;
    }
    /* On the child alone: a thread that lowers itself may not be allowed to come back. */
    if (nice > 0)
        (void)setpriority(PRIO_PROCESS, (id_t)pid, getpriority(PRIO_PROCESS, (id_t)pid) + nice);
    int status = 0;
    pid_t ended = 0;
    if (output_drain(end[0], deadline_ns, result))
        ended = child_wait(pid, deadline_ns, &status);
    close(end[0]);
    if (ended == 0) {
        (void)kill(-pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        result->end = SPAWN_TIMED_OUT;
    } else if (ended < 0) {
        result->code = errno; /* SIGCHLD is ignored in this process: the end cannot be learned */
    } else if (WIFEXITED(status)) {
        result->end = SPAWN_EXITED;
        result->code = WEXITSTATUS(status);
    } else {
        result->end = SPAWN_SIGNALLED;
        result->code = WTERMSIG(status);
    }
    result->elapsed_ns = clock_monotonic_ns() - start_ns;
    result->output[result->output_bytes < SPAWN_OUTPUT_KEPT ? result->output_bytes
                                                            : SPAWN_OUTPUT_KEPT] = '\0';
}

static bool file_is_program(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

int spawn_find(const char *name, char *path, size_t bytes) {
    if (strchr(name, '/') != NULL) {
        int n = snprintf(path, bytes, "%s", name);
        return n > 0 && (size_t)n < bytes && file_is_program(path) ? 0 : -1;
    }
    const char *folder = getenv("PATH");
    if (folder == NULL || name[0] == '\0')
        return -1;
    while (*folder != '\0') {
        size_t length = strcspn(folder, ":");
        /* An empty entry means the current directory: not a place to take a compiler from. */
        if (length > 0 && length < bytes) {
            int n = snprintf(path, bytes, "%.*s/%s", (int)length, folder, name);
            if (n > 0 && (size_t)n < bytes && file_is_program(path))
                return 0;
        }
        folder += length;
        folder += *folder == ':';
    }
    return -1;
}
