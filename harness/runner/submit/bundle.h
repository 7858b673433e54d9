/* SPDX-License-Identifier: MIT
 *
 * The files of a submitted run, in memory: those of a run directory that cannot be derived from
 * others. Paths are made only from these names.
 */
#ifndef ANEPROBE_RUNNER_SUBMIT_BUNDLE_H
#define ANEPROBE_RUNNER_SUBMIT_BUNDLE_H

#include "base/error.h"

#include <stddef.h>

enum {
    BUNDLE_MACHINE,
    BUNDLE_SETTINGS,
    BUNDLE_EXPERIMENTS,
    BUNDLE_SCHEDULE,
    BUNDLE_JOBS,
    BUNDLE_SUMMARY,
    BUNDLE_VERDICTS,
    BUNDLE_FIXED, /* from here on samples/EXPERIMENT.csv, by name */
    BUNDLE_MOST_FILES = 64,
    BUNDLE_MOST_BYTES = 256 << 20, /* of all files together */
    BUNDLE_NAME_SIZE = 96,
    BUNDLE_SUMS_SIZE = BUNDLE_MOST_FILES * (64 + BUNDLE_NAME_SIZE) + 1
};

/* The name of experiments.csv in runs of versions before 2026-12. It stays in a bundle: the checksums list it. */
#define BUNDLE_EXPERIMENTS_BEFORE "programs.csv"

struct bundle_file {
    char name[BUNDLE_NAME_SIZE]; /* "jobs.csv", "samples/peak.csv" */
    char *bytes;                 /* NULL = missing so far; not NUL-terminated */
    size_t n_bytes;
};

struct bundle {
    char run[BUNDLE_NAME_SIZE]; /* the name of its directory */
    struct bundle_file files[BUNDLE_MOST_FILES];
    size_t n, n_bytes;
};

/* Empty: its fixed files are named but still missing. */
void bundle_init(struct bundle *bundle);
void bundle_free(struct bundle *bundle);

/* The experiment of samples/EXPERIMENT.csv, in `experiment`; -1 for another name. */
int bundle_experiment(const char *name, char experiment[BUNDLE_NAME_SIZE]);
/* Whether this is a valid name for the run's directory. */
int bundle_run_name_is_plain(const char *name);

/* The file with that name, or NULL. */
struct bundle_file *bundle_find(struct bundle *bundle, const char *name);
/* Adds a file, in any order. The bundle takes over `bytes`, even when it refuses the file. */
int bundle_add(
    struct bundle *bundle, const char *name, char *bytes, size_t n_bytes, struct error *error);
/* Sorts the samples; an error when one of the fixed files is missing. */
int bundle_complete(struct bundle *bundle, struct error *error);

/* The files' SHA-256 as sha256sum(1) prints and checks them. */
int bundle_sums(const struct bundle *bundle, char sums[BUNDLE_SUMS_SIZE], struct error *error);
/* An error names the first file that has another digest in `given`, or none. */
int bundle_check_sums(const struct bundle *bundle, const char *given, struct error *error);

#endif
