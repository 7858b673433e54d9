/* SPDX-License-Identifier: MIT
 *
 * The command line of a training run. Everything but output paths is written to the run's
 * settings.csv, from which --resume continues.
 */
#ifndef ANEPROBE_TRAIN_RUN_OPTIONS_H
#define ANEPROBE_TRAIN_RUN_OPTIONS_H

#include "base/options.h"
#include "train/update/budget.h"
#include "train/model/shape.h"

struct run_options {
    struct train_shape shape;
    char shape_text[128];
    char data[1024];       /* "": the built-in stories */
    char init_from[1024];  /* a llama2.c model; "": from the seed */
    double init_deviation; /* of weights from the seed */
    char device[256];
    enum train_way way;
    int max_stale; /* double; DOUBLE_BUFFER_STALE_INF */
    enum train_cut cut;
    char limit_text[32]; /* "": as the device reports */
    struct train_limit limit;
    int accum;     /* steps per batch */
    int64_t steps; /* in total */
    double learning_rate, weight_decay;
    double learning_rate_end; /* share of learning_rate left at the last step */
    int64_t warmup;           /* steps over which it rises to learning_rate */
    uint64_t seed;
    int threads;          /* of the host, including the caller's */
    int checkpoint_every; /* updates */
    /* In virtual time only: host work of one step and one update. */
    double host_step_ms, host_update_ms;

    char out[1024];    /* the run's directory */
    char resume[1024]; /* the same, if it already exists; else "" */
    char export_to[1024];
    char tokenizer[1024];
    int n_samples;
    bool energy;
    uint64_t restarted_at_ns; /* set by the program when it re-executes itself; 0 = not */
};

extern const struct command_line run_options_line;

/* With --resume the run's settings are read first; of those only --steps may be changed. */
enum options_answer run_options_read(
    int argc, char **argv, struct run_options *out, struct error *error);

/* option,value rows of all that --resume needs, in the run's directory. Returns 0, or -1 and
 * *error. */
int run_options_save(const struct run_options *options, struct error *error);

#endif
