/* SPDX-License-Identifier: MIT
 *
 * Command-line options of the sub-commands: --name, --name VALUE, --name=VALUE, and -- to end them.
 * Everything else is an operand, in any place.
 */
#ifndef ANEPROBE_RUNNER_COMMAND_OPTIONS_H
#define ANEPROBE_RUNNER_COMMAND_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct option_spec {
    const char *name;   /* with its dashes: "--seed" */
    const char **value; /* where its value goes; NULL for a switch */
    bool *is_set;       /* for a switch */
};

/* Moves the operands to the front of argv and returns their number, or -1 and a usage error. */
int options_parse(
    int argc, char **argv, const struct option_spec *specs, int n_specs, struct error *error);
/* A whole number in decimal. Returns 0, or -1 and a usage error that names the option. */
int options_u64(const char *option, const char *text, uint64_t *value, struct error *error);

#endif
