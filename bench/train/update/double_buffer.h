/* SPDX-License-Identifier: MIT
 *
 * The double buffer: while one set of programs trains, the next is compiled in the background from
 * a snapshot of the weights, and replaces the other at a batch boundary.
 *
 *              begin                    last compile is over
 *     IDLE ---------------> COMPILING -----------------------> READY
 *      ^                        |                                |
 *      |                        | a program fails twice          | swap: all programs, or torn
 *      |                        v                                v
 *      +---- swapped ------  FAILED  <------------------ a program cannot be swapped
 *
 * A version is the number of updates in some weights. Staleness is counted in updates: the host's
 * version less the version in use. A snapshot has one version for all programs and for the host's
 * part; it is taken at a boundary and comes into use at a later one. So even if compiling takes no
 * time, the weights are then one update old.
 *
 * It knows neither programs nor weights: those are behind a table of functions.
 */
#ifndef ANEPROBE_TRAIN_DOUBLE_BUFFER_H
#define ANEPROBE_TRAIN_DOUBLE_BUFFER_H

#include "device/device.h"

enum double_buffer_state {
    DOUBLE_BUFFER_IDLE,      /* no next set */
    DOUBLE_BUFFER_COMPILING, /* a next set exists, some of its programs are not compiled yet */
    DOUBLE_BUFFER_READY,     /* the whole next set is compiled */
    DOUBLE_BUFFER_FAILED     /* permanent; the next set is dropped at the boundary. See is_torn */
};

/* No bound on staleness: never wait. */
#define DOUBLE_BUFFER_STALE_INF (-1)

/* The two sets. Programs are 0 .. n_programs - 1: those that change with the weights. Calls that
 * return anything but DEVICE_OK leave the reason in *error. */
struct double_buffer_ops {
    /* Makes every program of the next set, and the host's part, from the current weights; later
     * changes to those must not affect it. On failure nothing is left. */
    enum device_status (*make)(void *context, struct device_error *error);
    /* Compiles one program of the next set on the background worker; every start has one wait.
     * After a failure a program may be started again, with the same weights. */
    enum device_status (*start)(void *context, int program, struct device_error *error);
    bool (*poll)(void *context, int program);
    enum device_status (*wait)(void *context, int program, struct device_error *error);
    /* Replaces the program in use with the compiled one: the old one is unloaded and freed first,
     * so that never more programs are loaded than one set has. */
    enum device_status (*swap)(void *context, int program, struct device_error *error);
    /* Called when all programs are swapped: puts the host's part of the next set into use. */
    void (*adopt)(void *context);
    /* Frees the next set, as far as it exists; none of its compiles is running. */
    void (*drop)(void *context);
    /* Whether this process has room for the compiles of a whole set. */
    bool (*has_room)(void *context);
    uint64_t (*clock_ns)(void *context);
};

/* Events, reported as they happen, for logs and figures. */
enum double_buffer_event {
    DOUBLE_BUFFER_BEGUN,    /* snapshot taken, first compile started */
    DOUBLE_BUFFER_COMPILED, /* the last compile was seen to have finished */
    DOUBLE_BUFFER_RETRIED,  /* a compile failed and is retried */
    DOUBLE_BUFFER_SWAPPED
};
typedef void double_buffer_event_fn(
    void *context, enum double_buffer_event event, int64_t version, uint64_t clock_ns);

/* Fields are read-only. */
struct double_buffer {
    const struct double_buffer_ops *ops;
    double_buffer_event_fn *event; /* may be NULL */
    void *context;                 /* of both */
    int n_programs;
    int max_stale;

    enum double_buffer_state state;
    int64_t version_in_use, version_next;
    bool has_next;             /* (part of) a next set exists */
    int n_started, n_compiled; /* of the next set; failures count as compiled */
    bool is_retried;           /* a program of the next set failed once */
    bool is_torn;              /* a swap stopped half-way: the set in use must not be evaluated */
    struct device_error error; /* the reason for FAILED */

    /* Time the caller was delayed since double_buffer_times_reset, on the device's clock. */
    uint64_t make_ns, wait_ns, swap_ns;
};

/* `version` is that of the set in use. */
void double_buffer_open(struct double_buffer *buffer, const struct double_buffer_ops *ops,
    double_buffer_event_fn *event, void *context, int n_programs, int max_stale, int64_t version);
/* Waits for the started compiles (two at most) and drops the next set. */
void double_buffer_close(struct double_buffer *buffer);

/* Between evals: collects finished compiles and starts the next ones. Never waits. */
void double_buffer_pump(struct double_buffer *buffer);

/* Whether this process lacks room for the compiles that the boundary of `version` will need. Call
 * it before each boundary, while a checkpoint of the weights in use can still be taken; the answer
 * does not depend on the compiler's progress. It is true only after every compiled set has been
 * used. */
bool double_buffer_needs_restart(const struct double_buffer *buffer, int64_t version);

/* After a batch, when the weights are now `version` and no restart is needed: swaps in a set that
 * is ready, waits while the weights in use would be older than max_stale, and starts the next
 * compile when none is running and there is room. Unless it returns DEVICE_OK, the state is FAILED.
 */
enum device_status double_buffer_boundary(
    struct double_buffer *buffer, int64_t version, struct device_error *error);

void double_buffer_times_reset(struct double_buffer *buffer);

#endif
