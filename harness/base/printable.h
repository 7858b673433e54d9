/* SPDX-License-Identifier: MIT
 *
 * Text that came from a model or a file, shown to people.
 */
#ifndef ANEPROBE_BASE_PRINTABLE_H
#define ANEPROBE_BASE_PRINTABLE_H

#include <stdio.h>

/* Writes the bytes; on a terminal control characters other than newline and tab appear as \xNN, so
 * that they cannot change it. */
void printable_put(FILE *out, const char *bytes, size_t n_bytes);

#endif
