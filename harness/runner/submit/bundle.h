/* SPDX-License-Identifier: MIT
 *
 * A run as one text: what 'aneprobe submit' makes and 'aneprobe add' reads. The same files give the
 * same text:
 *
 *     aneprobe submission 1
 *     run 20261123T103227Z-66f12cd45181
 *     file,bytes,sha256
 *     machine.csv,535,9f86d0...
 *     ...
 *
 * then an empty line and the files' bytes, one after the other. The files are those of a run that no
 * other follows from, in this order: machine, settings, programs, plan, jobs, summary, verdicts, then
 * samples/PROGRAM.csv by name. No path is taken from a text: a name that is not of this list is refused.
 */
#ifndef ANEPROBE_RUNNER_SUBMIT_BUNDLE_H
#define ANEPROBE_RUNNER_SUBMIT_BUNDLE_H

#include "base/error.h"

#include <stddef.h>

enum {
    BUNDLE_FIXED = 7, /* files before the samples */
    BUNDLE_MOST_FILES = 64,
    BUNDLE_MOST_BYTES = 256 << 20, /* of the whole text */
    BUNDLE_NAME_SIZE = 96
};

struct bundle_file {
    char name[BUNDLE_NAME_SIZE]; /* "jobs.csv", "samples/peak.csv" */
    const char *bytes;           /* not NUL-terminated */
    size_t n_bytes;
};

struct bundle {
    char run[BUNDLE_NAME_SIZE]; /* the name of its directory */
    struct bundle_file files[BUNDLE_MOST_FILES];
    size_t n;
};

/* The name of file i of those before the samples. */
const char *bundle_fixed_name(size_t i);
/* The program of samples/PROGRAM.csv, in `program`; -1 when the name is none of these. */
int bundle_program(const char *name, char program[BUNDLE_NAME_SIZE]);

/* *text is the caller's to free. */
int bundle_write(const struct bundle *bundle, char **text, size_t *n_bytes, struct error *error);
/* The other way; the files' bytes stay in `text`. `name` stands for the path in messages. An error
 * names the file and what is wrong with it; nothing of the text is then to be used. */
int bundle_read(
    const char *name, const char *text, size_t n_bytes, struct bundle *bundle, struct error *error);

#endif
