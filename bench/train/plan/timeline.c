/* SPDX-License-Identifier: MIT */
#include "train/plan/timeline.h"
#include "train/plan/process.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const plan_span_names[] = {"steps", "update", "stall", "background_compile"};

/* The training being played. The processes' clocks follow each other. */
struct play {
    const struct plan_spec *spec;
    struct train_budget budget;
    enum train_weights_place place;
    int changing[PLAN_KERNELS_MAX], n_changing; /* kernels with weights of their own, by layer */
    int n_programs; /* of a version of the weights: changing, by layer */
    struct plan_process process;
    struct plan_program shared[PLAN_KERNELS_MAX]; /* by kernel */
    struct plan_program *live, *next;             /* next: double only */
    struct double_buffer buffer;
    double earlier_ms; /* of earlier processes */
    double earlier_compile_ms;
    double background_begin_ms;

    int version, live_version; /* updates in the weights */
    int n_batches, stale_sum, restarts;
    double steps_ms, engine_ms, stall_ms;
    plan_span_fn *span;
    void *context;
    struct plan_result *result;
    struct device_error *error;
};

static double now_ms(struct play *p) {
    return p->earlier_ms + plan_process_now_ms(&p->process);
}

static void span_put(struct play *p, enum plan_span span, double begin_ms) {
    double end_ms = now_ms(p);
    if (p->span && end_ms > begin_ms)
        p->span(p->context, p->spec->way, span, begin_ms, end_ms);
}

static int kernel_of(const struct play *p, int program) {
    return p->changing[program % p->n_changing];
}

/* ---- the double buffer's two sets */

static enum device_status status_of(int result, const struct device_error *error) {
    return result == 0 ? DEVICE_OK : error->status;
}

static enum device_status next_make(void *context, struct device_error *error) {
    struct play *p = context;
    for (int i = 0; i < p->n_programs; i++)
        if (plan_program_make(&p->process, &p->next[i], kernel_of(p, i), error) != 0)
            return error->status;
    return DEVICE_OK;
}

static enum device_status next_start(void *context, int program, struct device_error *error) {
    struct play *p = context;
    return status_of(plan_program_compile_start(&p->process, &p->next[program], error), error);
}

static bool next_poll(void *context, int program) {
    struct play *p = context;
    return device_compile_poll(p->process.device, p->next[program].handle);
}

static enum device_status next_wait(void *context, int program, struct device_error *error) {
    struct play *p = context;
    return status_of(plan_program_compile_wait(&p->process, &p->next[program], error), error);
}

static enum device_status next_swap(void *context, int program, struct device_error *error) {
    struct play *p = context;
    if (plan_program_unload(&p->process, &p->live[program], error) != 0)
        return error->status;
    plan_program_free(&p->process, &p->live[program]);
    return status_of(plan_program_load(&p->process, &p->next[program], error), error);
}

static void next_adopt(void *context) {
    struct play *p = context;
    struct plan_program *retired = p->live;
    p->live = p->next;
    p->next = retired;
}

static void next_drop(void *context) {
    struct play *p = context;
    for (int i = 0; i < p->n_programs; i++)
        plan_program_free(&p->process, &p->next[i]);
}

static bool next_has_room(void *context) {
    struct play *p = context;
    return train_budget_has_room(&p->budget, p->process.compiles);
}

static uint64_t clock_ns(void *context) {
    struct play *p = context;
    return device_clock_ns(p->process.device);
}

static void event_note(
    void *context, enum double_buffer_event event, int64_t version, uint64_t event_ns) {
    struct play *p = context;
    (void)version;
    (void)event_ns;
    if (event == DOUBLE_BUFFER_BEGUN)
        p->background_begin_ms = now_ms(p);
    else if (event == DOUBLE_BUFFER_COMPILED)
        span_put(p, PLAN_SPAN_BACKGROUND, p->background_begin_ms);
}

