/* SPDX-License-Identifier: MIT
 *
 * What public_path and units share: stacks of 1x1 convolutions by one of the ways to a machine (device_way), and
 * ratios of what they take by two.
 */
#ifndef ANEPROBE_BENCH_WAYS_H
#define ANEPROBE_BENCH_WAYS_H

#include "experiment/experiment.h"

struct way_shape {
    const char *name;
    int channels, positions, depth;
};

#define WAY_COLUMNS                                                                                \
    {"chip", EXPERIMENT_FACTOR}, {"shape", EXPERIMENT_FACTOR}, {"channels", EXPERIMENT_FACTOR},    \
        {"positions", EXPERIMENT_FACTOR}, {"depth", EXPERIMENT_FACTOR},                            \
        {"io_mb", EXPERIMENT_FACTOR},     /* inputs and outputs, of 2^20 bytes */                  \
        {"weight_mb", EXPERIMENT_FACTOR}, /* the same, fp16 */                                     \
        {"gflop", EXPERIMENT_FACTOR}, {"segment", EXPERIMENT_FACTOR}, /* from 1 */                 \
        {"evals", EXPERIMENT_NUMBER}, {"eval_ns", EXPERIMENT_NUMBER},                              \
        /* median of the segment */ /* on the first row of a shape */                              \
        {"compile_ns", EXPERIMENT_NUMBER}, {"load_ns", EXPERIMENT_NUMBER}, {                       \
        "first_eval_ns", EXPERIMENT_NUMBER                                                         \
    }

/* For a shape that was timed, loaded still. 0, or -1 with the reason given. */
typedef int way_more_fn(
    struct trial *t, struct trial *machine, struct subject *subject, const struct way_shape *shape);
/* Every shape once, in random order: compiled with weights of its own, loaded, compared with the reference, then
 * timed in segments, and compared again. A shape that is refused is a row with the reason, and so is a way that
 * there is not. `more` may be NULL. Returns what run does. */
int ways_run(struct trial *t, enum device_way way, const struct way_shape *shapes, size_t n_shapes,
    way_more_fn *more);
/* The shape's cells of a row. */
void ways_shape_put(struct trial *t, const struct way_shape *shape);

/* ---- judgement */

/* Of an arm and a shape, the processes' medians of a column, above 0. Owned by the judgement. */
size_t ways_values(struct judgement *j, const char *arm, const char *shape, const char *column,
    const double **values);
/* Summary rows of each arm and shape, SHAPE_METRIC, for columns in ns. */
void ways_summarise(struct judgement *j, const char *const *arms, size_t n_arms,
    const struct way_shape *shapes, size_t n_shapes);

/* What is claimed of a ratio, with the margin of results/findings.csv in percent. */
enum way_side {
    WAY_MORE,    /* above 1 + margin */
    WAY_LESS,    /* below 1 - margin */
    WAY_NOT_MORE /* below 1 + margin */
};
struct way_claim {
    const char *finding, *chip; /* NULL: any chip */
    const char *over, *under;   /* arms: the ratio of the first to the second ... */
    const char *shape, *column; /* ... in this */
    enum way_side side;
    const char *what;
};
/* Unsupported, with the reason of its rows, when an arm has none. */
void ways_claim_judge(struct judgement *j, const struct way_claim *claim);

#endif
