/* SPDX-License-Identifier: MIT
 *
 * Opens a run: its directory, state, data and engine, and the first set of programs.
 */
#include "train/run/training_internal.h"

#include "train/file/checkpoint.h"
#include "train/data/grammar.h"
#include "train/model/llama2.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directory must not be in use and, for a new run, must be empty. */
static enum device_status directory_take(struct training *t, struct device_error *error) {
    const struct run_options *o = t->options;
    char path[1100];
    const enum device_status status = checkpoint_lock(o->out, &t->lock, error);
    if (status != DEVICE_OK)
        return status;
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    if (o->resume[0] == '\0' && access(path, F_OK) == 0)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "%.300s already holds a run; continue it with --resume, or give --out another "
            "directory",
            o->out);
    return DEVICE_OK;
}

/* Checks before anything large is created. */
static enum device_status budget_make(
    struct training *t, char *notice, size_t notice_bytes, struct device_error *error) {
    const struct run_options *o = t->options;
    const struct train_limit limit = o->limit_text[0] ? o->limit : train_limit_of(t->device);
    char words[600];
    if (!train_budget_check(&t->budget, &t->shape, o->way, o->cut, limit, words, sizeof words))
        return device_error_set(error, DEVICE_UNSUPPORTED, "budget", "%s", words);
    const size_t n = strnlen(words, notice_bytes - 1);
    memcpy(notice, words, n);
    notice[n] = '\0';
    return DEVICE_OK;
}

