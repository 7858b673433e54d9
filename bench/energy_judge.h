/* SPDX-License-Identifier: MIT
 *
 * What both parts of energy know: the arms, their kinds of work, and the judgement.
 */
#ifndef ANEPROBE_BENCH_ENERGY_JUDGE_H
#define ANEPROBE_BENCH_ENERGY_JUDGE_H

#include "experiment/experiment.h"

/* Name, text, time limit of a trial in s, and the kinds of work that a process does one after the other. */
#define ENERGY_ARM_LIST(X)                                                                         \
    X(SMALL, "small", "1 convolution of 64 channels", 300, "evals", NULL)                          \
    X(MIDDLE, "middle", "16 convolutions of 256 channels", 600, "evals", NULL)                     \
    X(DATA, "data", "96 convolutions, random input and zeros", 900, "random", "zeros")             \
    X(PAUSES, "pauses", "96 convolutions, with and without pauses", 900, "back_to_back", "paused") \
    X(INT8, "int8", "a stack in fp16 and in W8A8", 900, "fp16", "w8a8")                            \
    X(SUSTAINED, "sustained", "96 convolutions, at the start and later", 900, "first", "later")
#define ENERGY_ARM_ENUM(id, ...) ENERGY_##id,
enum energy_arm { ENERGY_ARM_LIST(ENERGY_ARM_ENUM) ENERGY_ARMS };

enum { ENERGY_WORKS = 2 };
extern const char *const energy_works[ENERGY_ARMS][ENERGY_WORKS]; /* NULL = there is no second */

/* The stack of the full preset, which the claims are about. */
enum { ENERGY_DEPTH = 96, ENERGY_CHANNELS = 512, ENERGY_POSITIONS = 64 };

int energy_judge(struct judgement *j);

#endif
