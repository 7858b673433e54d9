/* SPDX-License-Identifier: MIT
 *
 * The start and the end of every main.
 */
#ifndef ANEPROBE_BASE_PROGRAM_H
#define ANEPROBE_BASE_PROGRAM_H

#include "base/options.h"

/* Makes sure that the three standard descriptors are open, so that no file opened later gets one of
 * their numbers; writing to a closed pipe or past a limit on file sizes becomes an error of the
 * write. A BLAS that is loaded later, or that a program started from here is linked with, has one
 * thread. Returns 0, or -1 and *error. */
int program_begin(struct error *error);

/* Prints "NAME: what is wrong" on stderr when error->text is not empty, and flushes stdout. Returns
 * the exit code: error->code, or EXIT_BROKEN when writing to stdout failed.
 * If the reader of stdout has gone (`... | head`), prints nothing and ends like other programs, by
 * SIGPIPE. */
int program_end(const char *name, const struct error *error);

/* A whole main: begins, reads the command line into `values`, prints the help if that is asked for or else
 * calls `work` with the operands, and ends. `work` leaves what goes wrong, and the exit code, in *error.
 * Returns the exit code. */
int program_run(const struct command_line *line, int argc, char **argv, void *values,
    void (*work)(char **operands, int n_operands, void *values, struct error *error));

#endif
