/* SPDX-License-Identifier: MIT
 *
 * Errors as values: what went wrong, what to do next, and the exit code that says so. Only main
 * prints them.
 */
#ifndef ANEPROBE_BASE_ERROR_H
#define ANEPROBE_BASE_ERROR_H

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_UNSUPPORTED = 77,
    EXIT_BROKEN = 99, /* environment or data */
    EXIT_INTERRUPTED = 130
};

struct error {
    enum exit_code code;
    char text[1536];
};

/* Fills *error and returns -1. */
int error_set(struct error *error, enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds to the end of the text; returns -1. */
int error_add(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
