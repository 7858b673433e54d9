/* SPDX-License-Identifier: MIT
 *
 * Rewrites what some accounts refuse into what all accept, where that changes no result: literals
 * among the arguments become consts, statements get names, a program gets a buildInfo.
 */
#ifndef ANEPROBE_MIL_CHECK_FIX_H
#define ANEPROBE_MIL_CHECK_FIX_H

#include "mil/mil.h"

/* `program` is what mil_read made of `text`, without errors. Everything that is not rewritten stays
 * as it is written. Returns the new text, NUL-terminated and to free(), with its length in *bytes_out
 * and the number of rewritings in *n_fixes; NULL when out of memory. */
char *mil_fix(const struct mil_program *program, const char *text, size_t bytes, size_t *bytes_out,
    int *n_fixes);

#endif
