/* SPDX-License-Identifier: MIT
 *
 * Engines drawn at random, and the truth about each.
 */
#ifndef ANEPROBE_TESTS_INSTRUMENT_DRAW_H
#define ANEPROBE_TESTS_INSTRUMENT_DRAW_H

#include "device/sim/sim.h"

/* Every key of a sim file, from `seed` alone. The property that the program asks about is drawn by strata: no
 * effect, effects on either side of the margin, large ones. All other keys are drawn evenly from plausible
 * ranges. Limits that other programs ask about are drawn so that they do not end a trial early. */
void draw_sim(const char *program, uint64_t seed, struct sim_params *out);

/* Adds disturbances, from the same seed: short or long bursts, or pauses on one side; or periods of a lower
 * clock, which are not reported; or both. All other keys stay. */
void draw_disturbances(uint64_t seed, struct sim_params *params);

/* Writes it as a sim file. 0, or -1 with errno set. */
int draw_write(const struct sim_params *params, const char *path);

#endif
