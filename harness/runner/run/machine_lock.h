/* SPDX-License-Identifier: MIT
 *
 * One run a machine at a time, of all users: two that measure side by side measure each other. The
 * lock is a file a user, /tmp/aneprobe-run.UID, held by flock(), so that one left by a runner that was
 * killed binds nobody; it says who holds it. A container has a /tmp, and so a lock, of its own.
 *
 * The environment, for tests: ANEPROBE_LOCKS, a folder in place of /tmp.
 */
#ifndef ANEPROBE_RUNNER_RUN_MACHINE_LOCK_H
#define ANEPROBE_RUNNER_RUN_MACHINE_LOCK_H

#include "base/error.h"

/* The lock's descriptor, or -1 and *error: a usage error that tells who has it (process, since when,
 * which run). */
int machine_lock_take(struct error *error);
/* What others are told of this run from now on. */
void machine_lock_tell(int lock_fd, const char *directory);
void machine_lock_release(int lock_fd); /* -1: nothing */

#endif
