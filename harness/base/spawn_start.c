/* SPDX-License-Identifier: MIT */
#ifdef __linux__
#define _GNU_SOURCE /* pipe2, vfork */
#endif
#include "base/spawn_start.h"

#include "base/parent.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#else
#include <spawn.h>
#endif

extern char **environ;

static char *const *environment_of(const struct spawn_program *program) {
    return program->environment ? (char *const *)program->environment : environ;
}

#ifdef __linux__
int pipe_open(int ends[2]) {
    return pipe2(ends, O_CLOEXEC);
}

struct launch {
    const struct spawn_program *program;
    char *const *environment;
    int out, err, status;
    pid_t parent;
};

/* In the child, which shares the parent's memory and changes none of it. Never returns; an error
 * goes through the status pipe as an errno. */
static _Noreturn void child_start(const struct launch *start) {
    const struct spawn_program *program = start->program;
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0 || setsid() < 0 || dup2(null, 0) < 0 ||
        (start->out >= 0 && dup2(start->out, 1) < 0) ||
        (start->err >= 0 && dup2(start->err, 2) < 0) ||
        (program->directory_fd > 0 && fchdir(program->directory_fd) != 0) ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        goto fail;
    if (getppid() != start->parent)
        _exit(EXIT_BROKEN);
    if (program->nice > 0)
        (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + program->nice);
    signals_restore();
    execve(program->argv[0], (char *const *)program->argv, start->environment);
fail:;
    const int code = errno;
    ssize_t n = write(start->status, &code, sizeof code);
    (void)n;
    _exit(EXIT_BROKEN);
}

/* vfork: for a process of gigabytes such as a trainer, fork would copy its page tables and then
 * cost a fault for each page that it writes. A separate function, since the locals of a function
 * that calls vfork must not change until the child is gone. */
static __attribute__((noinline)) pid_t child_make(const struct launch *start) {
    const pid_t pid = vfork();
    if (pid == 0)
        child_start(start);
    return pid;
}

int process_start(
    const struct spawn_program *program, int out, int err, pid_t *pid, int *start_errno) {
    int status[2];
    if (pipe_open(status) != 0)
        return -1;
    const struct launch start = {program, environment_of(program), out, err, status[1], getpid()};
    /* Our handlers must not run in the child. */
    sigset_t all, ours;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &ours);
    *pid = child_make(&start);
    int code = errno;
    pthread_sigmask(SIG_SETMASK, &ours, NULL);
    close(status[1]);
    if (*pid > 0) {
        ssize_t n;
        do
            n = read(status[0], &code, sizeof code);
        while (n < 0 && errno == EINTR);
        *start_errno = n == (ssize_t)sizeof code ? code : 0;
        while (*start_errno != 0 && waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    close(status[0]);
    errno = code;
    return *pid > 0 ? 0 : -1;
}
#else
/* Ours, with the number of the end by which a program of this suite sees ours; to be freed, not its texts. NULL:
 * without. */
static char **environment_with(int end, char text[48]) {
    size_t n = 0;
    while (environ[n])
        n++;
    char **list = end >= 0 ? malloc((n + 2) * sizeof *list) : NULL;
    if (!list)
        return NULL;
    snprintf(text, 48, PARENT_VARIABLE "=%d", end);
    list[0] = text;
    memcpy(list + 1, environ, (n + 1) * sizeof *list);
    return list;
}

int pipe_open(int ends[2]) {
    if (pipe(ends) != 0)
        return -1;
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

static int directory_enter(posix_spawn_file_actions_t *actions, int fd) {
    if (fd == 0)
        return 0;
        /* macOS 26 deprecates this name in favour of one that macOS 15 lacks. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return posix_spawn_file_actions_addfchdir_np(actions, fd);
#pragma GCC diagnostic pop
}

/* With POSIX_SPAWN_CLOEXEC_DEFAULT only the descriptors named here stay open, so that a pipe just
 * created by another thread does not leak into the program. */
static int output_keep(posix_spawn_file_actions_t *actions, int from, int to) {
    return posix_spawn_file_actions_adddup2(actions, from >= 0 ? from : to, to);
}

static int start_with(const struct spawn_program *program, int out, int err,
    posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, pid_t *pid) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int code;
    const int end = program->environment ? -1 : parent_end();
    char text[48], **ours = environment_with(end, text);
    if ((code = directory_enter(actions, program->directory_fd)) == 0 &&
        (code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
        (code = output_keep(actions, out, 1)) == 0 && (code = output_keep(actions, err, 2)) == 0 &&
        (!ours || (code = output_keep(actions, end, end)) == 0) &&
        (code = posix_spawnattr_setsigmask(attributes, &none)) == 0 &&
        (code = posix_spawnattr_setsigdefault(attributes, &all)) == 0 &&
        (code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                         POSIX_SPAWN_SETSIGDEF |
                                                         POSIX_SPAWN_CLOEXEC_DEFAULT)) == 0)
        code = posix_spawn(pid, program->argv[0], actions, attributes, (char *const *)program->argv,
            ours ? ours : environment_of(program));
    free(ours);
    return code;
}

int process_start(
    const struct spawn_program *program, int out, int err, pid_t *pid, int *start_errno) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if ((errno = posix_spawn_file_actions_init(&actions)) != 0)
        return -1;
    if ((errno = posix_spawnattr_init(&attributes)) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -1;
    }
    *start_errno = start_with(program, out, err, &actions, &attributes, pid);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (*start_errno == EAGAIN || *start_errno == ENOMEM) {
        errno = *start_errno;
        return -1;
    }
    if (*start_errno == 0 && program->nice > 0)
        (void)setpriority(
            PRIO_PROCESS, (id_t)*pid, getpriority(PRIO_PROCESS, (id_t)*pid) + program->nice);
    return 0;
}
#endif

static bool file_is_program(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

int spawn_find(const char *name, char *path, size_t bytes) {
    if (strchr(name, '/')) {
        int n = snprintf(path, bytes, "%s", name);
        return n > 0 && (size_t)n < bytes && file_is_program(path) ? 0 : -1;
    }
    const char *folder = getenv("PATH");
    if (!folder || name[0] == '\0')
        return -1;
    while (*folder != '\0') {
        size_t length = strcspn(folder, ":");
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
