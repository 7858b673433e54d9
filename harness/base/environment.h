/* SPDX-License-Identifier: MIT
 *
 * The environment for programs outside the suite: only the user's PATH and TMPDIR, so that no other
 * setting changes a result.
 */
#ifndef ANEPROBE_BASE_ENVIRONMENT_H
#define ANEPROBE_BASE_ENVIRONMENT_H

enum { ENVIRONMENT_MAX = 12 };

struct environment {
    char *list[ENVIRONMENT_MAX + 1]; /* "NAME=VALUE", ends with NULL */
    int n;
};

/* PATH and TMPDIR; on macOS also the selected developer tools and SDK; English messages. Returns 0,
 * or -1 when out of memory; must be freed either way. */
int environment_make(struct environment *environment);
/* Adds a variable, or gives it another value. Returns 0, or -1 when out of memory. */
int environment_set(struct environment *environment, const char *name, const char *value);
void environment_free(struct environment *environment);

#endif
