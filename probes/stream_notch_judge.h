/* SPDX-License-Identifier: MIT */
#ifndef ANEPROBE_STREAM_NOTCH_JUDGE_H
#define ANEPROBE_STREAM_NOTCH_JUDGE_H

#include "experiment/experiment.h"

/* The distances of a place's neighbours, and of those outside any window. */
enum { STREAM_NOTCH_NEAR_KB = 32, STREAM_NOTCH_FAR_KB = 48 };

/* The decision rules of stream_notch, as given in its header comment. */
int stream_notch_judge(struct judgement *j);

#endif
