/* SPDX-License-Identifier: MIT
 *
 * Several requests of a session in flight, each with surfaces of its own, beside one: reported as facts
 * in_flight_per_s, evals a second, and in_flight_gain, as a multiple of the same with one: medians over
 * windows that take turns.
 */
#ifndef ANEPROBE_BENCH_FILE_TRIAL_LANES_H
#define ANEPROBE_BENCH_FILE_TRIAL_LANES_H

#include "bench_file/session.h"

/* After the outputs were found right. The outputs of every request are compared again after every
 * window. Returns 1 when all are right, 0 when one is wrong, or -1 and *error. */
int lanes_measure(struct bench_session *s, struct device_error *error);

#endif
