/* SPDX-License-Identifier: MIT */
#include "base/spawn.h"

#include "base/clock.h"
#include "base/signals.h"
#include "base/spawn_start.h"

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

/* The interval for checking the watched file. Long enough not to disturb measurements. */
enum { LOOK_EVERY_MS = 250 };

struct stream {
    int fd; /* our end of the program's pipe; -1 = closed, or none */
    struct spawn_sink *sink;
};

struct spawn {
    pid_t pid;
    struct stream streams[2];
    struct spawn_limits limits;
    char *watched;
    off_t watched_size;
    int start_errno;                       /* 0 = running */
    uint64_t start_ns, end_ns;             /* end_ns 0 = its end was not noticed yet */
    uint64_t start_ms, active_ms, stop_ms; /* stop_ms 0 = no stop requested */
    bool is_polled, is_killed;
    enum spawn_end end; /* why it was stopped */
    struct error error; /* code EXIT_DONE = none */
};

static uint64_t clock_ms(void) {
    return clock_monotonic_ns() / 1000000;
}

static void close_if_open(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int memory_put(
    struct spawn_sink *sink, const char *bytes, size_t n_bytes, struct error *error) {
    size_t needed = sink->n_bytes + n_bytes + 1;
    if (needed > sink->room) {
        size_t room = needed > 2 * sink->room ? needed : 2 * sink->room;
        char *text = realloc(sink->text, room);
        if (!text)
            return error_set(error, EXIT_BROKEN, "out of memory");
        sink->text = text;
        sink->room = room;
    }
    memcpy(sink->text + sink->n_bytes, bytes, n_bytes);
    sink->n_bytes += n_bytes;
    sink->text[sink->n_bytes] = '\0';
    return 0;
}

static int file_put(
    struct spawn_sink *sink, const char *bytes, size_t n_bytes, struct error *error) {
    while (n_bytes > 0) {
        ssize_t n = write(sink->fd, bytes, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(error, EXIT_BROKEN,
                "cannot store a program's output: %s; make room for it", strerror(errno));
        bytes += n;
        n_bytes -= (size_t)n;
        sink->n_bytes += (size_t)n;
    }
    return 0;
}

/* Returns SPAWN_ENDED, or why the program must be stopped; p->error has any error. */
static enum spawn_end sink_put(
    struct spawn *p, struct spawn_sink *sink, const char *bytes, size_t n_bytes) {
    const size_t room = sink->limit - sink->n_bytes;
    const bool is_too_much = n_bytes > room;
    sink->total_bytes += n_bytes;
    if (is_too_much)
        n_bytes = room;
    if (sink->take) {
        sink->n_bytes += n_bytes;
        if (n_bytes > 0 && sink->take(sink->context, bytes, n_bytes) != 0)
            return SPAWN_REFUSED;
    } else if (n_bytes > 0) {
        (void)(sink->fd < 0 ? memory_put(sink, bytes, n_bytes, &p->error)
                            : file_put(sink, bytes, n_bytes, &p->error));
    }
    return is_too_much && !sink->drops ? SPAWN_SIZE_LIMIT : SPAWN_ENDED;
}

/* Reads the available output. A stream at its end, or no longer wanted, is closed. */
static int stream_read(struct spawn *p, struct stream *stream) {
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
        p->active_ms = clock_ms();
        const enum spawn_end end = sink_put(p, stream->sink, bytes, (size_t)n);
        if (p->error.code != EXIT_DONE)
            return -1;
        if (end != SPAWN_ENDED) {
            p->end = p->end == SPAWN_ENDED ? end : p->end;
            close_if_open(&stream->fd);
        }
    }
    return 0;
}

/* The limit that has been exceeded, if any. */
static enum spawn_end limits_check(struct spawn *p, uint64_t now_ms) {
    const struct spawn_limits *limits = &p->limits;
    struct stat status;
    if (p->watched && stat(p->watched, &status) == 0) {
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

static void process_signal(struct spawn *p, bool kill_it) {
    kill(-p->pid, kill_it ? SIGKILL : SIGTERM);
    p->is_killed |= kill_it;
}

/* Sends TERM when there is a reason to stop, and KILL when the grace period is over. */
static void process_stop(struct spawn *p, uint64_t now_ms) {
    if (p->stop_ms > 0) {
        if (!p->is_killed && now_ms - p->stop_ms >= p->limits.grace_ms)
            process_signal(p, true);
        return;
    }
    if (p->end == SPAWN_ENDED)
        p->end = signals_stop_asked() ? SPAWN_INTERRUPTED : limits_check(p, now_ms);
    if (p->end != SPAWN_ENDED) {
        p->stop_ms = now_ms;
        process_signal(p, p->limits.grace_ms == 0);
    }
}

/* The time until a limit of this one may be exceeded, if that is less. */
static uint64_t due_within(const struct spawn *p, uint64_t now_ms, uint64_t wait_ms) {
    uint64_t due[4] = {p->limits.time_ms > 0 ? p->start_ms + p->limits.time_ms : UINT64_MAX,
        p->limits.idle_ms > 0 ? p->active_ms + p->limits.idle_ms : UINT64_MAX,
        p->stop_ms > 0 && !p->is_killed ? p->stop_ms + p->limits.grace_ms : UINT64_MAX,
        now_ms + LOOK_EVERY_MS};
    for (int i = 0; i < 4; i++)
        if (due[i] > now_ms && due[i] - now_ms < wait_ms)
            wait_ms = due[i] - now_ms;
    return wait_ms;
}

/* Waits until something may have changed. A program that has closed its output is about to end:
 * without a SIGCHLD that wakes us (signals.h), short sleeps notice its end soon. Errors go to the
 * first. */
static int event_wait(struct spawn *const *spawns, int n, uint64_t now_ms, uint64_t wait_ms) {
    struct pollfd fds[1 + 2 * SPAWN_MOST] = {{signals_fd(), POLLIN, 0}};
    bool is_quiet = false;
    for (int i = 0; i < n; i++) {
        const struct spawn *p = spawns[i];
        is_quiet |= p->streams[0].fd < 0 && p->streams[1].fd < 0 && signals_fd() < 0;
        wait_ms = due_within(p, now_ms, wait_ms);
        for (int k = 0; k < 2; k++)
            fds[1 + 2 * i + k] = (struct pollfd){p->streams[k].fd, POLLIN, 0};
    }
    if (is_quiet) {
        const struct timespec pause = {.tv_nsec = 200000};
        nanosleep(&pause, NULL);
        return 0;
    }
    if (poll(fds, (nfds_t)(1 + 2 * n), (int)wait_ms) < 0 && errno != EINTR)
        return error_set(&spawns[0]->error, EXIT_BROKEN, "cannot poll: %s", strerror(errno));
    if (signals_fd() >= 0)
        signals_drain();
    return 0;
}

/* Whether it has ended, or cannot be waited for. */
static bool has_ended(struct spawn *p) {
    siginfo_t info;
    if (p->end_ns != 0 || p->start_errno != 0 || p->error.code != EXIT_DONE)
        return true;
    info.si_pid = 0;
    if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno != EINTR) {
        error_set(&p->error, EXIT_BROKEN, "cannot wait for a program: %s", strerror(errno));
        return true;
    }
    if (info.si_pid != p->pid)
        return false;
    p->end_ns = clock_monotonic_ns();
    return true;
}

int spawn_poll_any(struct spawn *const *spawns, int n, uint64_t wait_ms) {
    const uint64_t begin_ms = clock_ms();
    for (int i = 0; i < n; i++) {
        if (!spawns[i]->is_polled)
            spawns[i]->active_ms = begin_ms;
        spawns[i]->is_polled = true;
    }
    for (;;) {
        for (int i = 0; i < n; i++)
            if (has_ended(spawns[i]))
                return i;
        const uint64_t now_ms = clock_ms();
        if (now_ms - begin_ms >= wait_ms)
            return -1;
        for (int i = 0; i < n; i++)
            process_stop(spawns[i], now_ms);
        if (event_wait(spawns, n, now_ms, wait_ms - (now_ms - begin_ms)) == 0)
            for (int i = 0; i < 2 * n; i++)
                (void)stream_read(spawns[i / 2], &spawns[i / 2]->streams[i % 2]);
    }
}

bool spawn_poll(struct spawn *p, uint64_t wait_ms) {
    return spawn_poll_any(&p, 1, wait_ms) == 0;
}

/* Kills the rest of the process and its group, and reaps it. It was not reaped before, so the group
 * id has not been reused. */
static int process_reap(struct spawn *p) {
    int status = 0;
    process_signal(p, true);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static void spawn_free(struct spawn *p) {
    for (int i = 0; i < 2; i++)
        close_if_open(&p->streams[i].fd);
    free(p->watched);
    free(p);
}

int spawn_begin(struct spawn **spawn, const struct spawn_program *program, struct error *error) {
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    const bool has_one_pipe = program->out && program->out == program->err;
    struct spawn *p = *spawn = calloc(1, sizeof *p);
    if (!p)
        return error_set(error, EXIT_BROKEN, "out of memory");
    *p = (struct spawn){
        .streams = {{-1, program->out}, {-1, program->err}}, .limits = program->limits};
    if (program->watched && !(p->watched = strdup(program->watched))) {
        error_set(error, EXIT_BROKEN, "out of memory");
        goto fail;
    }
    p->start_ns = clock_monotonic_ns();
    /* rounded up: a time limit never expires early */
    p->start_ms = p->active_ms = (p->start_ns + 999999) / 1000000;
    if ((program->out && pipe_open(out) != 0) ||
        (program->err && !has_one_pipe && pipe_open(err) != 0) ||
        process_start(program, out[1], has_one_pipe ? out[1] : err[1], &p->pid, &p->start_errno) !=
            0) {
        error_set(error, EXIT_BROKEN, "cannot start %s: %s", program->argv[0], strerror(errno));
        close_if_open(&out[0]);
        close_if_open(&err[0]);
        close_if_open(&out[1]);
        close_if_open(&err[1]);
        goto fail;
    }
    close_if_open(&out[1]);
    close_if_open(&err[1]);
    p->streams[0].fd = out[0];
    p->streams[1].fd = err[0];
    for (int i = 0; i < 2; i++)
        if (p->streams[i].fd >= 0)
            fcntl(p->streams[i].fd, F_SETFL, O_NONBLOCK);
    return 0;
fail:
    spawn_free(p);
    *spawn = NULL;
    return -1;
}

int spawn_end(struct spawn *p, struct spawn_result *result, struct error *error) {
    (void)spawn_poll(p, UINT64_MAX);
    const uint64_t end_ns = p->end_ns;
    *result = (struct spawn_result){.exit_code = -1,
        .start_errno = p->start_errno,
        .elapsed_ns = end_ns > p->start_ns ? end_ns - p->start_ns : 0};
    if (p->start_errno != 0) {
        result->end = SPAWN_NOT_STARTED;
    } else {
        const int status = process_reap(p);
        for (int i = 0; i < 2 && p->error.code == EXIT_DONE; i++)
            (void)stream_read(p, &p->streams[i]);
        result->end = p->end;
        if (WIFEXITED(status))
            result->exit_code = WEXITSTATUS(status);
        else if (WIFSIGNALED(status))
            result->signal = WTERMSIG(status);
    }
    const bool has_failed = p->error.code != EXIT_DONE;
    if (has_failed)
        *error = p->error;
    spawn_free(p);
    return has_failed ? -1 : 0;
}

void spawn_abandon(struct spawn *p) {
    if (p->start_errno == 0)
        process_reap(p);
    spawn_free(p);
}

int spawn_run(
    const struct spawn_program *program, struct spawn_result *result, struct error *error) {
    struct spawn *spawn;
    if (spawn_begin(&spawn, program, error) != 0)
        return -1;
    return spawn_end(spawn, result, error);
}