/* Weights from a model file or from the seed. */
static enum device_status state_initialise(
    struct training *t, const struct train_parameters *model, struct device_error *error) {
    if (run_state_create(&t->shape, &t->state) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "out of memory: this shape takes %.0f MB for weights, gradients and moments",
            16e-6 * (double)train_parameter_count(&t->shape));
    if (model->data)
        memcpy(t->state.parameters.data, model->data, model->n * sizeof(float));
    else if (train_parameters_initialise(
                 &t->state.parameters, t->options->init_deviation, t->options->seed) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    return DEVICE_OK;
}

static enum device_status state_new(
    struct training *t, char *notice, size_t notice_bytes, struct device_error *error) {
    const struct run_options *o = t->options;
    struct train_parameters model = {.data = NULL};
    enum device_status status =
        o->init_from[0] ? llama2_read(o->init_from, LLAMA2_TRAIN, &model, error) : DEVICE_OK;
    if (status != DEVICE_OK)
        return status;
    t->shape = model.data ? model.shape : o->shape;
    status = budget_make(t, notice, notice_bytes, error);
    if (status == DEVICE_OK)
        status = state_initialise(t, &model, error);
    train_parameters_free(&model);
    return status;
}

static enum device_status state_begin(
    struct training *t, char *notice, size_t notice_bytes, struct device_error *error) {
    const struct run_options *o = t->options;
    char ignored[2];
    if (o->resume[0] == '\0' || !checkpoint_exists(o->out))
        return state_new(t, notice, notice_bytes, error);
    enum device_status status = run_state_load(o->out, &t->state, notice, notice_bytes, error);
    if (status == DEVICE_OK && notice[0])
        status = checkpoint_set_aside(o->out, error);
    if (status != DEVICE_OK)
        return status;
    t->shape = t->state.parameters.shape;
    return notice[0] ? budget_make(t, ignored, sizeof ignored, error)
                     : budget_make(t, notice, notice_bytes, error);
}

static enum device_status data_open(struct training *t, struct device_error *error) {
    struct grammar_floor floor;
    enum device_status status = tokens_open(t->options->data[0] ? t->options->data : NULL,
        t->shape.vocab, t->shape.seq, &t->tokens, error);
    if (status != DEVICE_OK)
        return status;
    if (t->state.counters.step > 0 &&
        memcmp(t->state.data_digest, tokens_digest(t->tokens), DIGEST_BYTES) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "the data (%.200s) is not what the run was trained on up to its checkpoint; give it "
            "that "
            "again, or start another run",
            t->options->data[0] ? t->options->data : "the built-in stories");
    memcpy(t->state.data_digest, tokens_digest(t->tokens), DIGEST_BYTES);
    t->floor = tokens_floor(t->tokens, &floor) ? floor.nats : NAN;
    t->window = calloc((size_t)t->shape.seq + 1, sizeof *t->window);
    return t->window ? DEVICE_OK : device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
}

/* Called between evals. In virtual time the host work of a step is spread over its evals, as in
 * reality. */
static void between_evals(void *context) {
    struct training *t = context;
    training_host_work(t, t->host_per_eval_ms);
    if (t->updater)
        train_updater_pump(t->updater);
}

static enum device_status engine_open(struct training *t, struct device_error *error) {
    const struct run_options *o = t->options;
    const struct train_engine_options engine = {.cut = o->cut,
        .place = train_way_place(o->way),
        .host_threads = o->threads - 1,
        .qos = DEVICE_QOS_DEFAULT,
        .between_evals = between_evals,
        .context = t};
    return train_engine_create(t->device, &t->shape, &engine, &t->engine, error);
}

static enum device_status log_open(struct training *t, struct device_error *error) {
    const struct run_options *o = t->options;
    return t->state.counters.log.steps_bytes > 0
               ? run_log_continue(o->out, &t->state.counters.log, &t->log, error)
               : run_log_create(o->out, &t->log, error);
}

static void swap(struct train_parameters *a, struct train_parameters *b) {
    const struct train_parameters kept = *a;
    *a = *b;
    *b = kept;
}

static enum device_status set_open(struct training *t, struct device_error *error) {
    struct run_state *s = &t->state;
    struct run_counters *c = &s->counters;
    const bool has_older = c->gradients == RUN_GRADIENTS_OLDER_WEIGHTS;
    tokens_window(t->tokens, t->options->seed, 0, t->window);
    if (has_older)
        swap(&s->parameters, &s->gradients);
    const enum device_status status =
        train_updater_open(t->device, t->engine, &t->budget, t->options->max_stale, &s->parameters,
            has_older ? c->version - 1 : c->version, t->window, &t->updater, error);
    if (has_older) {
        swap(&s->parameters, &s->gradients);
        memset(s->gradients.data, 0, s->gradients.n * sizeof(float));
        c->gradients = RUN_GRADIENTS_ZERO;
    }
    return status;
}

/* Makes the first set; if the checkpoint was taken between a batch and its update, also does that
 * update. If the weights in use are one update old, the next compile then starts, as it would have.
 */
static enum device_status begin(struct training *t, struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    const uint64_t begin_ns = t->opened_ns;
    uint64_t optimiser_ns = 0;
    double gradient_norm = 0;
    enum device_status status = DEVICE_OK;
    const bool has_update = c->gradients == RUN_GRADIENTS_BATCH;
    const bool is_older =
        c->gradients == RUN_GRADIENTS_OLDER_WEIGHTS || (has_update && training_keeps_older(t));
    if (has_update && !is_older)
        optimiser_ns = training_optimise(t, &gradient_norm);
    status = set_open(t, error);
    if (status == DEVICE_OK && is_older) {
        if (has_update)
            optimiser_ns = training_optimise(t, &gradient_norm);
        /* Without room, the boundary after the next batch leaves the process. */
        if (!train_updater_needs_restart(t->updater, c->version))
            status = train_updater_boundary(t->updater, c->version, error);
    }
    if (status != DEVICE_OK)
        return status;
    const uint64_t kept_ns = training_now_ns(t) - begin_ns - optimiser_ns;
    if (has_update)
        return training_update_log(
            t, optimiser_ns, gradient_norm, &(struct train_stall){0}, kept_ns, error);
    if (c->step > 0) {
        training_stall_add(t, kept_ns);
        c->restart_ns += kept_ns;
    }
    return DEVICE_OK;
}

enum device_status training_open(struct device *device, const struct run_options *options,
    struct training **out, char *notice, size_t notice_bytes, struct device_error *error) {
    struct training *t = calloc(1, sizeof *t);
    *out = t;
    notice[0] = '\0';
    if (!t)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    t->device = device;
    t->options = options;
    t->lock = -1;
    t->last_loss = NAN;
    t->is_virtual = device_is_virtual(device);
    t->opened_ns = training_now_ns(t);
    enum device_status status = directory_take(t, error);
    if (status == DEVICE_OK)
        status = state_begin(t, notice, notice_bytes, error);
    if (status != DEVICE_OK)
        return status;
    t->wall_before_ns = t->state.counters.wall_ns;
    if (t->state.counters.step > 0)
        t->last_loss = t->state.counters.batch_loss;
    t->checkpoint_step = t->state.counters.step;
    /* A restart began in the previous process; the clock is the same. */
    if (!t->is_virtual && options->restarted_at_ns > 0 && options->restarted_at_ns < t->opened_ns)
        t->opened_ns = options->restarted_at_ns;
    status = data_open(t, error);
    if (status == DEVICE_OK)
        status = engine_open(t, error);
    if (status == DEVICE_OK)
        status = log_open(t, error);
    if (status == DEVICE_OK)
        status = begin(t, error);
    /* Only now, so that a refused run leaves the directory free. */
    struct error why;
    return status != DEVICE_OK                    ? status
           : run_options_save(options, &why) == 0 ? DEVICE_OK
                                                  : device_error_take(error, "open", &why);
}

void training_close(struct training *t) {
    if (!t)
        return;
    train_updater_close(t->updater);
    train_engine_free(t->engine);
    run_log_close(t->log);
    tokens_close(t->tokens);
    run_state_free(&t->state);
    free(t->window);
    if (t->lock >= 0)
        close(t->lock);
    free(t);
}
