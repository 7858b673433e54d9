/* SPDX-License-Identifier: MIT
 *
 * Private to spawn*.c: starts a process from its description.
 */
#ifndef ANEPROBE_BASE_SPAWN_START_H
#define ANEPROBE_BASE_SPAWN_START_H

#include "base/spawn.h"

#include <sys/types.h>

/* Both ends close on exec. Returns 0, or -1 with errno set. */
int pipe_open(int ends[2]);

/* Starts it with `out` and `err` (-1: ours) as its outputs, in its own session, with default
 * signals. Returns 0 with *pid; if the program cannot be started, 0 with its errno in *start_errno;
 * if no process or pipe can be created, -1 with errno set. */
int process_start(
    const struct spawn_program *program, int out, int err, pid_t *pid, int *start_errno);

#endif
