/* SPDX-License-Identifier: MIT
 *
 * The command line that every experiment has.
 */
#ifndef ANEPROBE_EXPERIMENT_OPTIONS_H
#define ANEPROBE_EXPERIMENT_OPTIONS_H

#include "base/options.h"
#include "experiment/experiment.h"
#include "record/looks.h"

enum options_mode {
    OPTIONS_RUN,     /* all trials, each in its own process, then judgement */
    OPTIONS_TRIAL,   /* one trial, in this process */
    OPTIONS_JUDGE,   /* from a file of samples */
    OPTIONS_DRY_RUN, /* the schedule of a run */
    OPTIONS_LIST,
    OPTIONS_ABOUT,
    OPTIONS_HELP
};

struct options {
    enum options_mode mode;
    const char *program; /* the program's path, as started */
    const char *device;
    const char *filter; /* shell pattern over the names of arms, NULL = all */
    uint64_t seed;
    unsigned reps; /* 0 = the preset's number of blocks */
    bool quick, listed_order, tap, verbose;
    bool list, about, dry_run; /* requested; mode is the result */
    const char *order_text;    /* same as listed_order */
    const char *csv;           /* NULL = do not write samples, "-" = stdout */
    unsigned block, job, asked_before;
    uint64_t value;
    const char *judge, *findings;
    bool values;
    const char *looks_text; /* as looks */
    struct looks looks;     /* with judge; none = this is the only one */
    bool fixed;             /* all trials are done, whatever comes out */
};

/* Fills *options from the command line. Returns 0, or -1 and *error. Opens nothing. Strings point
 * into argv. */
int options_parse(struct options *options, const struct experiment *experiment, int argc,
    char **argv, struct error *error);

bool options_arm_chosen(const struct options *options, const struct experiment_arm *arm);
/* The number of blocks with a trial of the arm. */
unsigned options_arm_blocks(const struct options *options, const struct experiment_arm *arm);

/* The help text. */
void options_put_help(const struct experiment *experiment, FILE *out);

#endif
