/* SPDX-License-Identifier: MIT
 *
 * How busy others keep the machine now, and waiting until they no longer do.
 */
#ifndef ANEPROBE_RUNNER_RUN_IDLE_H
#define ANEPROBE_RUNNER_RUN_IDLE_H

#include "record/disturbed.h"

#include <stdio.h>

enum { IDLE_WATCH_MS = 1000, IDLE_WORDS_SIZE = 256 };

/* Watches for IDLE_WATCH_MS; less when a stop is requested. */
void idle_watch(struct disturbance *out);
/* "2 processors, of which others use 1.6: verdicts on time will be untrusted; ..." where that is above the
 * bound of record/disturbed.h; else "". Returns `words`. */
const char *idle_words(const struct disturbance *disturbance, char words[IDLE_WORDS_SIZE]);

/* Waits until others use less than the bound, for limit_s seconds at most, and says so on `out`. Goes on
 * all the same when that time is over, where it cannot be read, and when a stop is requested. */
void idle_wait(unsigned limit_s, FILE *out);

#endif
