/* SPDX-License-Identifier: MIT
 *
 * Explores the whole state machine of the double buffer: from its initial state, everything that can happen
 * next is tried in every reachable state, on sets of three programs. Invariants are asserted after each step,
 * and by the fake at each call.
 *
 * States that differ only by a shift of versions are one. Without a bound on staleness, weights
 * older than STALE_MOST updates are not followed further.
 */
#include "double_buffer_fake.h"

#include <stdlib.h>

enum { STALE_MOST = 6, STATES_MOST = 5000 };

enum action {
    PUMP,
    PUMP_START_FAILS, /* of what is to be compiled next, or again */
    COMPILE_ENDS,
    COMPILE_FAILS,
    UPDATE,                  /* a batch is over, compiles that are waited for end well */
    UPDATE_WAIT_FAILS_ONCE,  /* the first of them fails */
    UPDATE_WAIT_FAILS_TWICE, /* the first two fail */
    UPDATE_SWAP_FAILS,       /* the second program cannot be loaded */
    UPDATE_MAKE_FAILS,
    UPDATE_START_FAILS,
    ACTIONS
};

struct node {
    struct fake fake;
    struct double_buffer buffer;
    bool is_over; /* the trainer stops or restarts here */
};

struct exploration {
    struct node *nodes;
    size_t n, n_edges;
    bool seen[4][4]; /* transitions between what is there after one action and the next */
    bool restarted, stopped, torn, retried;
};

/* Versions relative to the host's; counters and times say nothing about what can happen next. */
static struct node node_normal(const struct node *node) {
    struct node normal;
    memset(&normal, 0, sizeof normal);
    normal = *node;
    const int now = node->fake.weights;
    normal.fake.weights = 0;
    for (int i = 0; i < FAKE_PROGRAMS; i++) {
        normal.fake.live[i] -= node->fake.live[i] == FAKE_NONE ? 0 : now + 2;
        normal.fake.next[i] -= node->fake.next[i] == FAKE_NONE ? 0 : now + 2;
    }
    normal.fake.live_host -= now;
    normal.fake.next_host -= node->fake.next_host == FAKE_NONE ? 0 : now + 2;
    normal.fake.n_waits = normal.fake.n_makes = normal.fake.n_swaps = normal.fake.elapsed_ns = 0;
    for (int i = node->fake.n_queue; i < 2 * FAKE_PROGRAMS; i++)
        normal.fake.queue[i] = 0;
    normal.fake.wait_failures = normal.fake.make_fails = normal.fake.start_fails = 0;
    normal.fake.swap_failure = FAKE_NONE;
    normal.buffer.version_in_use -= now;
    normal.buffer.version_next -= now;
    if (node->buffer.state == DOUBLE_BUFFER_IDLE)
        normal.buffer.version_next = normal.buffer.is_retried = 0;
    normal.buffer.make_ns = normal.buffer.wait_ns = normal.buffer.swap_ns = 0;
    return normal;
}

static bool node_same(const struct node *a, const struct node *b) {
    const struct double_buffer *x = &a->buffer, *y = &b->buffer;
    return !memcmp(&a->fake, &b->fake, sizeof a->fake) && x->state == y->state &&
           x->version_in_use == y->version_in_use && x->version_next == y->version_next &&
           x->n_started == y->n_started && x->n_compiled == y->n_compiled &&
           x->is_retried == y->is_retried && x->is_torn == y->is_torn &&
           x->has_next == y->has_next && a->is_over == b->is_over;
}

static void node_add(struct exploration *e, const struct node *node) {
    const struct node normal = node_normal(node);
    for (size_t i = 0; i < e->n; i++)
        if (node_same(&e->nodes[i], &normal))
            return;
    cr_assert_lt(e->n, (size_t)STATES_MOST);
    e->nodes[e->n++] = normal;
}

/* Invariants whenever the trainer has control. */
static void invariants_check(const struct node *node) {
    const struct double_buffer *b = &node->buffer;
    const struct fake *f = &node->fake;
    if (!b->is_torn)
        fake_eval(f, b);
    int n_next = 0, n_jobs = 0, n_compiled = 0;
    for (int i = 0; i < FAKE_PROGRAMS; i++) {
        n_next += f->next[i] != FAKE_NONE;
        n_jobs += f->job[i] != FAKE_IDLE;
        n_compiled += f->is_compiled[i];
        cr_assert(f->next[i] == FAKE_NONE || f->next[i] == b->version_next);
    }
    cr_assert_leq(n_jobs, 2, "failing would have to wait for more compiles than two");
    switch (b->state) {
    case DOUBLE_BUFFER_IDLE:
        cr_assert(n_next == 0 && n_jobs == 0);
        break;
    case DOUBLE_BUFFER_COMPILING:
        cr_assert(n_next == FAKE_PROGRAMS && n_jobs > 0 && n_compiled < FAKE_PROGRAMS);
        break;
    case DOUBLE_BUFFER_READY:
        cr_assert(n_next == FAKE_PROGRAMS && n_jobs == 0 && n_compiled == FAKE_PROGRAMS);
        break;
    case DOUBLE_BUFFER_FAILED:
        cr_assert(node->buffer.has_next || (n_next == 0 && n_jobs == 0));
        cr_assert_not(
            node->is_over && node->buffer.has_next, "something of the failed set is left");
        break;
    }
}

