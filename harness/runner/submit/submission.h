/* SPDX-License-Identifier: MIT
 *
 * What a submitted run must satisfy, on both sides: it is complete, its samples are those of its
 * trials, nothing in it names a person or a host, and its verdicts follow from its samples.
 */
#ifndef ANEPROBE_RUNNER_SUBMIT_SUBMISSION_H
#define ANEPROBE_RUNNER_SUBMIT_SUBMISSION_H

#include "runner/submit/bundle.h"
#include "runner/run/run_directory.h"

/* Names that must not be in it; "" or NULL = unknown. */
struct submission_names {
    const char *host, *user, *home;
};

/* Checks the bundle alone. `name` names it in messages; an error says where and what to do. */
int submission_check(const char *name, const struct bundle *bundle,
    const struct submission_names *names, struct error *error);

/* Its directory below results/, "apple-m4-macos", from its machine.csv. */
int submission_label(
    const char *name, const struct bundle *bundle, char label[64], struct error *error);

/* Creates a directory in `parent`, writes the files into it, and judges them there with this build:
 * summary and verdicts are then those of its samples. An error when those of the bundle differ by
 * more than processors may round, or when this build cannot make them. */
int submission_judge(const char *name, const struct bundle *bundle, const char *parent,
    struct run *judged, struct error *error);
/* Removes that directory, unless it was moved away. Allowed even if it could not be created, or
 * when all zero. */
void submission_remove(const struct bundle *bundle, const struct run *judged);

#endif
