/* SPDX-License-Identifier: MIT
 *
 * A trial as a process of its own: this program, started afresh.
 */
#ifndef ANEPROBE_EXPERIMENT_CHILD_H
#define ANEPROBE_EXPERIMENT_CHILD_H

#include "experiment/trial.h"

/* Takes bytes as they come; not 0 stops the trial. */
typedef int child_sink(void *context, const char *bytes, size_t n);

/* Runs the trial in a child process with its time limit and passes what it writes to `sink`. The
 * child's stderr is ours. Returns the child's exit code; a crash, a time limit passed and a sink
 * that refused give EXIT_BROKEN, a stop that was asked for (base/signals.h) EXIT_INTERRUPTED.
 * `reason` is set for what the child could not say itself, else "". */
enum exit_code child_run(const char *program, const struct options *options,
    const struct trial_place *place, child_sink *sink, void *context, char *reason,
    size_t reason_size);

#endif
