/* SPDX-License-Identifier: MIT
 *
 * A training played in virtual time on a simulated engine: steps of evals and host work, and after
 * every `accum` steps an update of the weights, in one of the trainer's ways, by the trainer's
 * own double buffer and budget (train/update/).
 *
 * All engine times come from the sim device: programs are created, compiled, loaded and evaluated
 * on it, without numerics. Host work is given, and spread over a step's evals.
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
    int accum; /* steps per batch */
    /* double: the greatest age of the weights in use in updates, or DOUBLE_BUFFER_STALE_INF */
    int max_stale;
    int n_updates;    /* to play */
    double step_ms;   /* host work of one step */
    double update_ms; /* host work of one update: Adam, checkpoint, and a restart if any */
    /* A correction for a simulated engine that is too fast: evals take this many times as long, at
     * least 1. 0 means 1. */
    double engine_scale;
    double compile_ms, compile_per_mb_ms; /* replaces the device's; 0 and 0: the device's */
};

enum plan_span { PLAN_SPAN_STEPS, PLAN_SPAN_UPDATE, PLAN_SPAN_STALL, PLAN_SPAN_BACKGROUND };
extern const char *const plan_span_names[];

/* One piece of the timeline, with times from its start. */
typedef void plan_span_fn(
    void *context, enum train_way way, enum plan_span span, double begin_ms, double end_ms);

struct plan_result {
    bool is_possible;
    /* if not possible, why and what would be needed; otherwise what it depends on */
    char reason[600];

    double start_ms;   /* until the first step of the first process */
    double step_ms;    /* mean over all steps, host work included */
    double engine_ms;  /* of it in evals */
    double compile_ms; /* the compiler's time per update, hidden or not */
    double stall_ms;   /* per update: no step runs because weights are not ready */
    double update_ms;  /* wall time from update to update */
    double updates_per_s, steps_per_s;
    double stale_mean; /* age of the weights in use in updates, over batches */
    int stale_max;
    int programs;    /* the most loaded at once */
    int compiles;    /* the most in one process */
    double restarts; /* per update */
};

/* 0, or -1 and *error when the device failed (out of memory, a refused program). A way that a limit
 * forbids is not an error. `span` may be NULL. */
int plan_play(const struct plan_spec *spec, plan_span_fn *span, void *context,
    struct plan_result *out, struct device_error *error);

/* Engine time of one step alone, ms: the evals of all layers; `forward` those of the first two
 * kernels only (what the trainers' counter t_ane covers). */
int plan_engine_ms(const char *device, const struct train_shape *shape,
    enum train_weights_place place, bool forward, double *ms, struct device_error *error);

#endif
