/* SPDX-License-Identifier: MIT
 *
 * Errors as values: what went wrong, what to do next, and the exit code. Only main prints them.
 */
#ifndef ANEPROBE_BASE_ERROR_H
#define ANEPROBE_BASE_ERROR_H

#include "base/exit_code.h"

struct error {
    enum exit_code code;
    char text[1536];
};

/* Fills *error and returns -1. */
int error_set(struct error *error, enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Prepends words to the text; returns -1. */
int error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends to the text; returns -1. */
int error_add(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
