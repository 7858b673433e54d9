/* SPDX-License-Identifier: MIT */
#include "base/spawn.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* How often the watched file is looked at. Rare enough not to disturb what is being measured. */
enum { LOOK_EVERY_MS = 250 };

struct stream {
    int fd; /* our end of the program's pipe; -1 = closed */
    struct spawn_sink *sink;
};

struct spawn {
    pid_t pid;
    struct stream streams[2];
    int start_errno;                       /* 0 = it runs */
    uint64_t start_ms, active_ms, stop_ms; /* stop_ms 0 = not asked to stop */
    bool killed;
    off_t watched_size;
};

uint64_t spawn_clock_ms(void) {
    struct timespec now;
#ifdef CLOCK_UPTIME_RAW
    clock_gettime(CLOCK_UPTIME_RAW, &now); /* stands still while a Mac sleeps */
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int pipe_open(int ends[2]) {
    if (pipe(ends) != 0)
        return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

static void close_if_open(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* In the child. Never returns; what went wrong goes up the status pipe as an errno. */
static _Noreturn void child_start(
    const char *const *argv, int out, int err, int status, pid_t parent) {
    signals_restore();
    int code;
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || setsid() < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        goto fail;
#ifdef __linux__
    /* What is measured must not outlive a runner that was killed. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        goto fail;
#endif
    if (getppid() != parent)
        _exit(EXIT_BROKEN);
    execv(argv[0], (char *const *)argv);
fail:
    code = errno;
    ssize_t n = write(status, &code, sizeof code);
    (void)n;
    _exit(EXIT_BROKEN);
}

/* Returns 0 with the process running, or with start_errno set; -1 and *error without either. */
static int process_start(struct spawn *p, const char *const *argv, struct error *error) {
    int out[2] = {-1, -1}, err[2] = {-1, -1}, status[2] = {-1, -1};
    if (pipe_open(out) != 0 || pipe_open(err) != 0 || pipe_open(status) != 0)
        goto fail;
    pid_t self = getpid();
    p->pid = fork();
    if (p->pid < 0)
        goto fail;
    if (p->pid == 0)
        child_start(argv, out[1], err[1], status[1], self);
    close_if_open(&out[1]);
    close_if_open(&err[1]);
    close_if_open(&status[1]);
    ssize_t n;
    do
        n = read(status[0], &p->start_errno, sizeof p->start_errno);
    while (n < 0 && errno == EINTR);
    close_if_open(&status[0]);
    if (n == (ssize_t)sizeof p->start_errno) {
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
        close_if_open(&out[0]);
        close_if_open(&err[0]);
        return 0;
    }
    p->start_errno = 0;
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    p->streams[0].fd = out[0];
    p->streams[1].fd = err[0];
    return 0;
fail:
    error_set(error, EXIT_BROKEN, "cannot start %s: %s", argv[0], strerror(errno));
    for (int i = 0; i < 2; i++) {
        close_if_open(&out[i]);
        close_if_open(&err[i]);
        close_if_open(&status[i]);
    }
    return -1;
}

static int sink_put(
    struct spawn_sink *sink, const char *bytes, size_t n_bytes, struct error *error) {
    if (sink->fd < 0) {
        size_t needed = sink->n_bytes + n_bytes + 1;
        if (needed > sink->room) {
            size_t room = needed > 2 * sink->room ? needed : 2 * sink->room;
            char *text = realloc(sink->text, room);
            if (text == NULL)
                return error_set(error, EXIT_BROKEN, "out of memory");
            sink->text = text;
            sink->room = room;
        }
        memcpy(sink->text + sink->n_bytes, bytes, n_bytes);
        sink->n_bytes += n_bytes;
        sink->text[sink->n_bytes] = '\0';
        return 0;
    }
    while (n_bytes > 0) {
        ssize_t n = write(sink->fd, bytes, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(error, EXIT_BROKEN,
                "cannot keep what a program prints: %s; make room for it", strerror(errno));
        bytes += n;
        n_bytes -= (size_t)n;
        sink->n_bytes += (size_t)n;
    }
    return 0;
}

/* Takes what is there. A stream at its end or past its limit is closed; *full tells of the latter.
 */
static int stream_read(
    struct stream *stream, bool *full, uint64_t *active_ms, struct error *error) {
    char bytes[16384];
    while (stream->fd >= 0) {
        ssize_t n = read(stream->fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0) {
            close_if_open(&stream->fd);
            return 0;
        }
        *active_ms = spawn_clock_ms();
        size_t room = stream->sink->limit - stream->sink->n_bytes;
        *full |= (size_t)n > room;
        if (sink_put(stream->sink, bytes, (size_t)n > room ? room : (size_t)n, error) != 0)
            return -1;
        if (*full)
            close_if_open(&stream->fd);
    }
    return 0;
}

/* Which limit has been passed, if any? */
static enum spawn_end limits_check(
    struct spawn *p, const char *watched, const struct spawn_limits *limits, uint64_t now_ms) {
    struct stat status;
    if (watched != NULL && stat(watched, &status) == 0) {
        if (status.st_size != p->watched_size)
            p->active_ms = now_ms;
        p->watched_size = status.st_size;
        if (limits->watched_bytes > 0 && (uint64_t)status.st_size > limits->watched_bytes)
            return SPAWN_SIZE_LIMIT;
    }
    if (limits->time_ms > 0 && now_ms > p->start_ms && now_ms - p->start_ms >= limits->time_ms)
        return SPAWN_TIME_LIMIT;
    if (limits->idle_ms > 0 && now_ms > p->active_ms && now_ms - p->active_ms >= limits->idle_ms)
        return SPAWN_IDLE_LIMIT;
    return SPAWN_ENDED;
}

static uint64_t wait_ms(const struct spawn *p, const struct spawn_limits *limits, uint64_t now_ms) {
    uint64_t wait = LOOK_EVERY_MS;
    uint64_t due[3] = {limits->time_ms > 0 ? p->start_ms + limits->time_ms : UINT64_MAX,
        limits->idle_ms > 0 ? p->active_ms + limits->idle_ms : UINT64_MAX,
        p->stop_ms > 0 && !p->killed ? p->stop_ms + limits->grace_ms : UINT64_MAX};
    for (int i = 0; i < 3; i++)
        if (due[i] > now_ms && due[i] - now_ms < wait)
            wait = due[i] - now_ms;
    return wait;
}

static void process_signal(struct spawn *p, bool kill_it) {
    kill(-p->pid, kill_it ? SIGKILL : SIGTERM);
    p->killed |= kill_it;
}

/* Until the process has ended (it is then still to be reaped). *end tells why it was stopped. */
static int process_watch(struct spawn *p, const char *watched, const struct spawn_limits *limits,
    enum spawn_end *end, struct error *error) {
    for (;;) {
        siginfo_t info;
        info.si_pid = 0;
        if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno != EINTR)
            return error_set(error, EXIT_BROKEN, "cannot wait for a program: %s", strerror(errno));
        if (info.si_pid == p->pid)
            return 0;
        uint64_t now_ms = spawn_clock_ms();
        if (p->stop_ms == 0) {
            if (*end == SPAWN_ENDED)
                *end = signals_stop_asked() ? SPAWN_INTERRUPTED
                                            : limits_check(p, watched, limits, now_ms);
            if (*end != SPAWN_ENDED) {
                p->stop_ms = now_ms;
                process_signal(p, false);
            }
        } else if (!p->killed && now_ms - p->stop_ms >= limits->grace_ms) {
            process_signal(p, true);
        }
        struct pollfd fds[3] = {{signals_fd(), POLLIN, 0}, {p->streams[0].fd, POLLIN, 0},
            {p->streams[1].fd, POLLIN, 0}};
        if (poll(fds, 3, (int)wait_ms(p, limits, now_ms)) < 0 && errno != EINTR)
            return error_set(error, EXIT_BROKEN, "cannot poll: %s", strerror(errno));
        signals_drain();
        bool full = false;
        for (int i = 0; i < 2; i++)
            if (stream_read(&p->streams[i], &full, &p->active_ms, error) != 0)
                return -1;
        if (full && *end == SPAWN_ENDED)
            *end = SPAWN_SIZE_LIMIT;
    }
}

int spawn_begin(struct spawn **spawn, const char *const *argv, struct spawn_sink *out,
    struct spawn_sink *err, struct error *error) {
    struct spawn *p = *spawn = malloc(sizeof *p);
    if (p == NULL)
        return error_set(error, EXIT_BROKEN, "out of memory");
    *p = (struct spawn){.streams = {{-1, out}, {-1, err}}};
    p->start_ms = p->active_ms = spawn_clock_ms();
    if (process_start(p, argv, error) == 0)
        return 0;
    free(p);
    *spawn = NULL;
    return -1;
}

/* Ends what is left of the process and its group, and reaps it. Not reaped before, so the group's
 * number is still its own. */
static int process_reap(struct spawn *p) {
    int status = 0;
    process_signal(p, true);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

int spawn_end(struct spawn *spawn, const char *watched, const struct spawn_limits *limits,
    struct spawn_result *result, struct error *error) {
    struct spawn *p = spawn;
    int failed = 0;
    *result =
        (struct spawn_result){.end = SPAWN_ENDED, .exit_code = -1, .start_errno = p->start_errno};
    if (p->start_errno != 0) {
        result->end = SPAWN_NOT_STARTED;
        goto done;
    }
    p->active_ms = spawn_clock_ms();
    failed = process_watch(p, watched, limits, &result->end, error);
    uint64_t end_ms = spawn_clock_ms();
    result->wall_ms = end_ms > p->start_ms ? end_ms - p->start_ms : 0;
    int status = process_reap(p);
    bool full = false;
    for (int i = 0; i < 2; i++) {
        if (!failed)
            failed = stream_read(&p->streams[i], &full, &p->active_ms, error);
        close_if_open(&p->streams[i].fd);
    }
    if (full && result->end == SPAWN_ENDED)
        result->end = SPAWN_SIZE_LIMIT;
    if (WIFEXITED(status))
        result->exit_code = WEXITSTATUS(status);
    else if (WIFSIGNALED(status))
        result->signal = WTERMSIG(status);
done:
    free(p);
    return failed;
}

void spawn_abandon(struct spawn *spawn) {
    if (spawn->start_errno == 0)
        process_reap(spawn);
    for (int i = 0; i < 2; i++)
        close_if_open(&spawn->streams[i].fd);
    free(spawn);
}

int spawn_run(const char *const *argv, const char *watched, const struct spawn_limits *limits,
    struct spawn_sink *out, struct spawn_sink *err, struct spawn_result *result,
    struct error *error) {
    struct spawn *spawn;
    if (spawn_begin(&spawn, argv, out, err, error) != 0)
        return -1;
    return spawn_end(spawn, watched, limits, result, error);
}
