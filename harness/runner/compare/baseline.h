/* SPDX-License-Identifier: MIT
 *
 * Named baselines: copies of runs in the user's data folder, which stay when the run is gone.
 */
#ifndef ANEPROBE_RUNNER_COMPARE_BASELINE_H
#define ANEPROBE_RUNNER_COMPARE_BASELINE_H

#include "base/error.h"

#include <stddef.h>

/* Copies the files of the judged run that a comparison reads. An existing name is refused unless
 * `replaces`: then the old one stays until the new one is complete. Returns 0, or -1 and *error. */
int baseline_save(const char *name, const char *run_path, int replaces, struct error *error);
int baseline_remove(const char *name, struct error *error);

/* Its directory, a run; the caller frees it. NULL when there is none with that name. */
char *baseline_path(const char *name);
/* Resolves a run named on the command line: a directory, or the name of a baseline. The caller
 * frees it; anything else is returned unchanged. NULL when out of memory. */
char *baseline_or_run(const char *word);

/* All names, in order: an array of *n, each and itself to be freed. Returns 0, or -1 and *error. */
int baseline_names(char ***names, size_t *n, struct error *error);

#endif
