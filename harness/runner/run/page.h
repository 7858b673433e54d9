/* SPDX-License-Identifier: MIT
 *
 * Shows the report's page with the system's own program: open on macOS, xdg-open elsewhere.
 */
#ifndef ANEPROBE_RUNNER_RUN_PAGE_H
#define ANEPROBE_RUNNER_RUN_PAGE_H

#include "base/error.h"

/* Checks that there is such a program. If not, -1 and a usage error. */
int page_check(struct error *error);
/* Shows it. The program may still be running when this returns. Returns 0, or -1 and *error. */
int page_open(const char *path, struct error *error);

#endif
