/* SPDX-License-Identifier: MIT
 *
 * Which thread evaluates what. The stand-in serves one thread at a time, so two evals never overlap in it; but a request, or
 * a surface that evals write, that two living threads have both used would be in two evals at once on a machine.
 * Whoever waits for the threads, as the main one does, may use what they used.
 */
#ifndef ANEPROBE_TESTS_STANDIN_FLIGHT_H
#define ANEPROBE_TESTS_STANDIN_FLIGHT_H

#include <stdbool.h>

struct flight_thread;
/* The user of something by an eval; NULL at first. */
struct flight {
    const struct flight_thread *thread;
};
/* The calling thread uses it from now on. False when another does, which has not ended. */
bool flight_take(struct flight *flight);

#endif
