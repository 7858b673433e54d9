/* SPDX-License-Identifier: MIT
 *
 * Judgement of the compile_limit probe; the rule is in the header comment of compile_limit.c.
 */
#ifndef ANEPROBE_PROBES_COMPILE_LIMIT_JUDGE_H
#define ANEPROBE_PROBES_COMPILE_LIMIT_JUDGE_H

#include "experiment/experiment.h"

enum compile_limit_arm {
    KEEP_TINY,
    UNLOAD_TINY,
    COMPILE_ONLY,
    KEEP_LARGE,
    KEEP_SAME_HASH,
    WAIT,
    PURGE,
    FRESH,
    N_ARMS
};

int compile_limit_judge(struct judgement *j);

#endif
