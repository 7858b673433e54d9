/* SPDX-License-Identifier: MIT */
#include "train/update/update_internal.h"

#include <stdlib.h>

void updater_compile_begin(struct train_updater *u, int64_t version) {
    u->compiling = (struct train_compile){.version = version, .begin_ns = updater_now_ns(u)};
}

void updater_compile_end(struct train_updater *u, const struct train_set *set) {
    u->compile = u->compiling;
    u->compile.end_ns = updater_now_ns(u);
    for (int i = 0; i < u->n_programs; i++) {
        struct device_compile_info info;
        device_compile_info(u->device, train_set_program(set, i), &info);
        u->compile.compiler_ns += info.elapsed_ns;
    }
    u->n_compiles++;
}

enum device_status updater_program_renew(
    struct train_updater *u, int program, struct device_error *error) {
    uint64_t begin_ns = updater_now_ns(u), end_ns;
    enum device_status status = train_set_unload(u->live, program, error);
    if (status != DEVICE_OK)
        return status;
    train_set_drop(u->live, program);
    u->stall.swap_ns += (end_ns = updater_now_ns(u)) - begin_ns;
    status = train_set_build(u->live, program, error);
    u->stall.snapshot_ns += (begin_ns = updater_now_ns(u)) - end_ns;
    if (status == DEVICE_OK &&
        (status = train_set_compile(u->live, program, error)) == DEVICE_FAILED)
        /* retry once, as in the background */
        status = train_set_compile(u->live, program, error);
    u->stall.wait_ns += (end_ns = updater_now_ns(u)) - begin_ns;
    if (status == DEVICE_OK)
        status = train_set_load(u->live, program, error);
    u->stall.swap_ns += updater_now_ns(u) - end_ns;
    return status;
}

void updater_snapshot(struct train_updater *u, struct train_set *set,
    const struct train_parameters *parameters, int64_t version) {
    const uint64_t begin_ns = updater_now_ns(u);
    train_set_snapshot(set, parameters, (uint64_t)version);
    u->stall.snapshot_ns += updater_now_ns(u) - begin_ns;
}

/* Compile, wait, continue. */
static enum device_status set_renew(
    struct train_updater *u, int64_t version, struct device_error *error) {
    enum device_status status = DEVICE_OK;
    updater_snapshot(u, u->live, u->parameters, version);
    updater_compile_begin(u, version);
    for (int i = 0; i < u->n_programs && status == DEVICE_OK; i++)
        status = updater_program_renew(u, i, error);
    if (status == DEVICE_OK)
        updater_compile_end(u, u->live);
    return status;
}

static enum device_status weights_write(
    struct train_updater *u, int64_t version, struct device_error *error) {
    updater_snapshot(u, u->live, u->parameters, version);
    const uint64_t begin_ns = updater_now_ns(u);
    const enum device_status status = train_set_write_weights(u->live, error);
    u->stall.swap_ns += updater_now_ns(u) - begin_ns;
    return status;
}

static enum device_status first_set(struct train_updater *u, int max_stale, int64_t version,
    const uint16_t *window, struct device_error *error) {
    enum device_status status = train_set_create(u->engine, &u->live, error);
    if (status != DEVICE_OK)
        return status;
    u->n_programs = train_set_n_programs(u->live);
    if (u->budget.way == TRAIN_DYNAMIC)
        return weights_write(u, version, error);
    if (u->budget.way == TRAIN_MAPPED)
        return updater_mapped_open(u, version, window, error);
    status = set_renew(u, version, error);
    if (status == DEVICE_OK && u->budget.way == TRAIN_DOUBLE)
        status = updater_double_open(u, max_stale, version, error);
    if (status == DEVICE_OK && u->budget.way == TRAIN_RELOAD)
        status = updater_reload_try(u, window, error);
    return status;
}

enum device_status train_updater_open(struct device *device, struct train_engine *engine,
    const struct train_budget *budget, int max_stale, const struct train_parameters *parameters,
    int64_t version, const uint16_t *window, struct train_updater **out,
    struct device_error *error) {
    struct train_updater *u = calloc(1, sizeof *u);
    *out = NULL;
    if (!u)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    u->device = device;
    u->engine = engine;
    u->parameters = parameters;
    u->budget = *budget;
    const enum device_status status = first_set(u, max_stale, version, window, error);
    if (status != DEVICE_OK) {
        train_updater_close(u);
        return status;
    }
    u->stall = (struct train_stall){0};
    *out = u;
    return DEVICE_OK;
}

void train_updater_close(struct train_updater *u) {
    if (!u)
        return;
    if (u->buffer.ops)
        double_buffer_close(&u->buffer);
    train_set_free(u->next);
    train_set_free(u->live);
    free(u);
}

const struct train_set *train_updater_set(const struct train_updater *u) {
    return u->live;
}

void train_updater_pump(struct train_updater *u) {
    if (u->buffer.ops)
        double_buffer_pump(&u->buffer);
}

bool train_updater_needs_restart(const struct train_updater *u, int64_t version) {
    if (u->budget.way == TRAIN_DOUBLE)
        return double_buffer_needs_restart(&u->buffer, version);
    return u->budget.way == TRAIN_SYNC &&
           !train_budget_has_room(&u->budget, train_engine_compiles(u->engine));
}

enum device_status train_updater_boundary(
    struct train_updater *u, int64_t version, struct device_error *error) {
    u->stall = (struct train_stall){0};
    switch (u->budget.way) {
    case TRAIN_DOUBLE:
        return updater_double_boundary(u, version, error);
    case TRAIN_SYNC:
        return set_renew(u, version, error);
    case TRAIN_RELOAD:
        return updater_reload(u, version, error);
    case TRAIN_MAPPED:
        return updater_mapped(u, version, error);
    default:
        return weights_write(u, version, error);
    }
}

bool train_updater_failed_weights(
    const struct train_updater *u, int64_t version, struct train_parameters *out) {
    return u->next && (int64_t)train_set_version(u->next) == version &&
           train_set_weights(u->next, out);
}

struct train_stall train_updater_stall(const struct train_updater *u) {
    return u->stall;
}

bool train_updater_last_compile(
    const struct train_updater *u, struct train_compile *compile, int *n_compiles) {
    *compile = u->compile;
    *n_compiles = u->n_compiles;
    return u->n_compiles > 0;
}
