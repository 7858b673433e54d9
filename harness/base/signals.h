/* SPDX-License-Identifier: MIT
 *
 * Signals as bytes in a pipe that poll() can wait for.
 */
#ifndef ANEPROBE_BASE_SIGNALS_H
#define ANEPROBE_BASE_SIGNALS_H

#include "base/error.h"

#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP request a stop, SIGCHLD wakes, SIGPIPE and SIGXFSZ become errors of
 * the write. Call it once, before starting anything. */
int signals_open(struct error *error);
/* Readable after a signal. */
int signals_fd(void);
void signals_drain(void);
/* Whether a stop was requested since the last signals_clear(). */
bool signals_stop_asked(void);
void signals_clear(void);
/* Before exec: resets all signals to their defaults, none blocked. */
void signals_restore(void);

const char *signal_name(int signal, char buffer[16]); /* "SIGSEGV", or the number */

#endif
