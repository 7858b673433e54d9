/* SPDX-License-Identifier: MIT
 *
 * The start and the end of every main.
 */
#ifndef ANEPROBE_BASE_PROGRAM_H
#define ANEPROBE_BASE_PROGRAM_H

#include "base/error.h"

/* Makes sure that the three standard descriptors are open, so that no file opened later gets one of
 * their numbers; writing to a closed pipe or past a limit on file sizes becomes an error of the
 * write. Returns 0, or -1 and *error. */
int program_begin(struct error *error);

/* Prints "NAME: what is wrong" on stderr when error->text is not empty, and flushes stdout. Returns
 * the exit code: error->code, or EXIT_BROKEN when that is EXIT_DONE and writing to stdout failed.
 * If the reader of stdout has gone (`... | head`), prints nothing and ends like other programs, by
 * SIGPIPE. */
int program_end(const char *name, const struct error *error);

#endif
