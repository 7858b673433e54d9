/* SPDX-License-Identifier: MIT
 *
 * Runs one program, in a session of its own, without a shell, inside limits. What goes past them is
 * stopped: TERM, a wait, KILL, each to the whole process group. Whatever is left of the group when
 * the program ends is killed, too; and on Linux the program is killed when the thread that started
 * it ends, so that nothing that is measured outlives a runner that was killed.
 */
#ifndef ANEPROBE_BASE_SPAWN_H
#define ANEPROBE_BASE_SPAWN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the program's stdout or stderr goes: to `take`, else into the file `fd`, else (fd -1) into
 * memory. */
struct spawn_sink {
    int fd;
    size_t limit; /* bytes that are kept */
    bool drops;   /* what goes past the limit is dropped; otherwise the program is stopped */
    int (*take)(void *context, const char *bytes, size_t n_bytes); /* not 0: stop the program */
    void *context;
    char *text;           /* memory only: NUL-terminated, the caller frees; NULL: nothing came */
    size_t n_bytes;       /* kept */
    uint64_t total_bytes; /* written by the program, as far as it was read */
    size_t room;          /* of text */
};

/* 0 = without that limit */
struct spawn_limits {
    uint64_t time_ms;  /* from start to end */
    uint64_t idle_ms;  /* without a byte on stdout, stderr, or growth of the watched file */
    uint64_t grace_ms; /* between TERM and KILL; 0: KILL at once */
    uint64_t watched_bytes;
};

struct spawn_program {
    const char *const *argv;        /* argv[0] is the program's path; ends with NULL */
    const char *const *environment; /* "NAME=VALUE", ends with NULL; NULL: ours */
    int directory_fd;               /* the directory it runs in; 0: ours */
    int nice;                       /* added to its nice value; it may not be able to come back */
    const char *watched;            /* a file that need not exist yet; NULL: none */
    struct spawn_limits limits;
    struct spawn_sink *out, *err; /* NULL: as ours; the same sink for both: through one pipe */
};

enum spawn_end {
    SPAWN_ENDED, /* by itself: exit_code or signal says how */
    SPAWN_NOT_STARTED,
    SPAWN_TIME_LIMIT,
    SPAWN_IDLE_LIMIT,
    SPAWN_SIZE_LIMIT,
    SPAWN_REFUSED,    /* by a sink */
    SPAWN_INTERRUPTED /* a stop was asked for (signals.h) */
};

struct spawn_result {
    enum spawn_end end;
    int exit_code; /* -1 = it did not exit */
    int signal;    /* 0 = none */
    int start_errno;
    uint64_t elapsed_ns; /* from before the start until the end was noticed */
};

/* Returns 0 with *result when the program is over, however it ended; -1 and *error when its end
 * cannot be learned or its output not be kept (it is over then, too). Standard input is empty.
 * Works with and without signals_open(), from any thread. */
int spawn_run(
    const struct spawn_program *program, struct spawn_result *result, struct error *error);

/* The same in parts, for a program that runs while something else is done. The sinks must live until
 * spawn_end(), which frees *spawn. Limits are looked at, and output counts as a sign of life, from
 * the first poll on. spawn_poll() watches for at most `wait_ms` and tells whether the program is
 * over; what went wrong is told by spawn_end(), as is a program that cannot be started. */
struct spawn;
int spawn_begin(struct spawn **spawn, const struct spawn_program *program, struct error *error);
bool spawn_poll(struct spawn *spawn, uint64_t wait_ms);
int spawn_end(struct spawn *spawn, struct spawn_result *result, struct error *error);
/* Instead of spawn_end(): kills the program. */
void spawn_abandon(struct spawn *spawn);

/* Runs a program of this suite for what it prints, its messages going to our stderr. Anything but
 * exit 0 is an error with the program's own exit code. *text is the caller's to free. */
int spawn_capture(const char *const *argv, char **text, size_t *n_bytes, struct error *error);

/* The file that a program's name stands for: itself when it has a slash, else the first executable
 * file on PATH, where an empty entry does not mean the current directory. Returns 0, or -1 when
 * there is none or `bytes` is too few. */
int spawn_find(const char *name, char *path, size_t bytes);

#endif
