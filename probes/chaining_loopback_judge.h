/* SPDX-License-Identifier: MIT
 *
 * Judgement of the chaining_loopback probe; the rule is in the header comment of
 * chaining_loopback.c.
 */
#ifndef ANEPROBE_PROBES_CHAINING_LOOPBACK_JUDGE_H
#define ANEPROBE_PROBES_CHAINING_LOOPBACK_JUDGE_H

#include "experiment/experiment.h"

enum chaining_loopback_arm { LADDER, COST, N_ARMS };

int chaining_loopback_judge(struct judgement *j);

#endif
