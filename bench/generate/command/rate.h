/* SPDX-License-Identifier: MIT
 *
 * One test of llama-bench's kind: the rate at which a device reads tokens, one way.
 */
#ifndef ANEPROBE_GENERATE_RATE_H
#define ANEPROBE_GENERATE_RATE_H

#include "generate/generate.h"
#include "train/host/sample.h"

struct rate_test {
    struct device *device;
    const struct train_parameters *model; /* rounded to the way's format */
    struct sampler *reference;            /* of that model */
    const struct generate_way *way;
    const int32_t *tokens; /* n_depth, then n_reads times the way's positions */
    int n_depth;           /* read before, and not timed */
    int n_reads;           /* of a repetition */
    int reps;
};

enum rate_outcome { RATE_RIGHT, RATE_WRONG, RATE_FAILED };

/* NAN: not measured. */
struct rate {
    enum rate_outcome outcome;
    double avg_ts, stddev_ts; /* tokens a second, mean and sample deviation over the repetitions */
    int n;                    /* repetitions */
    double stream_gbs;        /* bytes of the programs' weights over the mean time of a read */
    double first_token_cold_ms, first_token_warm_ms; /* cold: not if a compile was cached */
    double logits_off; /* the largest difference from the reference, of the largest logit */
};

/* The largest difference that is right: fp16 sums of a model's depth. */
#define RATE_TOLERANCE 0x1p-6

/* Compares the logits of every read with the reference's, then times the reads. What the device refuses or
 * gets wrong is an outcome, with the reason in *error; DEVICE_BROKEN when nothing could be tried. */
enum device_status rate_measure(
    const struct rate_test *test, struct rate *out, struct device_error *error);

/* "pp128"; "tg128", or "tg128 @ d512" after so many others; as llama-bench prints them. */
void rate_test_name(
    unsigned n_prompt, unsigned n_gen, unsigned n_depth, bool is_prompt, char *out, size_t bytes);

#endif
