/* SPDX-License-Identifier: MIT
 *
 * The line by which a program says how far it is, rewritten in place: on a terminal that can do
 * that, never wider than it, and nowhere else.
 */
#ifndef ANEPROBE_BASE_STATUS_LINE_H
#define ANEPROBE_BASE_STATUS_LINE_H

#include <stdbool.h>
#include <stdio.h>

/* A terminal, and TERM says that it understands escape sequences. */
bool status_line_is_shown(FILE *out);
void status_line_show(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void status_line_clear(FILE *out);

#endif
