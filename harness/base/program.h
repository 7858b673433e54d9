/* SPDX-License-Identifier: MIT
 *
 * The begin and the end of every main.
 */
#ifndef ANEPROBE_BASE_PROGRAM_H
#define ANEPROBE_BASE_PROGRAM_H

#include "base/error.h"

/* Gives the program the three standard descriptors, so that no file that it opens takes the place of
 * one that was closed; writing to a closed pipe or past a limit on file sizes becomes an error of
 * the write. Returns 0, or -1 and *error. */
int program_begin(struct error *error);

/* Says "NAME: what is wrong" on stderr when error->text is not empty, and makes sure that what was
 * printed has gone out. Returns the exit code: error->code, or EXIT_BROKEN when that is EXIT_DONE
 * and stdout could not be written. When nobody reads stdout any more (`... | head`), says nothing of
 * that and ends as other programs do, by SIGPIPE. */
int program_end(const char *name, const struct error *error);

#endif
