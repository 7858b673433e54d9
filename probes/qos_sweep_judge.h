/* SPDX-License-Identifier: MIT
 *
 * Shared by qos_sweep's collection and judgement.
 */
#ifndef ANEPROBE_QOS_SWEEP_JUDGE_H
#define ANEPROBE_QOS_SWEEP_JUDGE_H

#include "experiment/experiment.h"

enum { QOS_LEVELS = 64, QOS_REFERENCE = DEVICE_QOS_DEFAULT };

/* The treatments of a round: the levels, then three more series, all of level 21. */
enum { QOS_AA_1 = QOS_LEVELS, QOS_AA_2, QOS_PLUS_3, QOS_TREATMENTS };

/* As in the column `treatment`. */
const char *qos_treatment_name(unsigned treatment);

int qos_sweep_judge(struct judgement *j);

#endif
