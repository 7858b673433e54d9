/* SPDX-License-Identifier: MIT
 *
 * A training played in virtual time on a simulated engine: steps of evals and host work, and after
 * every `accum` steps an update of the weights, in one of the trainer's four ways, by the trainer's
 * own double buffer and budget (train/update/).
 *
 * All engine times are the sim device's: programs are made, compiled, loaded and evaluated through
 * its table of functions, without numerics. Host work is given, and spread over a step's evals.
 */
#ifndef ANEPROBE_TRAIN_PLAN_TIMELINE_H
#define ANEPROBE_TRAIN_PLAN_TIMELINE_H

#include "device/sim/sim.h"
#include "train/plan/kernels.h"
#include "train/update/budget.h"
#include "train/update/double_buffer.h"

struct plan_spec {
    const char *device; /* "sim:m4" or "sim:FILE" */
    const struct sim_params *params;
    const struct train_shape *shape;
    enum train_way way;
    int accum;        /* steps a batch */
    int max_stale;    /* double: updates that the weights in use may be old, or
                         DOUBLE_BUFFER_STALE_INF */
    int n_updates;    /* to play */
    double step_ms;   /* host work of one step */
    double update_ms; /* host work of one update: Adam, checkpoint, and a restart if any */
    /* What the simulated engine is too fast by: evals take this times as long, at least 1. 0: 1. */
    double engine_scale;
    double compile_ms, compile_per_mb_ms; /* in place of the device's; 0 and 0: the device's */
};

enum plan_span { PLAN_SPAN_STEPS, PLAN_SPAN_UPDATE, PLAN_SPAN_STALL, PLAN_SPAN_BACKGROUND };
extern const char *const plan_span_names[];

/* One piece of the timeline, from its begin. */
typedef void plan_span_fn(
    void *context, enum train_way way, enum plan_span span, double begin_ms, double end_ms);

struct plan_result {
    bool is_possible;
    char reason[600]; /* why not and what would be needed; or what it depends on */

    double start_ms;   /* until the first step of the first process */
    double step_ms;    /* mean over all steps, host work included */
    double engine_ms;  /* of it in evals */
    double compile_ms; /* engine's compiler at work, per update; hidden or not */
    double stall_ms;   /* per update: no step runs since weights are not ready */
    double update_ms;  /* wall time from update to update */
    double updates_per_s, steps_per_s;
    double stale_mean; /* updates that the weights in use are old, over batches */
    int stale_max;
    int programs;    /* loaded at once, at most */
    int compiles;    /* in one process, at most */
    double restarts; /* per update */
};

/* 0, or -1 and *error when the device did what it must not (out of memory, a refused program). A
 * way that a limit forbids is no error. `span` may be NULL. */
int plan_play(const struct plan_spec *spec, plan_span_fn *span, void *context,
    struct plan_result *out, struct device_error *error);

/* Engine time of one step alone, ms: the evals of all layers; `forward` those of the first two
 * kernels only (what the trainers' counter t_ane covers). */
int plan_engine_ms(const char *device, const struct train_shape *shape,
    enum train_weights_place place, bool forward, double *ms, struct device_error *error);

#endif
