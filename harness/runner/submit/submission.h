/* SPDX-License-Identifier: MIT
 *
 * What must hold of a run that is handed on, on both sides: it is complete, its samples are those of
 * its trials, nothing in it names a person or a host, and its verdicts follow from its samples.
 */
#ifndef ANEPROBE_RUNNER_SUBMIT_SUBMISSION_H
#define ANEPROBE_RUNNER_SUBMIT_SUBMISSION_H

#include "runner/submit/bundle.h"
#include "runner/run/run_directory.h"

/* Names that must not be in it; "" or NULL = not known. */
struct submission_names {
    const char *host, *user, *home;
};

/* From the bundle alone. `name` stands for it in messages; an error says where and what to do. */
int submission_check(const char *name, const struct bundle *bundle,
    const struct submission_names *names, struct error *error);

/* The directory of results/ that it belongs into, "apple-m4-macos", from its machine.csv. */
int submission_label(
    const char *name, const struct bundle *bundle, char label[64], struct error *error);

/* Makes a directory in `parent`, writes the files into it, and judges them there by this build: summary
 * and verdicts are then those of its samples. An error when those of the bundle differ by more than
 * processors may round, or when this build cannot make them. */
int submission_judge(const char *name, const struct bundle *bundle, const char *parent,
    struct run *judged, struct error *error);
/* Removes that directory, unless it was moved away. Also where it could not be made, or all zero. */
void submission_remove(const struct bundle *bundle, const struct run *judged);

#endif
