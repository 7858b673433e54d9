/* SPDX-License-Identifier: MIT */
#include "train/training.h"

#include "device/model/model.h"
#include "train/adamw.h"
#include "train/checkpoint.h"
#include "train/grammar.h"
#include "train/llama2.h"
#include "train/run_state.h"
#include "train/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct training {
    struct device *device;
    const struct run_options *options;
    struct train_shape shape;
    struct tokens *tokens;
    double floor;
    struct train_engine *engine;
    struct train_budget budget;
    struct train_updater *updater;
    struct run_log *log;
    struct run_state state;
    uint16_t *window;
    int lock;

    bool is_virtual;
    uint64_t opened_ns;      /* clock when this process's part of the run began */
    uint64_t wall_before_ns; /* of the run, then */
    double host_per_eval_ms; /* virtual time */
    double last_loss;
    int n_compiles_logged;
    uint64_t left_ns; /* when it was left */
    int64_t checkpoint_step;
    uint64_t checkpoint_ns; /* spent since the last row of updates */
};

static uint64_t now_ns(const struct training *t) {
    return t->device->table->clock_ns(t->device);
}

/* Of the run so far. */
static uint64_t wall_ns(const struct training *t, uint64_t clock_ns) {
    return t->wall_before_ns + (clock_ns - t->opened_ns);
}

static void host_work(struct training *t, double elapsed_ms) {
    if (t->is_virtual && elapsed_ms > 0)
        model_host_work(t->device, elapsed_ms * 1e6);
}

/* Between evals. In virtual time the host's work of a step is spread over its evals, as it is. */
static void between_evals(void *context) {
    struct training *t = context;
    host_work(t, t->host_per_eval_ms);
    if (t->updater)
        train_updater_pump(t->updater);
}

/* ---- opening */

/* No other run's, and for a new one nobody's. */
static enum device_status directory_take(struct training *t, struct device_error *error) {
    const struct run_options *o = t->options;
    char path[1100];
    const enum device_status status = checkpoint_lock(o->out, &t->lock, error);
    if (status != DEVICE_OK)
        return status;
    snprintf(path, sizeof path, "%s/settings.csv", o->out);
    if (!o->is_resumed && access(path, F_OK) == 0)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "%.300s holds a run already; go on with it by --resume, or give --out another place",
            o->out);
    return DEVICE_OK;
}

/* Weights in use after a checkpoint's update are those before it: see training.h. */
static bool keeps_older(const struct training *t) {
    return t->options->way == TRAIN_DOUBLE && t->options->max_stale == 1;
}

/* Before anything large is made. */
static enum device_status budget_make(
    struct training *t, char *notice, size_t notice_bytes, struct device_error *error) {
    const struct run_options *o = t->options;
    const struct train_limit limit = o->limit_text[0] ? o->limit : train_limit_of(t->device);
    char words[600];
    if (!train_budget_check(&t->budget, &t->shape, o->way, o->cut, limit, words, sizeof words))
        return device_error_set(error, DEVICE_UNSUPPORTED, "budget", "%s", words);
    snprintf(notice, notice_bytes, "%s", words);
    return DEVICE_OK;
}

/* Weights from a model file or from the seed. */
static enum device_status state_initialise(
    struct training *t, const struct train_parameters *model, struct device_error *error) {
    if (run_state_create(&t->shape, &t->state) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open",
            "memory is out: this shape takes %.0f MB for weights, gradients and moments",
            16e-6 * (double)train_parameter_count(&t->shape));
    if (model->data)
        memcpy(t->state.parameters.data, model->data, model->n * sizeof(float));
    else if (train_parameters_initialise(&t->state.parameters, t->options->seed) != 0)
        return device_error_set(error, DEVICE_BROKEN, "open", "memory is out");
    return DEVICE_OK;
}

static enum device_status state_new(
    struct training *t, char *notice, size_t notice_bytes, struct device_error *error) {
    const struct run_options *o = t->options;
    struct train_parameters model = {.data = NULL};
    enum device_status status =
        o->init_from[0] ? llama2_read(o->init_from, &model, error) : DEVICE_OK;
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
    if (!o->is_resumed || !checkpoint_exists(o->out))
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
    return t->window ? DEVICE_OK : device_error_set(error, DEVICE_BROKEN, "open", "memory is out");
}

