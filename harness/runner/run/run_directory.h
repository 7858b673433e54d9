/* SPDX-License-Identifier: MIT
 *
 * A run's directory: creating, opening, and locking it against a second runner.
 */
#ifndef ANEPROBE_RUNNER_RUN_RUN_DIRECTORY_H
#define ANEPROBE_RUNNER_RUN_RUN_DIRECTORY_H

#include "base/error.h"

enum { RUN_PATH_SIZE = 4096 };

struct run {
    char path[RUN_PATH_SIZE - 256]; /* leaves room for the names in it */
    int lock_fd;                    /* -1 = not locked */
};

/* Creates and locks a directory that is missing, or empty except for leftovers of a run stopped
 * before it had a schedule. */
int run_create(struct run *run, const char *path, struct error *error);
/* An existing run; nothing is locked or written. */
int run_open(struct run *run, const char *path, struct error *error);
/* Usage error when another runner has it. */
int run_lock(struct run *run, struct error *error);
void run_close(struct run *run);

/* Path of a file in it: run_path(run, path, "samples/%s.csv", name). Returns `path`. */
const char *run_path(const struct run *run, char path[RUN_PATH_SIZE], const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
