/* SPDX-License-Identifier: MIT */
#include "train/update/double_buffer.h"

#include <assert.h>

/* Programs on the device's worker at a time: one being compiled and one to follow without a gap.
 * With more, a failure would mean waiting for all of them. */
enum { AHEAD = 2 };

static void state_set(struct double_buffer *b, enum double_buffer_state to) {
    static const bool is_allowed[4][4] = {
        [DOUBLE_BUFFER_IDLE] = {[DOUBLE_BUFFER_COMPILING] = true, [DOUBLE_BUFFER_FAILED] = true},
        [DOUBLE_BUFFER_COMPILING] = {[DOUBLE_BUFFER_READY] = true,
            [DOUBLE_BUFFER_FAILED] = true,
            [DOUBLE_BUFFER_IDLE] = true /* closed */},
        [DOUBLE_BUFFER_READY] = {[DOUBLE_BUFFER_IDLE] = true, [DOUBLE_BUFFER_FAILED] = true},
        [DOUBLE_BUFFER_FAILED] = {false},
    };
    assert(is_allowed[b->state][to]);
    b->state = to;
}

static void event_tell(struct double_buffer *b, enum double_buffer_event event) {
    if (b->event)
        b->event(b->context, event, b->version_next, b->ops->clock_ns(b->context));
}

/* Waits for the compiles that were started, since every start needs a wait; their results no longer
 * count. */
static void next_drop(struct double_buffer *b) {
    struct device_error ignored;
    for (int i = b->n_compiled; i < b->n_started; i++)
        (void)b->ops->wait(b->context, i, &ignored);
    b->n_started = b->n_compiled = 0;
    b->ops->drop(b->context);
    b->has_next = false;
}

/* The rest of the next set is dropped at the boundary: dropping may wait, and a step must not. */
static void fail(struct double_buffer *b, const struct device_error *why) {
    b->error = *why;
    state_set(b, DOUBLE_BUFFER_FAILED);
}

/* Keeps AHEAD programs queued on the worker. */
static void start_more(struct double_buffer *b) {
    while (b->n_started < b->n_programs && b->n_started - b->n_compiled < AHEAD) {
        struct device_error error;
        if (b->ops->start(b->context, b->n_started, &error) != DEVICE_OK) {
            fail(b, &error);
            return;
        }
        b->n_started++;
    }
}

/* Collects the oldest compile, waiting for it if necessary. */
static void compile_take(struct double_buffer *b) {
    struct device_error error;
    const int program = b->n_compiled;
    if (b->ops->wait(b->context, program, &error) == DEVICE_OK) {
        b->n_compiled++;
        if (b->n_compiled == b->n_programs) {
            state_set(b, DOUBLE_BUFFER_READY);
            event_tell(b, DOUBLE_BUFFER_COMPILED);
        } else {
            start_more(b);
        }
        return;
    }
    if (!b->is_retried) {
        b->is_retried = true;
        event_tell(b, DOUBLE_BUFFER_RETRIED);
        if (b->ops->start(b->context, program, &error) == DEVICE_OK)
            return;
    }
    b->n_compiled++; /* none of its compiles is running; perhaps one of the next set */
    fail(b, &error);
}

void double_buffer_pump(struct double_buffer *b) {
    while (b->state == DOUBLE_BUFFER_COMPILING && b->ops->poll(b->context, b->n_compiled))
        compile_take(b);
}

static void compile_wait(struct double_buffer *b) {
    const uint64_t begin_ns = b->ops->clock_ns(b->context);
    while (b->state == DOUBLE_BUFFER_COMPILING)
        compile_take(b);
    b->wait_ns += b->ops->clock_ns(b->context) - begin_ns;
}

static void compile_begin(struct double_buffer *b, int64_t version) {
    struct device_error error;
    const uint64_t begin_ns = b->ops->clock_ns(b->context);
    b->is_retried = false;
    b->version_next = version;
    if (b->ops->make(b->context, &error) == DEVICE_OK) {
        b->has_next = true;
        state_set(b, DOUBLE_BUFFER_COMPILING);
        event_tell(b, DOUBLE_BUFFER_BEGUN);
        start_more(b);
    } else {
        fail(b, &error);
    }
    b->make_ns += b->ops->clock_ns(b->context) - begin_ns;
}

static void adopt(struct double_buffer *b) {
    b->ops->adopt(b->context);
    b->has_next = false;
    b->n_started = b->n_compiled = 0;
    b->version_in_use = b->version_next;
    state_set(b, DOUBLE_BUFFER_IDLE);
    event_tell(b, DOUBLE_BUFFER_SWAPPED);
}

static void swap(struct double_buffer *b) {
    struct device_error error;
    enum device_status status = DEVICE_OK;
    const uint64_t begin_ns = b->ops->clock_ns(b->context);
    for (int i = 0; i < b->n_programs && status == DEVICE_OK; i++)
        status = b->ops->swap(b->context, i, &error);
    if (status == DEVICE_OK) {
        adopt(b);
    } else {
        b->is_torn = true;
        fail(b, &error);
    }
    b->swap_ns += b->ops->clock_ns(b->context) - begin_ns;
}

static bool is_too_old(const struct double_buffer *b, int64_t version) {
    return b->max_stale != DOUBLE_BUFFER_STALE_INF && version - b->version_in_use > b->max_stale;
}

bool double_buffer_needs_restart(const struct double_buffer *b, int64_t version) {
    return b->state == DOUBLE_BUFFER_IDLE && b->version_in_use < version &&
           !b->ops->has_room(b->context);
}

enum device_status double_buffer_boundary(
    struct double_buffer *b, int64_t version, struct device_error *error) {
    assert(!double_buffer_needs_restart(b, version));
    double_buffer_pump(b);
    if (b->state == DOUBLE_BUFFER_READY)
        swap(b);
    /* The set being compiled is newer than the one in use, so it is new enough. */
    if (b->state != DOUBLE_BUFFER_FAILED && is_too_old(b, version)) {
        if (b->state == DOUBLE_BUFFER_IDLE)
            compile_begin(b, version);
        compile_wait(b);
        if (b->state == DOUBLE_BUFFER_READY)
            swap(b);
    }
    if (b->state == DOUBLE_BUFFER_IDLE && b->version_in_use < version &&
        b->ops->has_room(b->context))
        compile_begin(b, version);
    if (b->state != DOUBLE_BUFFER_FAILED)
        return DEVICE_OK;
    if (b->has_next) {
        const uint64_t begin_ns = b->ops->clock_ns(b->context);
        next_drop(b);
        b->wait_ns += b->ops->clock_ns(b->context) - begin_ns;
    }
    *error = b->error;
    return b->error.status;
}

void double_buffer_open(struct double_buffer *b, const struct double_buffer_ops *ops,
    double_buffer_event_fn *event, void *context, int n_programs, int max_stale, int64_t version) {
    *b = (struct double_buffer){.ops = ops,
        .event = event,
        .context = context,
        .n_programs = n_programs,
        .max_stale = max_stale,
        .version_in_use = version,
        .version_next = version};
}

void double_buffer_close(struct double_buffer *b) {
    if (!b->has_next)
        return;
    next_drop(b);
    b->state = DOUBLE_BUFFER_IDLE;
}

void double_buffer_times_reset(struct double_buffer *b) {
    b->make_ns = b->wait_ns = b->swap_ns = 0;
}
