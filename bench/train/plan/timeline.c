/* SPDX-License-Identifier: MIT */
#include "plan/schedule.h"
#include "plan/fleet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const plan_way_names[PLAN_WAYS] = {"sync", "double", "reload", "dynamic"};
const char *const plan_span_names[] = {"steps", "update", "stall", "background_compile"};

/* A schedule being played. Clocks of processes follow each other. */
struct play {
    const struct plan_spec *spec;
    char device[160];
    enum plan_set set;
    int n_units;
    struct fleet fleet;
    struct fleet_unit *live, *next; /* next: double only */
    double earlier_ms;              /* of the processes before this one */
    double earlier_compile_ms;

    int version, live_version, next_version; /* updates behind the weights */
    bool is_compiling;
    double background_begin_ms;

    int n_batches, stale_sum, restarts;
    double steps_ms, engine_ms, stall_ms;
    plan_span_fn *span;
    void *context;
    struct plan_result *result;
    struct device_error *error;
};

static double now_ms(struct play *p) {
    return p->earlier_ms + fleet_now_ms(&p->fleet);
}

static void span_put(struct play *p, enum plan_span span, double begin_ms) {
    double end_ms = now_ms(p);
    if (p->span && end_ms > begin_ms)
        p->span(p->context, p->spec->way, span, begin_ms, end_ms);
}

static bool unit_changes(const struct play *p, int unit) {
    return plan_kernel_has_weights(p->set, fleet_kernel(p->set, unit));
}

/* ---- processes */

static void process_end(struct play *p) {
    if (!p->fleet.device)
        return;
    if (p->fleet.loaded_max > p->result->programs)
        p->result->programs = p->fleet.loaded_max;
    if (p->fleet.compiles > p->result->compiles)
        p->result->compiles = p->fleet.compiles;
    p->earlier_ms += fleet_now_ms(&p->fleet);
    p->earlier_compile_ms += p->fleet.compile_ms;
    for (int i = 0; i < p->n_units; i++) {
        fleet_free(&p->fleet, &p->live[i]);
        fleet_free(&p->fleet, &p->next[i]);
    }
    fleet_close(&p->fleet);
}

/* Everything compiled and loaded from nothing, with the newest weights. */
static int process_begin(struct play *p) {
    unsigned serial = p->fleet.serial;
    if (fleet_open(&p->fleet, p->device, p->spec->shape, p->set, p->error) != 0)
        return -1;
    p->fleet.serial = serial;
    for (int i = 0; i < p->n_units; i++)
        if (fleet_make(&p->fleet, &p->live[i], fleet_kernel(p->set, i), p->error) != 0 ||
            fleet_compile(&p->fleet, &p->live[i], p->error) != 0 ||
            fleet_load(&p->fleet, &p->live[i], p->error) != 0)
            return -1;
    p->live_version = p->version;
    p->is_compiling = false;
    return 0;
}

static int process_restart(struct play *p) {
    process_end(p);
    p->restarts++;
    return process_begin(p);
}

/* ---- updates */

static bool compiles_run_out(const struct play *p, int n) {
    return p->fleet.compiles + n > sim_limit(p->spec->params, SIM_LIMIT_COMPILES);
}

static int update_sync(struct play *p) {
    if (compiles_run_out(p, fleet_n_weighted(p->spec->shape, p->set)))
        return process_restart(p);
    for (int i = 0; i < p->n_units; i++) {
        if (!unit_changes(p, i))
            continue;
        if (fleet_unload(&p->fleet, &p->live[i], p->error) != 0)
            return -1;
        fleet_free(&p->fleet, &p->live[i]);
        if (fleet_make(&p->fleet, &p->live[i], fleet_kernel(p->set, i), p->error) != 0 ||
            fleet_compile(&p->fleet, &p->live[i], p->error) != 0 ||
            fleet_load(&p->fleet, &p->live[i], p->error) != 0)
            return -1;
    }
    p->live_version = p->version;
    return 0;
}

/* Where the rewriting takes effect at all, it costs the simulated engine no time. */
static int update_reload(struct play *p) {
    for (int i = 0; i < p->n_units; i++)
        if (unit_changes(p, i) && (fleet_unload(&p->fleet, &p->live[i], p->error) != 0 ||
                                      fleet_load(&p->fleet, &p->live[i], p->error) != 0))
            return -1;
    p->live_version = p->version;
    return 0;
}

/* A snapshot of the newest weights goes to the compiler. */
static int background_begin(struct play *p) {
    for (int i = 0; i < p->n_units; i++)
        if (unit_changes(p, i) &&
            (fleet_make(&p->fleet, &p->next[i], fleet_kernel(p->set, i), p->error) != 0 ||
                fleet_compile_start(&p->fleet, &p->next[i], p->error) != 0))
            return -1;
    p->next_version = p->version;
    p->is_compiling = true;
    p->background_begin_ms = now_ms(p);
    return 0;
}

