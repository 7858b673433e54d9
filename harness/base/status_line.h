/* SPDX-License-Identifier: MIT
 *
 * The progress line of a program, rewritten in place: only on a terminal that supports it, and
 * never wider than that.
 */
#ifndef ANEPROBE_BASE_STATUS_LINE_H
#define ANEPROBE_BASE_STATUS_LINE_H

#include <stdbool.h>
#include <stdio.h>

/* Whether it is a terminal that, by TERM, understands escape sequences. */
bool status_line_is_shown(FILE *out);
void status_line_show(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void status_line_clear(FILE *out);

#endif
