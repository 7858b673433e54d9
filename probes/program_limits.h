/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of the program_limits probe: its resources, the programs that need so much of one, and
 * its judgement. The rule is in the header comment of program_limits.c.
 */
#ifndef ANEPROBE_PROBES_PROGRAM_LIMITS_H
#define ANEPROBE_PROBES_PROGRAM_LIMITS_H

#include "experiment/experiment.h"

enum resource { FILES, LAYERS, AXIS, INPUTS, OUTPUTS, BYTES, N_RESOURCES };
extern const char *const resource_names[N_RESOURCES]; /* as the arms */

/* What became of a program, besides the names of specimen_outcome_name. */
#define RUNG_REFUSED "refused"
#define RUNG_CRASHED "crashed"
#define RUNG_HUNG "hung"
#define RUNG_SLOW "slow" /* right, but as slow as if it ran elsewhere */
#define RUNG_RIGHT "right"

/* Compiles, loads and evaluates what needs t->value of the resource, and writes its one row. 0, or -1 with the
 * trial broken. */
int rung_run(struct trial *t, enum resource resource);

int program_limits_judge(struct judgement *j);

#endif
