/* SPDX-License-Identifier: MIT
 *
 * One file on one device, and its processes' results.
 */
#ifndef ANEPROBE_BENCH_FILE_ARM_H
#define ANEPROBE_BENCH_FILE_ARM_H

#include "bench_file/settings.h"
#include "bench_file/trial_energy.h"

#include <stddef.h>

enum metric {
    METRIC_COMPILE_COLD,
    METRIC_COMPILE_CACHED,
    METRIC_COMPILE_AGAIN, /* a second time in the process, not known to be cached */
    METRIC_LOAD,
    METRIC_FIRST_EVAL,
    METRIC_P50,
    METRIC_P90,
    METRIC_P99,
    METRIC_MEAN,           /* of the evals, for throughput */
    METRIC_IN_FLIGHT,      /* evals per second */
    METRIC_IN_FLIGHT_GAIN, /* as a multiple of that with one */
    METRIC_MEMORY,
    METRICS
};

/* One value per process. */
struct series {
    double *values;
    size_t n;
};

enum outcome { OUTCOME_NONE, OUTCOME_RIGHT, OUTCOME_UNCHECKED, OUTCOME_WRONG, OUTCOME_FAILED };

struct bench_arm {
    const char *file;
    const char *size;          /* of --sweep, "NAME=16"; NULL: none */
    const char *operator_name; /* of --by-operator; NULL: the whole program */
    char device[128];          /* as requested, then as opened */
    char name[128];            /* as requested */
    char clock[16];            /* "measured", "virtual" */
    char chip[128], os[128];   /* as the device reports; "": unknown */
    const char *work;          /* of the expected outputs; NULL: none */
    struct series series[METRICS];
    struct series energy[METER_QUANTITIES][ENERGY_METRICS];
    char no_energy[METER_QUANTITIES][600]; /* why a quantity has none; of all, the engine's */
    /* Of the machine after the windows of energy (base/conditions.h), each value once; "": not asked. */
    char power_source[32], power_mode[32], thermal[128];
    double *samples; /* every eval, process by process; owned */
    size_t *process; /* of each sample */
    size_t n_samples;
    size_t n_processes; /* that completed with a right, or unchecked, output */
    double flop, weight_bytes;
    double largest, rms;  /* the worst of all outputs and processes */
    enum outcome outcome; /* the worst so far */
    char reason[600];     /* reason of an outcome that is not right */
};

/* Runs trial number `block` of the arm in a separate process and adds its results. Returns 0, or -1 and *error
 * when no more can be run (interrupted, out of memory or processes). */
int arm_trial(struct bench_arm *arm, const char *program, const struct bench_settings *settings,
    int block, struct error *error);
void arm_free(struct bench_arm *arm);

/* The settings with one size more (NULL: none). */
struct bench_settings settings_sized(const struct bench_settings *settings, const char *size);

/* As a job: computes the reference of `file`, of that size (NULL: none), and writes its outputs to
 * `work`. Returns 0, or -1 and the reason in *error. */
int reference_make(const char *file, const char *size, const char *work, const char *program,
    const struct bench_settings *settings, struct error *error);

#endif
