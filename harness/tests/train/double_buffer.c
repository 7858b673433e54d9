/* SPDX-License-Identifier: MIT
 *
 * The double buffer, one situation a test. For each fault of the public double-buffered trainer
 * (maderix/ANE#23) in this part, one test would fail on it; see faults.csv.
 */
#include "double_buffer_fake.h"

struct rig {
    struct fake fake; /* first: the context of the calls is this */
    struct double_buffer buffer;
    struct device_error error;
    int events[4];
    int64_t last_version;
};

static void event_count(
    void *context, enum double_buffer_event event, int64_t version, uint64_t clock_ns) {
    struct rig *r = context;
    cr_assert_eq(clock_ns, (uint64_t)r->fake.elapsed_ns);
    r->events[event]++;
    r->last_version = version;
}

static void rig_open(struct rig *r, int max_stale, int room) {
    memset(r, 0, sizeof *r);
    fake_open(&r->fake, room);
    double_buffer_open(&r->buffer, &fake_ops, event_count, r, FAKE_PROGRAMS, max_stale, 0);
}

/* Evals of a batch, and the update after it. */
static enum device_status batch(struct rig *r) {
    fake_eval(&r->fake, &r->buffer);
    double_buffer_pump(&r->buffer);
    fake_eval(&r->fake, &r->buffer);
    r->fake.weights++;
    cr_assert_not(double_buffer_needs_restart(&r->buffer, r->fake.weights));
    return double_buffer_boundary(&r->buffer, r->fake.weights, &r->error);
}

static void compiles_end(struct rig *r, int n) {
    for (int i = 0; i < n; i++) {
        cr_assert(fake_tick(&r->fake, true));
        double_buffer_pump(&r->buffer);
    }
}

static int in_use(const struct rig *r) {
    return (int)r->buffer.version_in_use;
}

Test(double_buffer, compile_over_within_a_batch_is_swapped_at_the_next_boundary) {
    struct rig r;
    rig_open(&r, 1, FAKE_NONE);
    cr_assert_eq(batch(&r), DEVICE_OK); /* version 1 is compiled */
    cr_assert_eq(in_use(&r), 0);
    compiles_end(&r, 3); /* in the middle of a batch */
    cr_assert_eq(r.buffer.state, DOUBLE_BUFFER_READY);
    cr_assert_eq(r.fake.n_makes, 1, "another set is begun only when this one is in use");
    fake_eval(&r.fake, &r.buffer);
    cr_assert_eq(batch(&r), DEVICE_OK);
    cr_assert_eq(in_use(&r), 1);
    cr_assert_eq(r.fake.n_waits, 0);
    cr_assert_eq(r.buffer.wait_ns, 0);
    cr_assert_eq(r.buffer.version_next, 2, "and the next follows at once");
    cr_assert_eq(r.events[DOUBLE_BUFFER_SWAPPED], 1);
    cr_assert_eq(r.events[DOUBLE_BUFFER_COMPILED], 1);
    cr_assert_eq(r.events[DOUBLE_BUFFER_BEGUN], 2);
}

Test(double_buffer, bounded_staleness_waits_and_measures_it) {
    struct rig r;
    rig_open(&r, 1, FAKE_NONE);
    batch(&r);
    compiles_end(&r, 1);
    double_buffer_times_reset(&r.buffer);
    cr_assert_eq(batch(&r), DEVICE_OK); /* two compiles are not over yet */
    cr_assert_eq(r.fake.n_waits, 2);
    cr_assert_eq(r.buffer.wait_ns, 200);
    cr_assert_eq(r.buffer.swap_ns, 3 * 7);
    cr_assert_eq(r.buffer.make_ns, 5);
    cr_assert_eq(in_use(&r), 1);
}

/* Batch k uses the weights of update k - 1, however long compiles take. */
Test(double_buffer, bound_of_one_is_a_delay_of_one) {
    for (unsigned pattern = 0; pattern < 4096; pattern++) {
        struct rig r;
        rig_open(&r, 1, FAKE_NONE);
        for (int k = 1; k <= 4; k++) {
            for (unsigned i = 0; i < (pattern >> (3 * (k - 1)) & 7); i++)
                if (fake_tick(&r.fake, true) && i % 2 == 0)
                    double_buffer_pump(&r.buffer);
            cr_assert_eq(batch(&r), DEVICE_OK);
            cr_assert_eq(in_use(&r), k - 1);
        }
        double_buffer_close(&r.buffer);
    }
}

Test(double_buffer, infinite_bound_never_waits) {
    struct rig r;
    rig_open(&r, 0, FAKE_NONE);
    for (int k = 1; k < 5; k++) {
        cr_assert_eq(batch(&r), DEVICE_OK);
        cr_assert_eq(in_use(&r), k);
        cr_assert_eq(r.buffer.state, DOUBLE_BUFFER_IDLE);
    }
}

