/* SPDX-License-Identifier: MIT
 *
 * The settings of `aneprobe bench`. The command starts itself again for each job; a job has the
 * same settings and one file and device.
 */
#ifndef ANEPROBE_BENCH_FILE_SETTINGS_H
#define ANEPROBE_BENCH_FILE_SETTINGS_H

#include "base/error.h"
#include "table/table.h"

#include <stdbool.h>
#include <stdint.h>

enum { SETS_MAX = 32, SIZES_MAX = 32, FILES_MAX = 16 };
enum bench_job { JOB_ALL, JOB_REFERENCE, JOB_TIME };

struct bench_settings {
    const char *files[FILES_MAX];
    int n_files;
    const char *devices;        /* names joined by commas */
    const char *sets[SETS_MAX]; /* "NAME=FILE.npy", "NAME=zeros" */
    int n_sets;
    const char *sizes[SIZES_MAX + 1]; /* "NAME=16", "NAME=1x16", of --size */
    int n_sizes;
    const char *sweep;    /* "NAME=16,32"; NULL: none */
    const char *function; /* NULL: the first */
    int iterations, trials;
    double seconds;   /* the most time that one trial spends on evals after warm-up */
    double tolerance; /* of an output's largest magnitude */
    double rate;      /* arrivals per second; 0: back to back */
    int in_flight;    /* requests at a time, measured beside one; 1: not */
    uint64_t seed;
    int limit_s; /* of one trial */
    enum table_format format;
    const char *out; /* a folder for samples, table and figure; NULL: none */
    bool by_operator;
    bool energy; /* of evals back to back, after they were timed */
    /* For a job only */
    enum bench_job job;
    const char *work; /* a folder that holds the expected outputs; NULL: not compared */
    int block;        /* from 0: each process has noise and arrivals of its own */
};

/* Returns 0, -1 and *error, or 1 when help was printed. */
int settings_read(int argc, char **argv, struct bench_settings *out, struct error *error);

#endif