static bool background_is_over(struct play *p) {
    for (int i = 0; i < p->n_units; i++)
        if (unit_changes(p, i) && !device_compile_poll(p->fleet.device, p->next[i].program))
            return false;
    return true;
}

/* Program by program, so that never more than one set is loaded. */
static int background_swap(struct play *p) {
    for (int i = 0; i < p->n_units; i++)
        if (unit_changes(p, i) && fleet_compile_wait(&p->fleet, &p->next[i], p->error) != 0)
            return -1;
    span_put(p, PLAN_SPAN_BACKGROUND, p->background_begin_ms);
    for (int i = 0; i < p->n_units; i++) {
        if (!unit_changes(p, i))
            continue;
        if (fleet_unload(&p->fleet, &p->live[i], p->error) != 0)
            return -1;
        fleet_free(&p->fleet, &p->live[i]);
        p->live[i] = p->next[i];
        p->next[i].program = NULL;
        if (fleet_load(&p->fleet, &p->live[i], p->error) != 0)
            return -1;
    }
    p->live_version = p->next_version;
    p->is_compiling = false;
    return 0;
}

static bool is_too_old(const struct play *p) {
    return p->spec->max_stale != PLAN_STALE_INF &&
           p->version - p->live_version > p->spec->max_stale;
}

static int update_double(struct play *p) {
    int n = fleet_n_weighted(p->spec->shape, p->set);
    bool is_swapped = p->is_compiling && background_is_over(p);
    if (is_swapped && background_swap(p) != 0)
        return -1;
    /* A set that was just swapped in is used before a restart throws it away. */
    if (!p->is_compiling && compiles_run_out(p, n))
        return is_swapped && !is_too_old(p) ? 0 : process_restart(p);
    if (!p->is_compiling && background_begin(p) != 0)
        return -1;
    /* Waiting may bring weights that are themselves too old; then one more compile is waited for. */
    while (is_too_old(p)) {
        if (!p->is_compiling) {
            if (compiles_run_out(p, n))
                return process_restart(p);
            if (background_begin(p) != 0)
                return -1;
        }
        if (background_swap(p) != 0)
            return -1;
    }
    if (!p->is_compiling && p->live_version < p->version && !compiles_run_out(p, n))
        return background_begin(p);
    return 0;
}

static int update(struct play *p) {
    switch (p->spec->way) {
    case PLAN_SYNC:
        return update_sync(p);
    case PLAN_DOUBLE:
        return update_double(p);
    case PLAN_RELOAD:
        return update_reload(p);
    default:
        p->live_version = p->version; /* weights are written with the next step's inputs */
        return 0;
    }
}

/* ---- steps */

static int step(struct play *p) {
    int repeats = p->set == PLAN_INPUT ? p->spec->shape->layers : 1;
    double begin_ms = now_ms(p);
    for (int r = 0; r < repeats; r++)
        for (int i = 0; i < p->n_units; i++)
            if (fleet_eval(&p->fleet, &p->live[i], p->error) != 0)
                return -1;
    p->engine_ms += now_ms(p) - begin_ms;
    sim_host_work(p->fleet.device, p->spec->step_ms * 1e6);
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
    sim_host_work(p->fleet.device, p->spec->update_ms * 1e6);
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
    double start_compile_ms = p->fleet.compile_ms;
    for (int u = 0; u < p->spec->n_updates; u++)
        if (batch(p) != 0)
            return -1;
    double wall_ms = now_ms(p) - r->start_ms, n = p->spec->n_updates;
    r->step_ms = p->steps_ms / (n * p->spec->accum);
    r->engine_ms = p->engine_ms / (n * p->spec->accum);
    r->compile_ms = (p->earlier_compile_ms + p->fleet.compile_ms - start_compile_ms) / n;
    r->stall_ms = p->stall_ms / n;
    r->update_ms = wall_ms / n;
    r->updates_per_s = 1e3 * n / wall_ms;
    r->steps_per_s = r->updates_per_s * p->spec->accum;
    r->stale_mean = p->stale_sum / n;
    r->restarts = p->restarts / n;
    process_end(p);
    return 0;
}

/* ---- what a limit forbids, and what would be needed */

