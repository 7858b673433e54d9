/* SPDX-License-Identifier: MIT
 *
 * The command line that makes an experiment run one trial.
 */
#ifndef ANEPROBE_RECORD_START_H
#define ANEPROBE_RECORD_START_H

#include <stdbool.h>
#include <stdint.h>

struct start {
    const char *experiment; /* path of its executable */
    const char *device, *arm;
    const char *csv; /* the file for its samples, "-" = stdout */
    unsigned block, job;
    unsigned asked_before; /* how often this trial was done and found disturbed */
    uint64_t value;        /* what the trial that starts this one asks for; 0 = nothing */
    uint64_t seed;         /* of the run */
    bool quick;
};

/* The words of its command line, argv[0] to NULL; those of `start` are borrowed. */
struct start_words {
    const char *argv[24];
    char block[16], job[16], seed[24], asked_before[16], value[24];
};
void start_words_make(const struct start *start, struct start_words *out);

#endif
