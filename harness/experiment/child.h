/* SPDX-License-Identifier: MIT
 *
 * A trial as a separate process: this program, started again.
 */
#ifndef ANEPROBE_EXPERIMENT_CHILD_H
#define ANEPROBE_EXPERIMENT_CHILD_H

#include "base/spawn.h"
#include "experiment/trial.h"
#include "record/start.h"

/* The command line that makes this program run the trial and write it to stdout. The words borrow from options and
 * place. -1 when the program's file is gone, with the reason. */
enum { CHILD_GRACE_MS = 2000 };
struct child_words {
    char path[4096];
    struct start_words words;
};
int child_words_make(const struct options *options, const struct trial_place *place,
    struct child_words *out, char *reason, size_t reason_size);

/* Receives bytes as they arrive; any result but 0 stops the trial. */
typedef int child_sink(void *context, const char *bytes, size_t n);

/* Runs the trial in a child process with a time limit and passes what it writes to `sink`. The child's
 * stderr is ours. 0 with *result when it ended, in whatever way; -1 when it could not be started.
 * `reason` is set for either, and for a crash or a timeout; else "". */
int child_start(const char *program, const struct options *options, const struct trial_place *place,
    unsigned limit_s, child_sink *sink, void *context, struct spawn_result *result, char *reason,
    size_t reason_size);

/* Runs the trial in a child process with its time limit and passes what it writes to `sink`. The
 * child's stderr is ours. Returns the child's exit code; EXIT_BROKEN after a crash, a timeout or a
 * failing sink; EXIT_INTERRUPTED after a requested stop (base/signals.h). `reason` is set for what
 * the child could not report itself, else "". */
enum exit_code child_run(const char *program, const struct options *options,
    const struct trial_place *place, child_sink *sink, void *context, char *reason,
    size_t reason_size);

#endif
