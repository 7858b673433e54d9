/* SPDX-License-Identifier: MIT
 *
 * Runs one program to its end, in a session of its own, without a shell, inside limits. It stops
 * what goes past them: TERM, a wait, KILL, each to the whole process group.
 */
#ifndef ANEPROBE_BASE_SPAWN_H
#define ANEPROBE_BASE_SPAWN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the program's stdout or stderr goes. */
struct spawn_sink {
    int fd;       /* an open file, or -1: into memory */
    size_t limit; /* bytes kept; a program that writes more is stopped */
    char *text;   /* memory only: NUL-terminated, the caller frees; NULL when nothing came */
    size_t n_bytes;
    size_t room; /* of text */
};

/* 0 = without that limit */
struct spawn_limits {
    uint64_t time_ms;  /* from start to end */
    uint64_t idle_ms;  /* without a byte on stdout, stderr, or growth of the watched file */
    uint64_t grace_ms; /* between TERM and KILL */
    uint64_t watched_bytes;
};

enum spawn_end {
    SPAWN_ENDED, /* by itself: exit_code or signal says how */
    SPAWN_NOT_STARTED,
    SPAWN_TIME_LIMIT,
    SPAWN_IDLE_LIMIT,
    SPAWN_SIZE_LIMIT,
    SPAWN_INTERRUPTED /* a stop was asked for (signals.h) */
};

struct spawn_result {
    enum spawn_end end;
    int exit_code; /* -1 = it did not exit */
    int signal;    /* 0 = none */
    int start_errno;
    uint64_t wall_ms;
};

/* argv[0] is the program's path; `watched` (NULL = none) need not exist yet. Returns 0 with *result
 * when the program is over, however it ended; -1 and *error when the runner itself could not go on
 * (the program is then over, too). signals_open() comes first. */
int spawn_run(const char *const *argv, const char *watched, const struct spawn_limits *limits,
    struct spawn_sink *out, struct spawn_sink *err, struct spawn_result *result,
    struct error *error);

/* The same in two parts, for a program that runs while another is waited for. The sinks must live
 * until the second part, which frees *spawn; from then on output counts as a sign of life. wall_ms
 * ends when the end is noticed. A program that cannot be started is told of by spawn_end(). */
struct spawn;
int spawn_begin(struct spawn **spawn, const char *const *argv, struct spawn_sink *out,
    struct spawn_sink *err, struct error *error);
int spawn_end(struct spawn *spawn, const char *watched, const struct spawn_limits *limits,
    struct spawn_result *result, struct error *error);
/* Instead of spawn_end(): kills the program. */
void spawn_abandon(struct spawn *spawn);

/* Runs a program of this suite for what it prints, its messages going to our stderr. Anything but
 * exit 0 is an error with the program's own exit code. *text is the caller's to free. */
int spawn_capture(const char *const *argv, char **text, size_t *n_bytes, struct error *error);

uint64_t spawn_clock_ms(void);

#endif
