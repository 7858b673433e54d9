/* SPDX-License-Identifier: MIT */
#include "train/run/training_internal.h"

#include <math.h>
#include <stdio.h>

static enum device_status step(struct training *t, double *loss, struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    const struct train_set *set = train_updater_set(t->updater);
    struct train_timing timing = {0};
    tokens_window(t->tokens, t->options->seed, (uint64_t)c->step, t->window);
    const uint64_t begin_ns = training_now_ns(t);
    const enum device_status status =
        train_step(t->engine, set, t->window, &t->state.gradients, loss, &timing, error);
    if (status != DEVICE_OK)
        return status;
    /* the number of evals per step is known after the first */
    if (t->host_per_eval_ms == 0 && timing.evals > 0) {
        training_host_work(t, t->options->host_step_ms);
        t->host_per_eval_ms = t->options->host_step_ms / (double)timing.evals;
    }
    const uint64_t end_ns = training_now_ns(t);
    if (t->is_virtual)
        timing.host_ns = end_ns - begin_ns - timing.device_ns;
    c->step++;
    const struct run_log_step row = {.step = c->step,
        .tokens = c->step * t->shape.seq,
        .loss = *loss,
        .wall_ns = training_wall_ns(t, end_ns),
        .step_ns = end_ns - begin_ns,
        .stall_ns = c->pending_stall_ns,
        .timing = timing,
        .version = c->version,
        .version_in_use = (int64_t)train_set_version(set),
        .programs_alive = train_engine_programs_alive(t->engine),
        .compiles = train_engine_compiles(t->engine),
        .restarts = c->restarts};
    c->pending_stall_ns = 0;
    return run_log_put_step(t->log, &row, error);
}

static enum device_status batch(
    struct training *t, training_progress_fn *progress, void *context, struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    const int64_t left = t->options->steps - c->step;
    const int64_t n = left < t->options->accum ? left : t->options->accum;
    const uint64_t begin_ns = training_now_ns(t);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double loss;
        const enum device_status status = step(t, &loss, error);
        if (status != DEVICE_OK)
            return status;
        sum += loss;
        if (c->version == 0)
            t->last_loss = sum / (double)(i + 1);
        if (progress) {
            struct training_progress p;
            training_progress_get(t, &p);
            progress(context, &p);
        }
    }
    c->gradients = RUN_GRADIENTS_BATCH;
    c->batch_steps = n;
    c->batch_loss = t->last_loss = sum / (double)n;
    c->batch_ns = training_now_ns(t) - begin_ns;
    return DEVICE_OK;
}

static enum device_status checkpoint_take(struct training *t, struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    t->left_ns = training_now_ns(t);
    enum device_status status = run_log_sync(t->log, &c->log, error);
    c->wall_ns = training_wall_ns(t, t->left_ns);
    if (status == DEVICE_OK)
        status = run_state_save(&t->state, t->options->out, error);
    t->checkpoint_ns += training_now_ns(t) - t->left_ns;
    if (status == DEVICE_OK)
        t->checkpoint_step = c->step;
    return status;
}

/* *error is unchanged unless leaving fails. */
static enum training_end leave(struct training *t, struct device_error *error) {
    struct device_error why;
    t->state.counters.restarts++;
    if (checkpoint_take(t, &why) == DEVICE_OK)
        return TRAINING_RESTART;
    *error = why;
    return TRAINING_FAILED;
}

static bool checkpoint_is_due(const struct training *t) {
    return (t->state.counters.version + 1) % t->options->checkpoint_every == 0;
}

/* For the next process: the weights that would be in use now if their compile had worked. */
static bool older_weights_keep(struct training *t) {
    struct run_state *s = &t->state;
    if (!train_updater_failed_weights(t->updater, s->counters.version - 1, &s->gradients))
        return false;
    s->counters.gradients = RUN_GRADIENTS_OLDER_WEIGHTS;
    return true;
}

/* The update after a batch, and the boundary after that. */
static enum training_end update(struct training *t, bool is_last, struct device_error *error) {
    double gradient_norm;
    const uint64_t optimiser_ns = training_optimise(t, &gradient_norm);
    struct train_stall stall = {0};
    enum device_status status = DEVICE_OK;
    if (!is_last) {
        status = train_updater_boundary(t->updater, t->state.counters.version, error);
        stall = train_updater_stall(t->updater);
    }
    /* Perhaps an unknown limit. The next process gets at least one batch further. */
    const bool is_left =
        status == DEVICE_FAILED && (!training_keeps_older(t) || older_weights_keep(t));
    if (status != DEVICE_OK && !is_left)
        return TRAINING_FAILED;
    if (training_update_log(t, optimiser_ns, gradient_norm, &stall, 0, error) != DEVICE_OK)
        return TRAINING_FAILED;
    return is_left ? leave(t, error) : TRAINING_DONE;
}

