/* SPDX-License-Identifier: MIT
 *
 * Private to spawn*.c: from a description to a process.
 */
#ifndef ANEPROBE_BASE_SPAWN_START_H
#define ANEPROBE_BASE_SPAWN_START_H

#include "base/spawn.h"

#include <sys/types.h>

/* Both ends close on exec. Returns 0, or -1 with errno set. */
int pipe_open(int ends[2]);

/* Starts it with `out` and `err` (-1: ours) as its outputs, in a session of its own, with the
 * signals of a fresh program. Returns 0 with *pid; a program that cannot be started gives 0 and its
 * errno in *start_errno; no process or pipe to be had gives -1 with errno set. */
int process_start(
    const struct spawn_program *program, int out, int err, pid_t *pid, int *start_errno);

#endif