Test(double_buffer, instant_compiler_still_delays_by_one) {
    struct rig r;
    rig_open(&r, DOUBLE_BUFFER_STALE_INF, FAKE_NONE);
    for (int k = 1; k < 6; k++) {
        cr_assert_eq(batch(&r), DEVICE_OK);
        cr_assert_eq(in_use(&r), k - 1);
        while (fake_tick(&r.fake, true))
            double_buffer_pump(&r.buffer);
    }
}

Test(double_buffer, compile_that_outlasts_three_batches_is_waited_for_only_when_bounded) {
    struct rig r;
    rig_open(&r, DOUBLE_BUFFER_STALE_INF, FAKE_NONE);
    for (int k = 1; k <= 4; k++)
        cr_assert_eq(batch(&r), DEVICE_OK);
    cr_assert_eq(r.fake.n_makes, 1, "one compile at a time");
    cr_assert_eq(in_use(&r), 0);
    cr_assert_eq(r.fake.n_waits, 0);
    compiles_end(&r, 3);
    cr_assert_eq(batch(&r), DEVICE_OK);
    cr_assert_eq(in_use(&r), 1, "the snapshot was of version 1 and stays so");
    cr_assert_eq(r.fake.weights - in_use(&r), 4, "staleness is counted in updates");

    rig_open(&r, 3, FAKE_NONE);
    for (int k = 1; k <= 3; k++)
        cr_assert_eq(batch(&r), DEVICE_OK);
    cr_assert_eq(r.fake.n_waits, 0);
    cr_assert_eq(batch(&r), DEVICE_OK);
    cr_assert_eq(r.fake.n_waits, 3);
    cr_assert_eq(in_use(&r), 1);
}

/* The fake's make copies, and its adopt compares: a torn set fails there. */
Test(double_buffer, weights_changed_during_a_compile_do_not_affect_it) {
    struct rig r;
    rig_open(&r, DOUBLE_BUFFER_STALE_INF, FAKE_NONE);
    batch(&r);
    compiles_end(&r, 1);
    batch(&r); /* version 2, two programs to go */
    compiles_end(&r, 2);
    batch(&r);
    for (int i = 0; i < FAKE_PROGRAMS; i++)
        cr_assert_eq(r.fake.live[i], 1);
    cr_assert_eq(r.fake.live_host, 1, "the host computes with the same version");
}

Test(double_buffer, compile_that_fails_once_is_tried_again_with_the_same_weights) {
    struct rig r;
    rig_open(&r, 1, FAKE_NONE);
    batch(&r);
    compiles_end(&r, 1);
    fake_tick(&r.fake, false);
    double_buffer_pump(&r.buffer);
    cr_assert_eq(r.buffer.state, DOUBLE_BUFFER_COMPILING);
    cr_assert_eq(r.events[DOUBLE_BUFFER_RETRIED], 1);
    cr_assert_eq(batch(&r), DEVICE_OK);
    cr_assert_eq(in_use(&r), 1);
    r.fake.wait_failures = 1; /* every set has its second chance */
    cr_assert_eq(batch(&r), DEVICE_OK);
    cr_assert_eq(in_use(&r), 2);
    cr_assert_eq(r.events[DOUBLE_BUFFER_RETRIED], 2);
}

Test(double_buffer, compile_that_fails_twice_stops_and_swaps_nothing) {
    struct rig r;
    rig_open(&r, 1, FAKE_NONE);
    batch(&r);
    compiles_end(&r, 1);
    r.fake.wait_failures = 3;
    cr_assert_eq(batch(&r), DEVICE_FAILED);
    cr_assert_eq(r.buffer.state, DOUBLE_BUFFER_FAILED);
    cr_assert_str_eq(r.error.text, "asked to fail");
    cr_assert_str_eq(r.error.stage, "compile");
    cr_assert_not(r.buffer.is_torn);
    fake_eval(&r.fake, &r.buffer); /* the old set is whole */
    cr_assert_eq(r.fake.n_swaps, 0);
    cr_assert_eq(r.fake.next[0], FAKE_NONE, "what was compiled of it is given back");
    cr_assert_eq(double_buffer_boundary(&r.buffer, 3, &r.error), DEVICE_FAILED, "it stays failed");
}

