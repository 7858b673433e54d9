/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_OVERLAP_JUDGE_H
#define ANEPROBE_OVERLAP_JUDGE_H

#include "experiment/experiment.h"

/* The decision rule of overlap, as given in its header comment. */
int overlap_judge(struct judgement *j);

#endif
