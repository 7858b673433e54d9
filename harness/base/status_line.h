/* SPDX-License-Identifier: MIT
 *
 * The progress line of a program, rewritten in place: only on a terminal that supports it, and
 * never wider than that.
 */
#ifndef ANEPROBE_BASE_STATUS_LINE_H
#define ANEPROBE_BASE_STATUS_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Whether it is a terminal that, by TERM, understands escape sequences. */
bool status_line_is_shown(FILE *out);
void status_line_show(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void status_line_clear(FILE *out);

/* Where it is not shown: is it time for a line of its own? A minute after the last one or the first
 * call, by the host's clock; *said_ns is its time, 0 at first. */
bool status_line_is_due(uint64_t *said_ns);

#endif
