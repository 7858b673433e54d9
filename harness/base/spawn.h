/* SPDX-License-Identifier: MIT
 *
 * Runs one program in its own session, without a shell, within limits. A program that exceeds them
 * is stopped: TERM, a wait, KILL, each to the whole process group. The rest of the group is killed
 * when the program ends. On Linux the program is also killed when the thread that started it ends,
 * so that no measurement outlives a killed runner; on macOS a program of this suite is, by parent.h
 * (not run on a Mac so far).
 */
#ifndef ANEPROBE_BASE_SPAWN_H
#define ANEPROBE_BASE_SPAWN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The destination of the program's stdout or stderr: `take`, else the file `fd`, else (fd -1)
 * memory. */
struct spawn_sink {
    int fd;
    size_t limit; /* the most bytes to keep */
    bool drops;   /* output past the limit is dropped; otherwise the program is stopped */
    int (*take)(void *context, const char *bytes, size_t n_bytes); /* not 0: stop the program */
    void *context;
    char *text;           /* memory only: NUL-terminated, the caller frees; NULL: no output */
    size_t n_bytes;       /* kept */
    uint64_t total_bytes; /* bytes read from the program */
    size_t room;          /* of text */
};

/* 0 = no limit */
struct spawn_limits {
    uint64_t time_ms;  /* from start to end */
    uint64_t idle_ms;  /* without output on stdout or stderr, or growth of the watched file */
    uint64_t grace_ms; /* between TERM and KILL; 0: KILL at once */
    uint64_t watched_bytes;
};

struct spawn_program {
    const char *const *argv;        /* argv[0] is the program's path; ends with NULL */
    const char *const *environment; /* "NAME=VALUE", ends with NULL; NULL: ours */
    int directory_fd;               /* the directory it runs in; 0: ours */
    /* added to its nice value; it may be unable to lower it again */
    int nice;
    const char *watched; /* a file that need not exist yet; NULL: none */
    struct spawn_limits limits;
    struct spawn_sink *out, *err; /* NULL: ours; the same sink for both: one shared pipe */
};

enum spawn_end {
    SPAWN_ENDED, /* by itself: see exit_code and signal */
    SPAWN_NOT_STARTED,
    SPAWN_TIME_LIMIT,
    SPAWN_IDLE_LIMIT,
    SPAWN_SIZE_LIMIT,
    SPAWN_REFUSED,    /* by a sink */
    SPAWN_INTERRUPTED /* a stop was requested (signals.h) */
};

struct spawn_result {
    enum spawn_end end;
    int exit_code; /* -1 = it did not exit */
    int signal;    /* 0 = none */
    int start_errno;
    uint64_t elapsed_ns; /* from before the start until its end was noticed */
};

/* Returns 0 with *result when the program has ended, in whatever way; -1 and *error when its end
 * cannot be determined or its output cannot be stored (it has ended then, too). Standard input is
 * empty. Works with and without signals_open(), from any thread. */
int spawn_run(
    const struct spawn_program *program, struct spawn_result *result, struct error *error);

/* The same in steps, for a program that runs in parallel with the caller's work. The sinks must
 * live until spawn_end(), which frees *spawn. Limits are checked, and output counts as a sign of
 * life, from the first poll on. spawn_poll() waits at most `wait_ms` and tells whether the program
 * has ended; spawn_end() reports errors, including a program that cannot be started. */
struct spawn;
int spawn_begin(struct spawn **spawn, const struct spawn_program *program, struct error *error);
bool spawn_poll(struct spawn *spawn, uint64_t wait_ms);
/* Of several, at most SPAWN_MOST: waits until one has ended. Its index, or -1 when none has. */
enum { SPAWN_MOST = 8 };
int spawn_poll_any(struct spawn *const *spawns, int n, uint64_t wait_ms);
int spawn_end(struct spawn *spawn, struct spawn_result *result, struct error *error);
/* Instead of spawn_end(): kills the program. */
void spawn_abandon(struct spawn *spawn);

/* Runs a program of this suite and captures what it prints; its messages go to our stderr. Any exit
 * code but 0 is an error with that code. The caller frees *text. */
int spawn_capture(const char *const *argv, char **text, size_t *n_bytes, struct error *error);

/* Resolves a program's name: itself when it has a slash, else the first executable file on PATH,
 * where an empty entry does not mean the current directory. Returns 0, or -1 when there is none or
 * `bytes` is too small. */
int spawn_find(const char *name, char *path, size_t bytes);

#endif