static void buffer_open(struct play *p) {
    static const struct double_buffer_ops ops = {.make = next_make,
        .start = next_start,
        .poll = next_poll,
        .wait = next_wait,
        .swap = next_swap,
        .adopt = next_adopt,
        .drop = next_drop,
        .has_room = next_has_room,
        .clock_ns = clock_ns};
    double_buffer_open(
        &p->buffer, &ops, event_note, p, p->n_programs, p->spec->max_stale, p->version);
}

/* ---- processes */

static void process_end(struct play *p) {
    if (!p->process.device)
        return;
    if (p->buffer.ops)
        double_buffer_close(&p->buffer);
    if (p->process.loaded_max > p->result->programs)
        p->result->programs = p->process.loaded_max;
    if (p->process.compiles > p->result->compiles)
        p->result->compiles = p->process.compiles;
    p->earlier_ms += plan_process_now_ms(&p->process);
    p->earlier_compile_ms += p->process.compile_ms;
    for (int k = 0; k < PLAN_KERNELS_MAX; k++)
        plan_program_free(&p->process, &p->shared[k]);
    for (int i = 0; i < p->n_programs; i++)
        plan_program_free(&p->process, &p->live[i]);
    plan_process_close(&p->process);
}

/* Compiles and loads everything from scratch, with the newest weights. */
static int process_begin(struct play *p) {
    const struct plan_spec *s = p->spec;
    if (plan_process_open(&p->process, s->device, s->shape, p->place, p->error) != 0)
        return -1;
    if (s->compile_ms > 0 || s->compile_per_mb_ms > 0)
        sim_compile_times(p->process.device, s->compile_ms, s->compile_per_mb_ms);
    for (int k = 0; k < plan_n_kernels(p->place); k++)
        if (plan_kernel_is_shared(p->place, k) &&
            plan_program_start(&p->process, &p->shared[k], k, p->error) != 0)
            return -1;
    for (int i = 0; i < p->n_programs; i++)
        if (plan_program_start(&p->process, &p->live[i], kernel_of(p, i), p->error) != 0)
            return -1;
    p->live_version = p->version;
    if (s->way == TRAIN_MAPPED)
        sim_host_work(p->process.device, p->n_programs * s->params->mutable_map_ms * 1e6);
    if (s->way == TRAIN_DOUBLE)
        buffer_open(p);
    return 0;
}

static int process_restart(struct play *p) {
    process_end(p);
    p->restarts++;
    return process_begin(p);
}

/* ---- updates */

static int update_sync(struct play *p) {
    if (!train_budget_has_room(&p->budget, p->process.compiles))
        return process_restart(p);
    for (int i = 0; i < p->n_programs; i++) {
        if (plan_program_unload(&p->process, &p->live[i], p->error) != 0)
            return -1;
        plan_program_free(&p->process, &p->live[i]);
        if (plan_program_start(&p->process, &p->live[i], kernel_of(p, i), p->error) != 0)
            return -1;
    }
    p->live_version = p->version;
    return 0;
}

/* If rewriting takes effect at all, it takes no time on the simulated engine. */
static int update_reload(struct play *p) {
    for (int i = 0; i < p->n_programs; i++)
        if (plan_program_unload(&p->process, &p->live[i], p->error) != 0 ||
            plan_program_load(&p->process, &p->live[i], p->error) != 0)
            return -1;
    p->live_version = p->version;
    return 0;
}

/* Writing is the host's work of an update; a sync of all programs' weights takes what the engine does. */
static int update_mapped(struct play *p) {
    sim_host_work(p->process.device,
        p->spec->params->mutable_sync_per_mb_ms * train_set_weight_mb(p->spec->shape) * 1e6);
    p->live_version = p->version;
    return 0;
}

static int update_double(struct play *p) {
    if (double_buffer_needs_restart(&p->buffer, p->version))
        return process_restart(p);
    if (double_buffer_boundary(&p->buffer, p->version, p->error) != DEVICE_OK)
        return -1;
    p->live_version = (int)p->buffer.version_in_use;
    return 0;
}

