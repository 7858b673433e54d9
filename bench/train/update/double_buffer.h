/* SPDX-License-Identifier: MIT
 *
 * The double buffer: while one set of programs trains, the next is compiled in the background from
 * a snapshot of the weights, and takes the other's place at a batch's boundary.
 *
 *              begin                    last compile is over
 *     IDLE ---------------> COMPILING -----------------------> READY
 *      ^                        |                                |
 *      |                        | a program fails twice          | swap: all programs, or torn
 *      |                        v                                v
 *      +---- swapped ------  FAILED  <------------------ a program cannot be swapped
 *
 * A version is the number of updates behind some weights. Staleness is counted in updates: the
 * version that the host has, less the version in use. A snapshot is of one version for all programs
 * and for what the host computes with, is taken at a boundary, and comes into use at a later one:
 * also with a compiler that takes no time, weights are then one update old.
 *
 * Knows neither programs nor weights: those are behind a table of functions.
 */
#ifndef ANEPROBE_TRAIN_DOUBLE_BUFFER_H
#define ANEPROBE_TRAIN_DOUBLE_BUFFER_H

#include "device/device.h"

enum double_buffer_state {
    DOUBLE_BUFFER_IDLE,      /* there is no next set */
    DOUBLE_BUFFER_COMPILING, /* a next set was made, some of its programs are not compiled */
    DOUBLE_BUFFER_READY,     /* the next set is compiled as a whole */
    DOUBLE_BUFFER_FAILED     /* for good; the next set goes at the boundary. See is_torn */
};

/* No bound on staleness: never wait. */
#define DOUBLE_BUFFER_STALE_INF (-1)

/* The two sets. Programs are 0 .. n_programs - 1: those that change with the weights. Calls that
 * return anything but DEVICE_OK leave the reason in *error. */
struct double_buffer_ops {
    /* Makes every program of the next set, and the host's part of it, from the weights as they are
     * at this moment; later changes of them must not reach it. When it fails, nothing is left. */
    enum device_status (*make)(void *context, struct device_error *error);
    /* Compile of one program of the next set on the background worker; every start has one wait.
     * A program whose compile failed may be started again, with the same weights. */
    enum device_status (*start)(void *context, int program, struct device_error *error);
    bool (*poll)(void *context, int program);
    enum device_status (*wait)(void *context, int program, struct device_error *error);
    /* Puts one compiled program in the place of the one in use: that one is unloaded and freed
     * first, so that never more programs are loaded than one set has. */
    enum device_status (*swap)(void *context, int program, struct device_error *error);
    /* All programs are swapped: the host's part of the next set comes into use with them. */
    void (*adopt)(void *context);
    /* Frees what there is of the next set; no compile of it is under way. */
    void (*drop)(void *context);
    /* Is there room in this process for the compiles of a whole set? */
    bool (*has_room)(void *context);
    uint64_t (*clock_ns)(void *context);
};

/* What happened, told as it happens: for logs and figures. */
enum double_buffer_event {
    DOUBLE_BUFFER_BEGUN,    /* snapshot taken, first compile started */
    DOUBLE_BUFFER_COMPILED, /* the last compile was seen to be over */
    DOUBLE_BUFFER_RETRIED,  /* a compile failed and is tried again */
    DOUBLE_BUFFER_SWAPPED
};
typedef void double_buffer_event_fn(
    void *context, enum double_buffer_event event, int64_t version, uint64_t clock_ns);

/* Fields are for reading. */
struct double_buffer {
    const struct double_buffer_ops *ops;
    double_buffer_event_fn *event; /* may be NULL */
    void *context;                 /* of both */
    int n_programs;
    int max_stale;

    enum double_buffer_state state;
    int64_t version_in_use, version_next;
    bool has_next;             /* something of a next set is there */
    int n_started, n_compiled; /* of the next set; what failed counts as compiled */
    bool is_retried;           /* a program of the next set failed once */
    bool is_torn;              /* a swap stopped half-way: the set in use must not be evaluated */
    struct device_error error; /* why FAILED */

    /* Time the caller was kept, since double_buffer_times_reset: on the device's clock. */
    uint64_t make_ns, wait_ns, swap_ns;
};

/* `version` is that of the set in use. */
void double_buffer_open(struct double_buffer *buffer, const struct double_buffer_ops *ops,
    double_buffer_event_fn *event, void *context, int n_programs, int max_stale, int64_t version);
/* Waits for the compiles that were started (two at most) and drops the next set. */
void double_buffer_close(struct double_buffer *buffer);

/* Between evals: takes note of compiles that are over and starts the next ones. Never waits. */
void double_buffer_pump(struct double_buffer *buffer);

/* Has this process no room to compile what the boundary of `version` will want? To be asked before
 * each, while a checkpoint can still be taken of the weights in use; what the compiler does
 * meanwhile does not change the answer. A set that is compiled is used before it is yes. */
bool double_buffer_needs_restart(const struct double_buffer *buffer, int64_t version);

/* After a batch, when the weights have become `version` and no restart is needed: swaps a set that
 * is ready, waits while the weights in use would be older than max_stale, and begins the next
 * compile when none is under way and there is room. Anything but DEVICE_OK: the state is FAILED. */
enum device_status double_buffer_boundary(
    struct double_buffer *buffer, int64_t version, struct device_error *error);

void double_buffer_times_reset(struct double_buffer *buffer);

#endif
