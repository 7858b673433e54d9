/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_SRAM_JUDGE_H
#define ANEPROBE_SRAM_JUDGE_H

#include "experiment/experiment.h"

/* The decision rules of sram, as its header comment has them. */
int sram_judge(struct judgement *j);

#endif
