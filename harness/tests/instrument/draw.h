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

/* Writes it as a sim file. 0, or -1 with errno set. */
int draw_write(const struct sim_params *params, const char *path);

#endif
