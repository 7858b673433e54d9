/* SPDX-License-Identifier: MIT
 *
 * The jobs, each of which runs in a separate process.
 */
#ifndef ANEPROBE_BENCH_FILE_TRIAL_H
#define ANEPROBE_BENCH_FILE_TRIAL_H

#include "bench_file/report.h"
#include "bench_file/settings.h"
#include "mil/mil.h"

/* Evaluates the file's function with the reference and writes each output's bytes to
 * WORK/expected-N; with states, those of a second eval, which finds what the first one left in them,
 * to WORK/again-N. */
enum exit_code trial_reference(const struct bench_settings *settings, struct report *report);

/* Compiles, loads, checks and times it on the settings' only device. */
enum exit_code trial_time(const struct bench_settings *settings, struct report *report);

/* Whether an input is a state. */
bool function_has_states(const struct mil_function *function);

#endif