static enum device_status engine_open(struct training *t, struct device_error *error) {
    const struct run_options *o = t->options;
    const struct train_engine_options engine = {.cut = o->cut,
        .place = o->way == TRAIN_DYNAMIC ? TRAIN_WEIGHTS_INPUT : TRAIN_WEIGHTS_BAKED,
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

static void stall_add(struct training *t, uint64_t kept_ns) {
    t->state.counters.pending_stall_ns += kept_ns;
    t->state.counters.stall_ns += kept_ns;
}

static uint64_t optimise(struct training *t, double *gradient_norm);
static enum device_status update_log(struct training *t, uint64_t optimiser_ns,
    double gradient_norm, const struct train_stall *stall, uint64_t restart_ns,
    struct device_error *error);

/* The first set; and when the checkpoint was taken between a batch and its update, that update. With
 * weights in use that are one update old, the next compile begins then, as it would have. */
static enum device_status begin(struct training *t, struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    const uint64_t begin_ns = t->opened_ns;
    uint64_t optimiser_ns = 0;
    double gradient_norm = 0;
    enum device_status status = DEVICE_OK;
    const bool has_update = c->gradients == RUN_GRADIENTS_BATCH;
    const bool is_older =
        c->gradients == RUN_GRADIENTS_OLDER_WEIGHTS || (has_update && keeps_older(t));
    if (has_update && !is_older)
        optimiser_ns = optimise(t, &gradient_norm);
    status = set_open(t, error);
    if (status == DEVICE_OK && is_older) {
        if (has_update)
            optimiser_ns = optimise(t, &gradient_norm);
        /* Without room it is the one after the next batch that leaves the process. */
        if (!train_updater_needs_restart(t->updater, c->version))
            status = train_updater_boundary(t->updater, c->version, error);
    }
    if (status != DEVICE_OK)
        return status;
    const uint64_t kept_ns = now_ns(t) - begin_ns - optimiser_ns;
    if (has_update)
        return update_log(t, optimiser_ns, gradient_norm, &(struct train_stall){0}, kept_ns, error);
    if (c->step > 0) {
        stall_add(t, kept_ns);
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
        return device_error_set(error, DEVICE_BROKEN, "open", "memory is out");
    t->device = device;
    t->options = options;
    t->lock = -1;
    t->last_loss = NAN;
    t->is_virtual = strcmp(device->table->clock, "virtual") == 0;
    t->opened_ns = now_ns(t);
    enum device_status status = directory_take(t, error);
    if (status == DEVICE_OK)
        status = state_begin(t, notice, notice_bytes, error);
    if (status != DEVICE_OK)
        return status;
    t->wall_before_ns = t->state.counters.wall_ns;
    if (t->state.counters.step > 0)
        t->last_loss = t->state.counters.batch_loss;
    t->checkpoint_step = t->state.counters.step;
    /* A restart began in the process before this one; its clock is the same one. */
    if (!t->is_virtual && options->restarted_at_ns > 0 && options->restarted_at_ns < t->opened_ns)
        t->opened_ns = options->restarted_at_ns;
    status = data_open(t, error);
    if (status == DEVICE_OK)
        status = engine_open(t, error);
    if (status == DEVICE_OK)
        status = log_open(t, error);
    if (status == DEVICE_OK)
        status = begin(t, error);
    /* Only now: a run that was refused leaves the directory to the next. */
    return status == DEVICE_OK ? run_options_save(options, error) : status;
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

/* ---- a batch */

static enum device_status step(struct training *t, double *loss, struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    const struct train_set *set = train_updater_set(t->updater);
    struct train_timing timing = {0};
    tokens_window(t->tokens, t->options->seed, (uint64_t)c->step, t->window);
    const uint64_t begin_ns = now_ns(t);
    const enum device_status status =
        train_step(t->engine, set, t->window, &t->state.gradients, loss, &timing, error);
    if (status != DEVICE_OK)
        return status;
    /* how many evals a step has is known after the first */
    if (t->host_per_eval_ms == 0 && timing.evals > 0) {
        host_work(t, t->options->host_step_ms);
        t->host_per_eval_ms = t->options->host_step_ms / (double)timing.evals;
    }
    const uint64_t end_ns = now_ns(t);
    if (t->is_virtual)
        timing.host_ns = end_ns - begin_ns - timing.device_ns;
    c->step++;
    const struct run_log_step row = {.step = c->step,
        .tokens = c->step * t->shape.seq,
        .loss = *loss,
        .wall_ns = wall_ns(t, end_ns),
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
    const uint64_t begin_ns = now_ns(t);
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
    c->batch_ns = now_ns(t) - begin_ns;
    return DEVICE_OK;
}

/* ---- an update */

/* Up to --lr over the first steps, and down to --lr-end of it, half a cosine over all of them. */
static double learning_rate(const struct training *t) {
    const struct run_options *o = t->options;
    const int64_t step = t->state.counters.step;
    const double left = (1 + cos(acos(-1) * (double)step / (double)o->steps)) / 2;
    const double risen = step < o->warmup ? (double)step / (double)o->warmup : 1;
    return o->learning_rate * risen * (o->learning_rate_end + (1 - o->learning_rate_end) * left);
}

/* The batch's gradients go into the weights. Returns what it took. */
static uint64_t optimise(struct training *t, double *gradient_norm) {
    struct run_counters *c = &t->state.counters;
    struct run_state *s = &t->state;
    const uint64_t begin_ns = now_ns(t);
    const struct train_adamw options = {.learning_rate = (float)learning_rate(t),
        .beta1 = 0.9f,
        .beta2 = 0.95f, /* llama2.c's. With 0.999 single updates may break what was learned */
        .epsilon = 1e-8f,
        .weight_decay = (float)t->options->weight_decay};
    const float scale = 1.0f / (float)c->batch_steps;
    *gradient_norm = scale * train_gradient_norm(&s->gradients);
    train_adamw_update(&options, (uint64_t)c->version + 1, scale, &s->parameters, &s->gradients,
        &s->moment1, &s->moment2, train_engine_pool(t->engine));
    host_work(t, t->options->host_update_ms);
    c->version++;
    c->gradients = RUN_GRADIENTS_ZERO;
    return now_ns(t) - begin_ns;
}

static enum device_status update_log(struct training *t, uint64_t optimiser_ns,
    double gradient_norm, const struct train_stall *stall, uint64_t restart_ns,
    struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    struct run_log_update row = {.update = c->version,
        .step = c->step,
        .tokens = c->step * t->shape.seq,
        .loss = c->batch_loss,
        .gradient_norm = gradient_norm,
        .learning_rate = learning_rate(t),
        .wall_ns = wall_ns(t, now_ns(t)),
        .batch_ns = c->batch_ns,
        .optimiser_ns = optimiser_ns,
        .checkpoint_ns = t->checkpoint_ns,
        .stall = *stall,
        .restart_ns = c->restart_ns + restart_ns,
        .version_in_use = (int64_t)train_set_version(train_updater_set(t->updater)),
        .programs_alive = train_engine_programs_alive(t->engine),
        .compiles = train_engine_compiles(t->engine),
        .restarts = c->restarts};
    int n_compiles;
    row.has_compile = train_updater_last_compile(t->updater, &row.compile, &n_compiles) &&
                      n_compiles > t->n_compiles_logged;
    t->n_compiles_logged = n_compiles;
    row.compile.begin_ns = wall_ns(t, row.compile.begin_ns);
    row.compile.end_ns = wall_ns(t, row.compile.end_ns);
    stall_add(t, train_stall_ns(stall) + restart_ns);
    c->restart_ns = 0;
    t->checkpoint_ns = 0;
    return run_log_put_update(t->log, &row, error);
}

static enum device_status checkpoint_take(struct training *t, struct device_error *error) {
    struct run_counters *c = &t->state.counters;
    t->left_ns = now_ns(t);
    enum device_status status = run_log_sync(t->log, &c->log, error);
    c->wall_ns = wall_ns(t, t->left_ns);
    if (status == DEVICE_OK)
        status = run_state_save(&t->state, t->options->out, error);
    t->checkpoint_ns += now_ns(t) - t->left_ns;
    if (status == DEVICE_OK)
        t->checkpoint_step = c->step;
    return status;
}

/* *error stays as it is, unless leaving does not work. */
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

/* For the next process: the weights that would be in use now had they been compiled. */
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
    const uint64_t optimiser_ns = optimise(t, &gradient_norm);
    struct train_stall stall = {0};
    enum device_status status = DEVICE_OK;
    if (!is_last) {
        status = train_updater_boundary(t->updater, t->state.counters.version, error);
        stall = train_updater_stall(t->updater);
    }
    /* Perhaps a limit that nobody knew of. The next process gets a batch further, at least. */
    const bool is_left = status == DEVICE_FAILED && (!keeps_older(t) || older_weights_keep(t));
    if (status != DEVICE_OK && !is_left)
        return TRAINING_FAILED;
    if (update_log(t, optimiser_ns, gradient_norm, &stall, 0, error) != DEVICE_OK)
        return TRAINING_FAILED;
    return is_left ? leave(t, error) : TRAINING_DONE;
}

enum training_end training_run(struct training *t, const volatile sig_atomic_t *stop,
    training_progress_fn *progress, void *context, struct device_error *error) {
    const struct run_counters *c = &t->state.counters;
    *error = (struct device_error){.text = ""};
    while (c->step < t->options->steps) {
        if (batch(t, progress, context, error) != DEVICE_OK)
            return TRAINING_FAILED;
        const bool is_last = c->step >= t->options->steps;
        const bool has_no_room =
            !is_last && train_updater_needs_restart(t->updater, c->version + 1);
        if (has_no_room)
            return leave(t, error);
        if (!is_last && (*stop || checkpoint_is_due(t)) && checkpoint_take(t, error) != DEVICE_OK)
            return TRAINING_FAILED;
        if (!is_last && *stop)
            return TRAINING_STOPPED;
        const enum training_end end = update(t, is_last, error);
        if (end != TRAINING_DONE)
            return end;
    }
    return checkpoint_take(t, error) == DEVICE_OK ? TRAINING_DONE : TRAINING_FAILED;
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
        .wall_ns = wall_ns(t, now_ns(t)),
        .stall_ns = c->stall_ns,
        .checkpoint_step = (uint64_t)t->checkpoint_step};
}
