/* SPDX-License-Identifier: MIT
 *
 * Background work in virtual time. A dispatch queue is a real thread, but only one thread runs at
 * any moment: the client's hands over when it starts work and when it asks for a result, the
 * worker's hands back while a compile is under way and when its work is done. So the order of all calls depends
 * only on the client's calls.
 */
#ifndef ANEPROBE_TESTS_STANDIN_WORKER_H
#define ANEPROBE_TESTS_STANDIN_WORKER_H

#include <stdbool.h>
#include <stdint.h>

struct engine_program;

/* Is the calling thread a queue's? */
bool worker_is_current(void);
/* On a queue's thread, with a compile under way: gives the client its turn until the compile is
 * over, or waited for. */
void worker_compile_park(struct engine_program *program);
/* On the client's thread, after time has passed: resumes compiles that have ended meanwhile. */
void worker_catch_up(void);
/* What the queue's thread reads from the clock. */
uint64_t worker_now_ns(void);

#endif
