/* SPDX-License-Identifier: MIT
 *
 * One run per machine at a time, over all users: two that measure at the same time disturb each
 * other. The lock is one file per user, /tmp/aneprobe-run.UID, held with flock(), so that a file
 * left by a killed runner blocks nobody; it says who holds it. A container has its own /tmp, and so
 * its own lock.
 *
 * The environment, for tests: ANEPROBE_LOCKS, a folder in place of /tmp.
 */
#ifndef ANEPROBE_RUNNER_RUN_MACHINE_LOCK_H
#define ANEPROBE_RUNNER_RUN_MACHINE_LOCK_H

#include "base/error.h"

/* The lock's descriptor, or -1 and *error: a usage error that names the holder (process, since
 * when, which run). */
int machine_lock_take(struct error *error);
/* Sets what others are told about this run from now on. */
void machine_lock_tell(int lock_fd, const char *directory);
void machine_lock_release(int lock_fd); /* -1: nothing */

#endif
