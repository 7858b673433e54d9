/* SPDX-License-Identifier: MIT
 *
 * Engines drawn at random, and what is true of each.
 */
#ifndef ANEPROBE_TESTS_INSTRUMENT_DRAW_H
#define ANEPROBE_TESTS_INSTRUMENT_DRAW_H

#include "device/sim/sim.h"

/* Every key of a sim, from `seed` alone. What the program asks about is drawn by strata: no
 * effect, effects on either side of the margin, large ones; all else evenly within what engines are
 * thought to be like. Other programs' limits are drawn where they do not cut a trial short. */
void draw_sim(const char *program, uint64_t seed, struct sim_params *out);

/* Adds disturbances, from the same seed: bursts, short or long, or pauses on one side; or
 * periods of a lower clock, of which nothing is told; or both. All other keys stay. */
void draw_disturbances(uint64_t seed, struct sim_params *params);

/* Writes it as a sim file. 0, or -1 with errno set. */
int draw_write(const struct sim_params *params, const char *path);

#endif