static void update_try(struct exploration *e, struct node *node, enum action action) {
    struct double_buffer *b = &node->buffer;
    struct fake *f = &node->fake;
    struct device_error error;
    fake_eval(f, b); /* a batch goes before every update */
    f->weights++;
    f->wait_failures = action == UPDATE_WAIT_FAILS_ONCE    ? 1
                       : action == UPDATE_WAIT_FAILS_TWICE ? 2
                                                           : 0;
    f->swap_failure = action == UPDATE_SWAP_FAILS ? 1 : FAKE_NONE;
    f->make_fails = action == UPDATE_MAKE_FAILS;
    f->start_fails = action == UPDATE_START_FAILS;
    if (double_buffer_needs_restart(b, f->weights)) {
        cr_assert_eq(f->room, 0);
        cr_assert_neq(b->state, DOUBLE_BUFFER_READY, "a compiled set is thrown away");
        e->restarted = node->is_over = true;
        return;
    }
    const enum device_status status = double_buffer_boundary(b, f->weights, &error);
    node->is_over = status != DEVICE_OK;
    e->torn |= b->is_torn;
    if (status != DEVICE_OK) {
        cr_assert(b->state == DOUBLE_BUFFER_FAILED && error.text[0] != '\0');
        e->stopped = true;
        return;
    }
    cr_assert(
        b->max_stale == DOUBLE_BUFFER_STALE_INF || f->weights - b->version_in_use <= b->max_stale);
    cr_assert_not(b->is_torn);
    cr_assert(b->state == DOUBLE_BUFFER_COMPILING || b->state == DOUBLE_BUFFER_READY ||
                  b->version_in_use == f->weights || f->room == 0,
        "stale weights are in use, there is room, and nothing compiles");
}

/* False when the action cannot happen in this state. */
static bool action_try(struct exploration *e, struct node *node, enum action action) {
    if (node->is_over)
        return false;
    switch (action) {
    case PUMP:
    case PUMP_START_FAILS:
        node->fake.start_fails = action == PUMP_START_FAILS;
        double_buffer_pump(&node->buffer);
        break;
    case COMPILE_ENDS:
    case COMPILE_FAILS:
        return fake_tick(&node->fake, action == COMPILE_ENDS);
    default:
        update_try(e, node, action);
    }
    e->retried |= node->buffer.is_retried;
    return true;
}

static void explore(int max_stale, int room, struct exploration *e) {
    struct node first;
    memset(&first, 0, sizeof first);
    fake_open(&first.fake, room);
    double_buffer_open(&first.buffer, &fake_ops, NULL, NULL, FAKE_PROGRAMS, max_stale, 0);
    *e = (struct exploration){.nodes = calloc(STATES_MOST, sizeof *e->nodes)};
    cr_assert(e->nodes);
    node_add(e, &first);
    for (size_t i = 0; i < e->n; i++)
        for (int action = 0; action < ACTIONS; action++) {
            struct node node = e->nodes[i];
            /* versions go on from where they are, and none is FAKE_NONE */
            const int shift = 2 * STALE_MOST;
            node.fake.weights += shift;
            for (int p = 0; p < FAKE_PROGRAMS; p++) {
                node.fake.live[p] += node.fake.live[p] == FAKE_NONE ? 0 : shift + 2;
                node.fake.next[p] += node.fake.next[p] == FAKE_NONE ? 0 : shift + 2;
            }
            node.fake.live_host += shift;
            node.fake.next_host += node.fake.next_host == FAKE_NONE ? 0 : shift + 2;
            node.buffer.version_in_use += shift;
            node.buffer.version_next += shift;
            node.buffer.context = &node.fake;
            const enum double_buffer_state from = node.buffer.state;
            if (!action_try(e, &node, (enum action)action))
                continue;
            e->seen[from][node.buffer.state] = true;
            e->n_edges++;
            invariants_check(&node);
            if (node.fake.weights - node.buffer.version_in_use <= STALE_MOST)
                node_add(e, &node);
        }
    free(e->nodes);
}

Test(double_buffer_explore, every_state_with_room_for_ever) {
    static const int bounds[] = {0, 1, 2, 3, DOUBLE_BUFFER_STALE_INF};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        struct exploration e;
        explore(bounds[i], FAKE_NONE, &e);
        cr_assert(e.stopped && e.torn && e.retried && !e.restarted);
        if (bounds[i] > 0 || bounds[i] == DOUBLE_BUFFER_STALE_INF) {
            cr_assert(e.seen[DOUBLE_BUFFER_IDLE][DOUBLE_BUFFER_COMPILING]);
            cr_assert(e.seen[DOUBLE_BUFFER_COMPILING][DOUBLE_BUFFER_READY]);
            cr_assert(e.seen[DOUBLE_BUFFER_COMPILING][DOUBLE_BUFFER_FAILED]);
            cr_assert(e.seen[DOUBLE_BUFFER_READY][DOUBLE_BUFFER_COMPILING]);
            cr_assert(e.seen[DOUBLE_BUFFER_READY][DOUBLE_BUFFER_FAILED]);
            cr_assert_gt(e.n, 20U);
        }
        /* nothing leads out of FAILED */
        for (int to = 0; to < DOUBLE_BUFFER_FAILED; to++)
            cr_assert_not(e.seen[DOUBLE_BUFFER_FAILED][to]);
    }
}

Test(double_buffer_explore, every_state_where_room_ends) {
    static const int bounds[] = {0, 1, 2, DOUBLE_BUFFER_STALE_INF};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        for (int room = 0; room <= 3; room++) {
            struct exploration e;
            explore(bounds[i], room, &e);
            cr_assert(e.restarted);
        }
}
