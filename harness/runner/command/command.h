/* SPDX-License-Identifier: MIT
 *
 * The sub-commands. A new one is a row of commands.c and, unless it is a separate program, a file
 * command_NAME.c that defines `command_NAME`.
 */
#ifndef ANEPROBE_RUNNER_COMMAND_COMMAND_H
#define ANEPROBE_RUNNER_COMMAND_COMMAND_H

#include "base/options.h"

struct command {
    const char *name;
    const char *brief; /* what it does, in one line */
    /* Takes the words from the name on and returns the exit code; errors go to *error for main to
     * print, data to stdout. NULL: `program` replaces this one. */
    int (*run)(int argc, char **argv, struct error *error);
    const struct command_line *line;
    /* A script, "plots/audit.sh", or a program by its path in the build folder; it answers --help. */
    const char *program;
};

/* Ends with NULL. */
extern const struct command *const commands[];

/* Runs the command on the words from its name on; returns the exit code. */
int command_start(const struct command *command, int argc, char **argv, struct error *error);
/* Executes a script or a program as above. Returns only on failure, with the exit code. */
int command_become(const char *program, int argc, char **argv, struct error *error);
/* Prints its help. */
int command_help(const struct command *command, struct error *error);

#endif
