/* SPDX-License-Identifier: MIT
 *
 * Claims about outcomes rather than times: each trial tries cases and records how each came out; a
 * claim names its cases and the outcomes that it allows. An experiment that uses this declares the
 * columns OUTCOME_COLUMNS.
 */
#ifndef ANEPROBE_EXPERIMENT_OUTCOME_H
#define ANEPROBE_EXPERIMENT_OUTCOME_H

#include "experiment/experiment.h"

/* `stage` is the call that failed. */
#define OUTCOME_COLUMNS                                                                            \
    {"case", EXPERIMENT_FACTOR}, {"outcome", EXPERIMENT_FACTOR}, {                                 \
        "stage", EXPERIMENT_FACTOR                                                                 \
    }

/* The outcome of a correct call that was refused. */
#define OUTCOME_REFUSED "refused"
/* That of a process that was killed, or stopped at its limit. */
#define OUTCOME_STOPPED "stopped"

/* Writes the row of a case: `outcome` when `status` is DEVICE_OK, OUTCOME_REFUSED with the device's
 * reason when it is DEVICE_FAILED, and a row without outcome when it is DEVICE_UNSUPPORTED. Set
 * other cells first. Returns 0; -1 for DEVICE_BROKEN, which breaks the trial. */
int outcome_row(struct trial *t, const char *case_name, const char *outcome,
    enum device_status status, const struct device_error *error);

struct outcome_claim {
    const char *finding;
    const char *cases;   /* "matmul", or several: "gelu silu" */
    const char *claimed; /* "right", or any of several: "refused wrong" */
    const char *control; /* a case that must be "right" in every trial, or the claim is untrusted */
};

/* Judges `n` claims. Reproduced when every trial of every case came out as claimed; contradicted when a case came
 * out otherwise in each of its trials; inconclusive when trials of a case disagree. */
void outcome_judge(struct judgement *j, const struct outcome_claim *claims, size_t n);

#endif