static int update(struct play *p) {
    switch (p->spec->way) {
    case TRAIN_SYNC:
        return update_sync(p);
    case TRAIN_DOUBLE:
        return update_double(p);
    case TRAIN_RELOAD:
        return update_reload(p);
    case TRAIN_MAPPED:
        return update_mapped(p);
    default:
        p->live_version = p->version; /* weights are written with the next step's inputs */
        return 0;
    }
}

/* ---- steps */

/* An eval and the host work after it. */
static int eval(struct play *p, struct plan_program *program, double host_ms) {
    double begin_ms = now_ms(p);
    if (plan_program_eval(&p->process, program, p->error) != 0)
        return -1;
    if (p->spec->engine_scale > 1)
        sim_host_work(
            p->process.device, (p->spec->engine_scale - 1) * (now_ms(p) - begin_ms) * 1e6);
    p->engine_ms += now_ms(p) - begin_ms;
    sim_host_work(p->process.device, host_ms * 1e6);
    if (p->spec->way == TRAIN_DOUBLE)
        double_buffer_pump(&p->buffer);
    return 0;
}

static int step(struct play *p) {
    const int n_kernels = plan_n_kernels(p->place), layers = p->spec->shape->layers;
    const double host_ms = p->spec->step_ms / (n_kernels * layers);
    double begin_ms = now_ms(p);
    for (int layer = 0; layer < layers; layer++)
        for (int k = 0, changing = 0; k < n_kernels; k++) {
            struct plan_program *program = plan_kernel_is_shared(p->place, k)
                                               ? &p->shared[k]
                                               : &p->live[layer * p->n_changing + changing++];
            if (eval(p, program, host_ms) != 0)
                return -1;
        }
    p->steps_ms += now_ms(p) - begin_ms;
    return 0;
}

static int batch(struct play *p) {
    int stale = p->version - p->live_version;
    double begin_ms = now_ms(p);
    for (int i = 0; i < p->spec->accum; i++)
        if (step(p) != 0)
            return -1;
    span_put(p, PLAN_SPAN_STEPS, begin_ms);
    p->n_batches++;
    p->stale_sum += stale;
    if (stale > p->result->stale_max)
        p->result->stale_max = stale;
    begin_ms = now_ms(p);
    sim_host_work(p->process.device, p->spec->update_ms * 1e6);
    span_put(p, PLAN_SPAN_UPDATE, begin_ms);
    p->version++;
    begin_ms = now_ms(p);
    if (update(p) != 0)
        return -1;
    p->stall_ms += now_ms(p) - begin_ms;
    span_put(p, PLAN_SPAN_STALL, begin_ms);
    return 0;
}

static int play_all(struct play *p) {
    struct plan_result *r = p->result;
    if (process_begin(p) != 0)
        return -1;
    r->start_ms = now_ms(p);
    double start_compile_ms = p->process.compile_ms;
    for (int u = 0; u < p->spec->n_updates; u++)
        if (batch(p) != 0)
            return -1;
    double wall_ms = now_ms(p) - r->start_ms, n = p->spec->n_updates;
    r->step_ms = p->steps_ms / (n * p->spec->accum);
    r->engine_ms = p->engine_ms / (n * p->spec->accum);
    r->compile_ms = (p->earlier_compile_ms + p->process.compile_ms - start_compile_ms) / n;
    r->stall_ms = p->stall_ms / n;
    r->update_ms = wall_ms / n;
    r->updates_per_s = 1e3 * n / wall_ms;
    r->steps_per_s = r->updates_per_s * p->spec->accum;
    r->stale_mean = p->stale_sum / n;
    r->restarts = p->restarts / n;
    process_end(p);
    return 0;
}

/* ---- limits */

/* False when the way is not possible, with the reason in *r. The budget handles the limit on
 * compiles. */
