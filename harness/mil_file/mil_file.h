/* SPDX-License-Identifier: MIT
 *
 * The parts of `aneprobe mil`: a program that was read, and what is said and done about it.
 */
#ifndef ANEPROBE_MIL_FILE_MIL_FILE_H
#define ANEPROBE_MIL_FILE_MIL_FILE_H

#include "base/error.h"
#include "mil/fix/fix.h"
#include "mil/package/package.h"
#include "table/table.h"

struct mil_subject {
    const char *path;
    const char *limits; /* of --device-limits; NULL: none */
    struct mil_package *package;
    struct mil_program *program; /* NULL: the text is not a program, and `why` says so */
    struct mil_error why;
    struct mil_finding *findings; /* errors and unknown operators */
    int n_findings;
};

/* Whether its text is wrong: then sums over its operators are not true. */
bool subject_has_errors(const struct mil_subject *subject);

/* Prints what the program holds and all complaints: errors to stderr, the rest to stdout. Returns the
 * exit code; or -1 and *error. */
int subject_say(const struct mil_subject *subject, struct error *error);
/* The complaints as a table; returns likewise. */
int subject_tabulate(
    const struct mil_subject *subject, enum table_format format, struct error *error);

/* Rewrites the program, checks that it gives the same bits, and prints what changed. Returns 0 and
 * *fixed, to free; or -1 and *error. */
int subject_fix(struct mil_subject *subject, struct mil_fixed *fixed, struct error *error);

/* Prints the difference between two texts, with a few lines around each change. Returns 0, or -1 and
 * *error. */
int difference_print(const char *before, const char *after, struct error *error);

#endif
