/* SPDX-License-Identifier: MIT
 *
 * The double buffer over two of the engine's sets.
 */
#include "train/update/update_internal.h"

static enum device_status make(void *context, struct device_error *error) {
    struct train_updater *u = context;
    enum device_status status = DEVICE_OK;
    train_set_snapshot(u->next, u->parameters, (uint64_t)u->buffer.version_next);
    for (int i = 0; i < u->n_programs && status == DEVICE_OK; i++)
        status = train_set_build(u->next, i, error);
    if (status != DEVICE_OK)
        for (int i = 0; i < u->n_programs; i++)
            train_set_drop(u->next, i);
    return status;
}

static enum device_status start(void *context, int program, struct device_error *error) {
    struct train_updater *u = context;
    return train_set_compile_start(u->next, program, error);
}

static bool poll_one(void *context, int program) {
    struct train_updater *u = context;
    return train_set_compile_poll(u->next, program);
}

static enum device_status wait_one(void *context, int program, struct device_error *error) {
    struct train_updater *u = context;
    return train_set_compile_wait(u->next, program, error);
}

static enum device_status swap_one(void *context, int program, struct device_error *error) {
    struct train_updater *u = context;
    const enum device_status status = train_set_unload(u->live, program, error);
    if (status != DEVICE_OK)
        return status;
    train_set_drop(u->live, program);
    return train_set_load(u->next, program, error);
}

static void adopt(void *context) {
    struct train_updater *u = context;
    struct train_set *retired = u->live;
    u->live = u->next;
    u->next = retired;
}

static void drop(void *context) {
    struct train_updater *u = context;
    for (int i = 0; i < u->n_programs; i++)
        train_set_drop(u->next, i);
}

static bool has_room(void *context) {
    struct train_updater *u = context;
    return train_budget_has_room(&u->budget, train_engine_compiles(u->engine));
}

static uint64_t clock_ns(void *context) {
    return updater_now_ns(context);
}

static void event_note(
    void *context, enum double_buffer_event event, int64_t version, uint64_t now_ns) {
    struct train_updater *u = context;
    (void)now_ns;
    if (event == DOUBLE_BUFFER_BEGUN)
        updater_compile_begin(u, version);
    else if (event == DOUBLE_BUFFER_COMPILED)
        updater_compile_end(u, u->next);
}

enum device_status updater_double_open(
    struct train_updater *u, int max_stale, int64_t version, struct device_error *error) {
    static const struct double_buffer_ops ops = {
        .make = make,
        .start = start,
        .poll = poll_one,
        .wait = wait_one,
        .swap = swap_one,
        .adopt = adopt,
        .drop = drop,
        .has_room = has_room,
        .clock_ns = clock_ns,
    };
    const enum device_status status = train_set_create(u->engine, &u->next, error);
    if (status == DEVICE_OK)
        double_buffer_open(&u->buffer, &ops, event_note, u, u->n_programs, max_stale, version);
    return status;
}

enum device_status updater_double_boundary(
    struct train_updater *u, int64_t version, struct device_error *error) {
    double_buffer_times_reset(&u->buffer);
    const enum device_status status = double_buffer_boundary(&u->buffer, version, error);
    u->stall = (struct train_stall){.wait_ns = u->buffer.wait_ns,
        .swap_ns = u->buffer.swap_ns,
        .snapshot_ns = u->buffer.make_ns};
    return status;
}
