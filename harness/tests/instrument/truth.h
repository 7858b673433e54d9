/* SPDX-License-Identifier: MIT
 *
 * What a probe should say about an engine whose properties are all known.
 */
#ifndef ANEPROBE_TESTS_INSTRUMENT_TRUTH_H
#define ANEPROBE_TESTS_INSTRUMENT_TRUTH_H

#include "device/sim/sim.h"

/* How far compile_limit searches on a simulated engine, and what a large program takes. */
enum { TRUTH_SEARCHED = 256 };
#define TRUTH_LARGE_MB (16 + 128 / 1048576.0)

/* Goals for verdicts on engines of one class. */
enum truth_goal {
    TRUTH_EXACT, /* no interval decides: wrong in 1 % at most, inconclusive in 5 % */
    TRUTH_CLEAR, /* twice the margin away, or more: the same */
    TRUTH_NEAR,  /* nearer to where the verdict turns: wrong in 5 % at most */
    TRUTH_NULL   /* no effect at all, judged by an interval: wrong in 5 % at most */
};

struct truth {
    const char *class; /* in words, one of few */
    enum truth_goal goal;
    const char *verdict;  /* the right one */
    const char *measured; /* what the verdict must have measured as well, or NULL */
};

/* -1 when the keys of a sim file do not state the truth of this finding. */
int truth_of(const char *finding, const struct sim_params *params, struct truth *out);

/* One eval of the program that chaining_loopback loops, without noise. */
double truth_scale_eval_us(const struct sim_params *params);

/* One eval of `depth` 1x1 convolutions, directly. */
double truth_conv_eval_us(
    const struct sim_params *params, double channels, double positions, double depth);

/* The same by a way, with Core ML's share; and the energy that the chip takes for it. */
double truth_way_eval_us(const struct sim_params *params, enum device_way way, double channels,
    double positions, double depth);
double truth_way_chip_uj(const struct sim_params *params, enum device_way way, double channels,
    double positions, double depth);

/* The stack of weight_formats in virtual time: 8 convolutions of 128 channels at 64 positions. What it computes, and
 * the bytes that its eval moves. */
#define TRUTH_W8A8_FLOP (2.0 * 8 * 128 * 128 * 64)
double truth_w8a8_bytes(void);

/* Findings of a program, NULL at the end; NULL for another program. */
const char *const *truth_findings(const char *program);

#endif