static bool way_check(
    const struct plan_spec *spec, struct train_budget *budget, struct plan_result *r) {
    const struct sim_params *p = spec->params;
    const struct {
        enum train_limit_kind kind;
        double value;
    } limits[] = {{TRAIN_LIMIT_LOADED, sim_limit(p, SIM_LIMIT_LOADED)},
        {TRAIN_LIMIT_COMPILES, sim_limit(p, SIM_LIMIT_COMPILES)}};
    const struct train_limit none = {TRAIN_LIMIT_NONE, 0, "the device's"};
    char words[sizeof r->reason];

    (void)train_budget_check(
        budget, spec->shape, spec->way, TRAIN_CUT_SIX, none, words, sizeof words);
    if (spec->way == TRAIN_RELOAD && !p->reload_source && !p->reload_compiled) {
        snprintf(r->reason, sizeof r->reason,
            "rewritten weights do not take effect on the next load (reload_source and "
            "reload_compiled are 0); needs an engine where one of them does");
        return false;
    }
    if (spec->way == TRAIN_MAPPED && p->mutable_weights != SIM_MUTABLE_SYNC &&
        p->mutable_weights != SIM_MUTABLE_DIRECT) {
        snprintf(r->reason, sizeof r->reason,
            "it is not known that weights of a loaded program can be written here (mutable_weights "
            "is "
            "neither sync nor direct); 'aneprobe run mutable_weights' asks the engine");
        return false;
    }
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        /* for the ten dynamic programs the engine itself tells whether they fit */
        if (!isfinite(limits[i].value) || spec->way == TRAIN_DYNAMIC)
            continue;
        const struct train_limit limit = {limits[i].kind,
            limits[i].value < INT_MAX ? (int)limits[i].value : INT_MAX, "the device's"};
        const bool fits = train_budget_check(
            budget, spec->shape, spec->way, TRAIN_CUT_SIX, limit, words, sizeof words);
        if (!fits || words[0])
            snprintf(r->reason, sizeof r->reason, "%s", words);
        if (!fits)
            return false;
    }
    return true;
}

int plan_play(const struct plan_spec *spec, plan_span_fn *span, void *context,
    struct plan_result *out, struct device_error *error) {
    struct play p = {.spec = spec,
        .span = span,
        .context = context,
        .result = out,
        .error = error,
        .place = train_way_place(spec->way)};
    int status = -1;

    *out = (struct plan_result){.is_possible = false};
    *error = (struct device_error){.status = DEVICE_OK};
    if (!way_check(spec, &p.budget, out))
        return 0;
    for (int k = 0; k < plan_n_kernels(p.place); k++)
        if (!plan_kernel_is_shared(p.place, k))
            p.changing[p.n_changing++] = k;
    p.n_programs = p.n_changing * spec->shape->layers;
    p.live = calloc((size_t)p.n_programs + 1, sizeof *p.live);
    p.next = calloc((size_t)p.n_programs + 1, sizeof *p.next);
    if (!p.live || !p.next)
        device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    else
        status = play_all(&p);
    if (p.live && p.next)
        process_end(&p);
    free(p.live);
    free(p.next);
    out->is_possible = status == 0;
    if (status == 0 || error->status != DEVICE_FAILED)
        return status;
    /* the engine refused: that is a result */
    *out = (struct plan_result){.is_possible = false};
    snprintf(out->reason, sizeof out->reason, "%s: %.200s", error->stage, error->text);
    return 0;
}

int plan_engine_ms(const char *device, const struct train_shape *shape,
    enum train_weights_place place, bool forward, double *ms, struct device_error *error) {
    struct plan_process process;
    int status = plan_process_open(&process, device, shape, place, error);

    *ms = 0;
    for (int k = 0; k < (forward ? 2 : plan_n_kernels(place)) && status == 0; k++) {
        struct plan_program program;
        status = plan_program_start(&process, &program, k, error);
        double begin_ms = plan_process_now_ms(&process);
        if (status == 0)
            status = plan_program_eval(&process, &program, error);
        *ms += shape->layers * (plan_process_now_ms(&process) - begin_ms);
        plan_program_free(&process, &program);
    }
    plan_process_close(&process);
    return status;
}
