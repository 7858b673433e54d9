/* SPDX-License-Identifier: MIT
 *
 * Rewrites what some sources say is refused into what all accept, where that does not change
 * results: literal arguments become consts, statements get names, the program gets a buildInfo.
 */
#ifndef ANEPROBE_MIL_CHECK_FIX_H
#define ANEPROBE_MIL_CHECK_FIX_H

#include "mil/mil.h"

/* `program` is what mil_read made of `text`, without errors. The rest of the text is kept byte for
 * byte. Returns the new text, NUL-terminated and to free(), with its length in *bytes_out and the
 * number of fixes in *n_fixes; NULL when out of memory. */
char *mil_fix(const struct mil_program *program, const char *text, size_t bytes, size_t *bytes_out,
    int *n_fixes);

#endif