static bool way_check(const struct plan_spec *spec, enum plan_set set, struct plan_result *r) {
    int n = fleet_n_units(spec->shape, set), n_new = fleet_n_weighted(spec->shape, set);
    const struct sim_params *p = spec->params;
    double compiles = sim_limit(p, SIM_LIMIT_COMPILES);
    double loaded = sim_limit(p, SIM_LIMIT_LOADED);

    if (spec->way == PLAN_RELOAD && !p->reload_source && !p->reload_compiled) {
        snprintf(r->reason, sizeof r->reason,
            "rewritten weights do not take effect on the next load (reload_source and "
            "reload_compiled are 0); needs an engine where one of them does");
        return false;
    }
    if (n > compiles) {
        snprintf(r->reason, sizeof r->reason,
            "one set is %d programs, and a process compiles %.0f; needs a limit of %d or fewer "
            "programs",
            n, compiles, n);
        return false;
    }
    if (spec->way == PLAN_DOUBLE && n + n_new > compiles) {
        snprintf(r->reason, sizeof r->reason,
            "%d + %d = %d compiles in one process, and the limit is %.0f: the second set fails at "
            "its program %.0f; needs a limit of %d, or %.0f programs with weights in place of %d, "
            "or a restart for every update, which is sync. Were loaded programs counted instead, "
            "%d "
            "would do, swapped one by one",
            n, n_new, n + n_new, compiles, compiles - n + 1, n + n_new, compiles - n, n_new, n);
        return false;
    }
    if (n > loaded) {
        snprintf(r->reason, sizeof r->reason,
            "one set is %d programs, and %.0f can be loaded; needs a limit of %d", n, loaded, n);
        return false;
    }
    if (spec->way == PLAN_DOUBLE && n + n_new > loaded)
        snprintf(r->reason, sizeof r->reason,
            "only by swapping program by program: both sets loaded at once would be %d + %d = %d, "
            "and the limit is %.0f",
            n, n_new, n + n_new, loaded);
    if (isfinite(compiles) && spec->way == PLAN_SYNC)
        snprintf(r->reason, sizeof r->reason,
            "restarts: a process compiles %.0f, a set is %d and an update %d more", compiles, n,
            n_new);
    return true;
}

static int device_name(char *out, size_t bytes, const char *device, struct device_error *error) {
    int length = snprintf(out, bytes, "%s,numerics=off", device);
    if (length > 0 && (size_t)length < bytes)
        return 0;
    device_error_usage(error, "the device's name is too long; use a shorter path");
    return -1;
}

int plan_play(const struct plan_spec *spec, plan_span_fn *span, void *context,
    struct plan_result *out, struct device_error *error) {
    struct play p = {.spec = spec,
        .span = span,
        .context = context,
        .result = out,
        .error = error,
        .set = spec->way == PLAN_DYNAMIC ? PLAN_INPUT : PLAN_BAKED};
    int status = -1;

    *out = (struct plan_result){.is_possible = false};
    *error = (struct device_error){.status = DEVICE_OK};
    if (!way_check(spec, p.set, out))
        return 0;
    p.n_units = fleet_n_units(spec->shape, p.set);
    p.live = calloc((size_t)p.n_units, sizeof *p.live);
    p.next = calloc((size_t)p.n_units, sizeof *p.next);
    if (!p.live || !p.next)
        device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    else if (device_name(p.device, sizeof p.device, spec->device, error) == 0)
        status = play_all(&p);
    if (p.live && p.next)
        process_end(&p);
    free(p.live);
    free(p.next);
    out->is_possible = status == 0;
    if (status == 0 || error->status != DEVICE_FAILED)
        return status;
    /* the engine said no: that is an answer */
    *out = (struct plan_result){.is_possible = false};
    snprintf(out->reason, sizeof out->reason, "%s: %.200s", error->stage, error->text);
    return 0;
}

int plan_engine_ms(const char *device, const struct plan_shape *shape, enum plan_set set,
    bool forward, double *ms, struct device_error *error) {
    char name[160];
    struct fleet fleet = {.device = NULL};
    int status = -1;

    *ms = 0;
    if (device_name(name, sizeof name, device, error) != 0 ||
        fleet_open(&fleet, name, shape, set, error) != 0)
        goto end;
    for (int k = 0; k < (forward ? 2 : plan_n_kernels(set)); k++) {
        struct fleet_unit unit = {.kernel = k};
        bool is_well = fleet_make(&fleet, &unit, k, error) == 0 &&
                       fleet_compile(&fleet, &unit, error) == 0 &&
                       fleet_load(&fleet, &unit, error) == 0;
        double begin_ms = fleet_now_ms(&fleet);
        is_well = is_well && fleet_eval(&fleet, &unit, error) == 0;
        *ms += shape->layers * (fleet_now_ms(&fleet) - begin_ms);
        fleet_free(&fleet, &unit);
        if (!is_well)
            goto end;
    }
    status = 0;
end:
    fleet_close(&fleet);
    return status;
}
