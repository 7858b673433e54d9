/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of the concurrency probe: its arms, its kinds of windows, the arm of two processes, and
 * its judgement. The rule is in the header comment of concurrency.c.
 */
#ifndef ANEPROBE_PROBES_CONCURRENCY_H
#define ANEPROBE_PROBES_CONCURRENCY_H

#include "experiment/experiment.h"
#include "experiment/outcome.h"

enum concurrency_arm {
    CONCURRENCY_IN_FLIGHT,
    CONCURRENCY_PROGRAMS,
    CONCURRENCY_ENGINES,
    CONCURRENCY_PROCESSES,
    CONCURRENCY_BESIDE,
    CONCURRENCY_ARMS
};
#define CONCURRENCY_BESIDE_ARM "process-beside"
const char *concurrency_arm_name(enum concurrency_arm arm);

/* Windows of each kind; evals before one. */
enum { CONCURRENCY_WINDOWS = 5, CONCURRENCY_WARM_UP = 3 };
/* Evals of each lane in a window. */
int concurrency_evals(const struct trial *t);

/* A kind of window, and which lanes it has. */
enum { CONCURRENCY_KINDS = 12 };
extern const struct concurrency_window {
    const char *name;
    enum concurrency_arm arm;
    int first_lane, n_lanes;
} concurrency_windows[CONCURRENCY_KINDS];

/* For each kind of window of the arm a row that says why there is none. */
int concurrency_unsupported(struct trial *t, int arm, const struct device_error *error);

/* Trials of the arms of two processes. */
int concurrency_processes_run(struct trial *t);
int concurrency_beside_run(struct trial *t);

int concurrency_judge(struct judgement *j);

#endif