/* 72 + 60 programs where 119 can be compiled: the 48th of the second set. */
Test(double_buffer, limit_in_the_middle_of_a_set_stops_with_the_old_set_whole) {
    struct rig r;
    rig_open(&r, DOUBLE_BUFFER_STALE_INF, FAKE_NONE);
    batch(&r);
    compiles_end(&r, 1);
    while (fake_tick(&r.fake, false))
        double_buffer_pump(&r.buffer);
    cr_assert_eq(r.buffer.state, DOUBLE_BUFFER_FAILED);
    fake_eval(&r.fake, &r.buffer);
    cr_assert_eq(batch(&r), DEVICE_FAILED);
    cr_assert_eq(r.fake.n_swaps, 0);
}

/* A step must not wait: running compiles of a set that failed are waited for, and counted, after it. */
Test(double_buffer, failure_within_a_batch_delays_the_boundary_but_no_step) {
    struct rig r;
    rig_open(&r, DOUBLE_BUFFER_STALE_INF, FAKE_NONE);
    batch(&r);
    double_buffer_times_reset(&r.buffer);
    cr_assert(fake_tick(&r.fake, false));
    r.fake.start_fails = 1; /* no second try; the program after it is under way */
    double_buffer_pump(&r.buffer);
    cr_assert_eq(r.buffer.state, DOUBLE_BUFFER_FAILED);
    cr_assert_eq(r.fake.n_waits, 0);
    cr_assert_eq(r.fake.n_queue, 1);
    cr_assert_eq(batch(&r), DEVICE_FAILED);
    cr_assert_eq(r.fake.n_waits, 1);
    cr_assert_eq(r.buffer.wait_ns, 100);
    for (int i = 0; i < FAKE_PROGRAMS; i++)
        cr_assert_eq(r.fake.next[i], FAKE_NONE);
    cr_assert_eq(double_buffer_boundary(&r.buffer, 3, &r.error), DEVICE_FAILED);
    cr_assert_eq(r.fake.n_waits, 1);
}

/* The times include those of failures. */
Test(double_buffer, time_of_failed_compiles_is_reported) {
    struct rig r;
    rig_open(&r, 1, FAKE_NONE);
    r.fake.make_fails = 1;
    cr_assert_eq(batch(&r), DEVICE_FAILED);
    cr_assert_eq(r.buffer.make_ns, 5);

    rig_open(&r, 1, FAKE_NONE);
    batch(&r);
    double_buffer_times_reset(&r.buffer);
    r.fake.swap_failure = 1;
    cr_assert_eq(batch(&r), DEVICE_FAILED);
    cr_assert_eq(r.buffer.swap_ns, 2 * 7);
    cr_assert_eq(r.buffer.wait_ns, 300);
}

Test(double_buffer, set_that_cannot_be_made_stops) {
    struct rig r;
    rig_open(&r, 1, FAKE_NONE);
    r.fake.make_fails = 1;
    cr_assert_eq(batch(&r), DEVICE_FAILED);
    cr_assert_str_eq(r.error.stage, "open");
    fake_eval(&r.fake, &r.buffer);
}

Test(double_buffer, swap_that_stops_halfway_leaves_a_torn_set) {
    struct rig r;
    rig_open(&r, 1, FAKE_NONE);
    batch(&r);
    r.fake.swap_failure = 1;
    cr_assert_eq(batch(&r), DEVICE_FAILED);
    cr_assert(r.buffer.is_torn);
    cr_assert_str_eq(r.error.stage, "load");
}

/* Never more than one set is loaded: the fake asserts it at each swap. */
Test(double_buffer, set_that_is_ready_is_used_before_a_restart) {
    struct rig r;
    rig_open(&r, 1, 1);
    cr_assert_eq(batch(&r), DEVICE_OK);
    compiles_end(&r, 3);
    cr_assert_eq(batch(&r), DEVICE_OK, "swapped in, and then to be used");
    cr_assert_eq(in_use(&r), 1);
    cr_assert_eq(r.buffer.state, DOUBLE_BUFFER_IDLE);
    cr_assert(double_buffer_needs_restart(&r.buffer, r.fake.weights + 1));
    cr_assert_eq(r.fake.n_makes, 1, "no set is compiled and thrown away");
}

Test(double_buffer, closing_waits_for_what_was_started_and_frees_the_rest) {
    for (int n_ended = 0; n_ended <= 3; n_ended++) {
        struct rig r;
        rig_open(&r, 1, FAKE_NONE);
        batch(&r);
        compiles_end(&r, n_ended);
        double_buffer_close(&r.buffer);
        cr_assert_eq(r.fake.n_queue, 0);
        for (int i = 0; i < FAKE_PROGRAMS; i++)
            cr_assert(r.fake.next[i] == FAKE_NONE && r.fake.job[i] == FAKE_IDLE);
        cr_assert_eq(r.buffer.state, DOUBLE_BUFFER_IDLE);
        double_buffer_close(&r.buffer);
        fake_eval(&r.fake, &r.buffer);
    }
}
