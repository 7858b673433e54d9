/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_SRAM_JUDGE_H
#define ANEPROBE_SRAM_JUDGE_H

#include "experiment/experiment.h"

/* The decision rules of sram, as given in its header comment. */
int sram_judge(struct judgement *j);

#endif
