/* SPDX-License-Identifier: MIT
 *
 * A fake of two sets of programs: it records the calls of the double buffer, and anything that would harm a
 * device or a trainer is a failed assertion at once. Compiles end when the test says so.
 */
#ifndef ANEPROBE_TESTS_DOUBLE_BUFFER_FAKE_H
#define ANEPROBE_TESTS_DOUBLE_BUFFER_FAKE_H

#include "train/update/double_buffer.h"

#include <criterion/criterion.h>
#include <string.h>

enum { FAKE_PROGRAMS = 3, FAKE_NONE = -1 };

enum fake_job { FAKE_IDLE, FAKE_QUEUED, FAKE_OVER, FAKE_FAILED };

/* No pointers, so that a state can be copied and compared. */
struct fake {
    int weights; /* version of the host's weights as they are now */
    int live[FAKE_PROGRAMS], next[FAKE_PROGRAMS]; /* version behind a program, or FAKE_NONE */
    int live_host, next_host;                     /* of the host's part */
    enum fake_job job[FAKE_PROGRAMS];             /* of the next set */
    int is_compiled[FAKE_PROGRAMS];               /* no bool: nothing is padded */
    int queue[2 * FAKE_PROGRAMS], n_queue;        /* of the one worker */
    int loaded;
    int room;          /* sets that can still be compiled; FAKE_NONE = any number */
    int wait_failures; /* this many of the compiles that are waited for will fail */
    int swap_failure;  /* the program whose swap fails, or FAKE_NONE */
    int make_fails;    /* making a set fails */
    int start_fails;   /* starting a compile fails */
    int n_waits, n_makes, n_swaps;
    int elapsed_ns;
};

static inline enum device_status fake_refuse(struct device_error *error, const char *stage) {
    return device_error_set(error, DEVICE_FAILED, stage, "asked to fail");
}

static inline enum device_status fake_make(void *context, struct device_error *error) {
    struct fake *f = context;
    f->n_makes++;
    for (int i = 0; i < FAKE_PROGRAMS; i++)
        cr_assert_eq(f->next[i], FAKE_NONE, "a set was made over another one");
    cr_assert_eq(f->n_queue, 0, "a set was made while another compiles");
    f->elapsed_ns += 5;
    if (f->make_fails)
        return fake_refuse(error, "open");
    for (int i = 0; i < FAKE_PROGRAMS; i++)
        f->next[i] = f->weights;
    f->next_host = f->weights;
    if (f->room > 0)
        f->room--;
    return DEVICE_OK;
}

static inline enum device_status fake_start(
    void *context, int program, struct device_error *error) {
    struct fake *f = context;
    if (f->start_fails)
        return fake_refuse(error, "start");
    cr_assert_neq(f->next[program], FAKE_NONE, "a program that is not there is compiled");
    cr_assert_eq(f->job[program], FAKE_IDLE, "a compile was started before the last one's wait");
    cr_assert_not(f->is_compiled[program], "a compiled program is compiled again");
    f->job[program] = FAKE_QUEUED;
    f->queue[f->n_queue++] = program;
    return DEVICE_OK;
}

/* The worker's oldest compile ends. */
static inline bool fake_tick(struct fake *f, bool is_well) {
    if (f->n_queue == 0)
        return false;
    f->job[f->queue[0]] = is_well ? FAKE_OVER : FAKE_FAILED;
    memmove(f->queue, f->queue + 1, sizeof *f->queue * (size_t)--f->n_queue);
    return true;
}

static inline bool fake_poll(void *context, int program) {
    const struct fake *f = context;
    return f->job[program] != FAKE_QUEUED;
}

static inline enum device_status fake_wait(void *context, int program, struct device_error *error) {
    struct fake *f = context;
    cr_assert_neq(f->job[program], FAKE_IDLE, "a wait without a start");
    while (f->job[program] == FAKE_QUEUED) {
        fake_tick(f, f->wait_failures == 0);
        f->wait_failures -= f->wait_failures > 0;
        f->elapsed_ns += 100;
        f->n_waits++;
    }
    const bool is_well = f->job[program] == FAKE_OVER;
    f->job[program] = FAKE_IDLE;
    f->is_compiled[program] = is_well;
    return is_well ? DEVICE_OK : fake_refuse(error, "compile");
}

static inline enum device_status fake_swap(void *context, int program, struct device_error *error) {
    struct fake *f = context;
    cr_assert(f->is_compiled[program], "a program that is not compiled is swapped in");
    cr_assert_neq(f->next[program], FAKE_NONE);
    if (f->live[program] != FAKE_NONE)
        f->loaded--;
    f->live[program] = FAKE_NONE;
    f->elapsed_ns += 7;
    if (f->swap_failure == program)
        return fake_refuse(error, "load");
    f->live[program] = f->next[program];
    f->next[program] = FAKE_NONE;
    f->is_compiled[program] = false;
    f->loaded++;
    f->n_swaps++;
    cr_assert_leq(f->loaded, FAKE_PROGRAMS, "more is loaded than one set");
    return DEVICE_OK;
}

static inline void fake_adopt(void *context) {
    struct fake *f = context;
    for (int i = 0; i < FAKE_PROGRAMS; i++)
        cr_assert_eq(f->live[i], f->next_host, "programs and host are of different versions");
    f->live_host = f->next_host;
    f->next_host = FAKE_NONE;
}

static inline void fake_drop(void *context) {
    struct fake *f = context;
    for (int i = 0; i < FAKE_PROGRAMS; i++) {
        cr_assert_eq(f->job[i], FAKE_IDLE, "a program is freed without a wait for its compile");
        f->next[i] = FAKE_NONE;
        f->is_compiled[i] = false;
    }
    f->next_host = FAKE_NONE;
}

static inline bool fake_has_room(void *context) {
    const struct fake *f = context;
    return f->room != 0;
}

static inline uint64_t fake_clock_ns(void *context) {
    const struct fake *f = context;
    return (uint64_t)f->elapsed_ns;
}

static const struct double_buffer_ops fake_ops = {
    .make = fake_make,
    .start = fake_start,
    .poll = fake_poll,
    .wait = fake_wait,
    .swap = fake_swap,
    .adopt = fake_adopt,
    .drop = fake_drop,
    .has_room = fake_has_room,
    .clock_ns = fake_clock_ns,
};

static inline void fake_open(struct fake *f, int room) {
    *f = (struct fake){
        .room = room, .swap_failure = FAKE_NONE, .next_host = FAKE_NONE, .loaded = FAKE_PROGRAMS};
    for (int i = 0; i < FAKE_PROGRAMS; i++)
        f->next[i] = FAKE_NONE;
}

/* The condition of an eval: a complete set of one version, with the host's part of the same version. */
static inline void fake_eval(const struct fake *f, const struct double_buffer *b) {
    cr_assert_not(b->is_torn);
    for (int i = 0; i < FAKE_PROGRAMS; i++)
        cr_assert_eq(f->live[i], b->version_in_use, "an eval of a mixed or missing program");
    cr_assert_eq(f->live_host, b->version_in_use);
}

#endif