/* A batch and its update. TRAINING_DONE: it may go on. */
static enum training_end cycle(struct training *t, const volatile sig_atomic_t *stop,
    training_progress_fn *progress, void *context, struct device_error *error) {
    const struct run_counters *c = &t->state.counters;
    if (batch(t, progress, context, error) != DEVICE_OK)
        return TRAINING_FAILED;
    const bool is_last = c->step >= t->options->steps;
    if (!is_last && train_updater_needs_restart(t->updater, c->version + 1))
        return leave(t, error);
    if (!is_last && (*stop || checkpoint_is_due(t)) && checkpoint_take(t, error) != DEVICE_OK)
        return TRAINING_FAILED;
    return !is_last && *stop ? TRAINING_STOPPED : update(t, is_last, error);
}

/* Updates as the work of a meter. */
struct metered {
    struct training *t;
    const volatile sig_atomic_t *stop;
    training_progress_fn *progress;
    void *context;
    struct device_error *error;
    enum training_end end;
};

static int metered_eval(void *context) {
    struct training *t = ((struct metered *)context)->t;
    struct train_timing timing = {0};
    struct device_error ignored;
    double loss;
    tokens_window(t->tokens, t->options->seed, 0, t->window);
    return train_loss(t->engine, train_updater_set(t->updater), t->window, &loss, &timing,
               &ignored) == DEVICE_OK
               ? 0
               : -1;
}

static int metered_update(void *context) {
    struct metered *m = context;
    if (m->t->state.counters.step >= m->t->options->steps)
        return 1;
    m->end = cycle(m->t, m->stop, m->progress, m->context, m->error);
    return m->end == TRAINING_DONE ? 0 : -1;
}

/* Joules of updates, before the others. The counters are proven first, on forward passes. */
static enum training_end energy_run(struct metered *m) {
    static const uint64_t prove_ns = 1000000000, limit_ns = UINT64_C(600000000000);
    struct training *t = m->t;
    const uint64_t least_ns = t->is_virtual ? 100000000 : 1000000000;
    struct meters *meters = meters_open(t->device);
    const struct meter_work eval = {metered_eval, m}, updates = {metered_update, m};
    m->end = TRAINING_DONE;
    snprintf(t->energy.reason, sizeof t->energy.reason, "out of memory");
    if (!meters)
        return m->end;
    if (meters_any(meters, t->energy.reason, sizeof t->energy.reason)) {
        t->energy.has_windows =
            meters_prove(meters, &eval, prove_ns) == 0 &&
            meters_window(meters, NULL, least_ns, limit_ns, &t->energy.idle) == 0 &&
            meters_window(meters, &updates, least_ns, limit_ns, &t->energy.work) == 0;
        const bool is_over = t->state.counters.step >= t->options->steps;
        snprintf(t->energy.reason, sizeof t->energy.reason,
            is_over
                ? "the training was over before the counters had %d updates; give it more --steps"
                : "this process was left before the counters had %d updates",
            METER_WINDOW_UPDATES);
        t->energy.has_windows &= !is_over || training_joules_any(&t->energy);
    }
    meters_close(meters);
    conditions_unknown(&t->energy.conditions);
    if (!t->is_virtual)
        conditions_read(&t->energy.conditions);
    if (m->end != TRAINING_FAILED &&
        training_energy_write(&t->energy, t->options->out, m->error) != DEVICE_OK)
        return TRAINING_FAILED;
    return m->end;
}

enum training_end training_run(struct training *t, const volatile sig_atomic_t *stop,
    training_progress_fn *progress, void *context, struct device_error *error) {
    struct metered metered = {t, stop, progress, context, error, TRAINING_DONE};
    *error = (struct device_error){.text = ""};
    enum training_end end = t->options->energy ? energy_run(&metered) : TRAINING_DONE;
    while (end == TRAINING_DONE && t->state.counters.step < t->options->steps)
        end = cycle(t, stop, progress, context, error);
    return end != TRAINING_DONE                     ? end
           : checkpoint_take(t, error) == DEVICE_OK ? TRAINING_DONE
                                                    : TRAINING_FAILED;
}

const struct training_energy *training_energy(const struct training *t) {
    return t->options->energy ? &t->energy : NULL;
}

uint64_t training_left_ns(const struct training *t) {
    return t->left_ns;
}

const struct train_parameters *training_parameters(const struct training *t) {
    return &t->state.parameters;
}

void training_progress_get(const struct training *t, struct training_progress *out) {
    const struct run_counters *c = &t->state.counters;
    *out = (struct training_progress){.step = c->step,
        .steps = t->options->steps,
        .version = c->version,
        .version_in_use =
            t->updater ? (int64_t)train_set_version(train_updater_set(t->updater)) : c->version,
        .restarts = c->restarts,
        .loss = t->last_loss,
        .floor = t->floor,
        .wall_ns = training_wall_ns(t, training_now_ns(t)),
        .stall_ns = c->stall_ns,
        .checkpoint_step = (uint64_t)t->checkpoint_step};
}
