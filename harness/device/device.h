/* SPDX-License-Identifier: MIT
 *
 * One table of functions for every device: the engine of this Mac, this machine's CPU, or a simulated engine
 * of an engine in virtual time. Probes and benchmarks know this header only.
 *
 * Calls return enum device_status; anything but DEVICE_OK leaves a reason in *error. Nothing here
 * prints or exits. A device is used from one thread at a time, except that evals may run while a
 * background compile started on the same device goes on.
 */
#ifndef ANEPROBE_DEVICE_DEVICE_H
#define ANEPROBE_DEVICE_DEVICE_H

#include "mil/blob.h"
#include "mil/build/build.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum device_status {
    DEVICE_OK,
    DEVICE_UNSUPPORTED, /* this device cannot do it; error->text says why */
    DEVICE_FAILED,      /* the device was asked properly and said no (a limit, a refused program) */
    DEVICE_BROKEN       /* something that must work did not: the caller's misuse, disk, memory */
};

/* Why a call did not work. `code` and `domain` are the device's own (0 and "" when it has none);
 * `stage` is what was being done: open, parse, emit, compile, load, request, eval, unload, surface,
 * rewrite, prepare, ready, enqueue, statistics, host-load. */
struct device_error {
    enum device_status status;
    int code;
    char domain[64];
    char stage[16];
    char text[512];
};

/* Apple's six quality-of-service classes (slavko-at-klincov-it/ANE-Training); others are taken too.
 */
enum {
    DEVICE_QOS_REALTIME = 0,
    DEVICE_QOS_BACKGROUND = 9,
    DEVICE_QOS_UTILITY = 17,
    DEVICE_QOS_DEFAULT = 21,
    DEVICE_QOS_USER_INITIATED = 25,
    DEVICE_QOS_USER_INTERACTIVE = 33
};

struct device;         /* an open device */
struct device_program; /* one program: text and weights, compiled or not, loaded or not */
struct device_surface; /* memory that both sides see */
struct device_request; /* a program with its surfaces, reusable */
struct device_chain;   /* a chained (loopback) request */

/* Text and weights, borrowed for the call only. */
struct device_source {
    const char *mil_text;
    size_t mil_bytes;
    struct mil_weights weights;
};

/* What the last finished compile of a program cost, on the device's clock. */
struct device_compile_info {
    uint64_t elapsed_ns;
    uint64_t emit_ns;     /* building what the compiler reads; 0 when the device cannot tell */
    uint64_t compiler_ns; /* in the compiler itself; 0 when the device cannot tell */
    bool cached;          /* answered from a cache: not a compile time */
};

/* Shape and memory layout of a surface. `bytes` may exceed what the type needs. */
struct device_layout {
    struct mil_type type; /* fp16 or fp32, usually [1,C,1,S] */
    size_t bytes;
    size_t row_stride_bytes;     /* from one position on the last axis but one to the next */
    size_t channel_stride_bytes; /* from one channel to the next */
};
/* The layout, in bytes, of a tensor that lies row-major without gaps. False when an axis is empty or
 * the size does not fit an address space; *out is then of no use. */
bool device_layout_dense(const struct mil_type *type, struct device_layout *out);

/* How far a chained request got. Each step means the call said yes; only output compared with the
 * reference shows that anything ran. */
enum device_chain_stage {
    DEVICE_CHAIN_NONE,
    DEVICE_CHAIN_PREPARED,
    DEVICE_CHAIN_READY,
    DEVICE_CHAIN_ENQUEUED
};

/* The ways an engine's framework has to evaluate a request. Devices other than `ane` have one. */
enum device_eval_path {
    DEVICE_PATH_MODEL,    /* on the in-memory model: what everything uses */
    DEVICE_PATH_CLIENT,   /* the client, by way of the daemon */
    DEVICE_PATH_DIRECT,   /* the client, skipping a hop */
    DEVICE_PATH_REALTIME, /* the client, in the real-time class; takes no QoS */
    DEVICE_PATHS
};

struct device_request_spec {
    struct device_program *program; /* loaded */
    int procedure;                  /* index of the MIL function */
    struct device_surface *const *inputs;
    int n_inputs;
    struct device_surface *const *outputs;
    int n_outputs;
    struct device_surface *weights_buffer; /* other weights for the request, or NULL */
    enum device_eval_path path; /* of every eval of it; DEVICE_UNSUPPORTED where not there */
};

/* A loopback of one program: output 0 becomes input 0 of the next step, `steps` times. */
struct device_chain_spec {
    struct device_program *program; /* loaded; its output 0 has the type of its input 0 */
    int procedure;
    struct device_surface *input, *output;
    int steps;
};

/* What the engine itself says of an eval. */
struct device_eval_stats {
    bool there;           /* false: it was asked, and gave nothing */
    uint64_t hardware_ns; /* its own time for the eval; 0 when it says 0, or nothing */
};

/* Receives one property of a device; key and value live only for the call. */
typedef void device_property_fn(void *context, const char *key, const char *value);

struct device_table {
    const char *kind;  /* "cpu", "sim", "ane" */
    const char *clock; /* "measured" or "virtual": goes into every row of samples */

    void (*close)(struct device *);
    /* What is known of the machine behind the device: device (its name in full), clock, chip, os,
     * cores, memory_bytes, compiler, ... No serial numbers, host or user names. */
    void (*properties)(struct device *, device_property_fn *, void *context);
    uint64_t (*clock_ns)(struct device *);

    /* A program from its source: parsed and checked, nothing compiled. */
    enum device_status (*program_create)(struct device *, const struct device_source *,
        struct device_program **, struct device_error *);
    /* Unloads first when needed. NULL is fine. A running background compile is waited for. */
    void (*program_free)(struct device *, struct device_program *);
    const char *(*program_hash)(struct device *, struct device_program *); /* identity, hex */

    enum device_status (*compile)(
        struct device *, struct device_program *, int qos, struct device_error *);
    /* Background compile on the device's one worker. Poll says whether it is over; wait returns
     * what compile would have. Every start needs one wait. */
    enum device_status (*compile_start)(
        struct device *, struct device_program *, int qos, struct device_error *);
    bool (*compile_poll)(struct device *, struct device_program *);
    enum device_status (*compile_wait)(
        struct device *, struct device_program *, struct device_error *);
    void (*compile_info)(struct device *, struct device_program *, struct device_compile_info *);

    enum device_status (*load)(
        struct device *, struct device_program *, int qos, struct device_error *);
    enum device_status (*unload)(struct device *, struct device_program *, struct device_error *);

    /* How the loaded (or, before, the declared) program wants input or output `index` laid out. */
    enum device_status (*layout)(struct device *, struct device_program *, int procedure,
        bool output, int index, struct device_layout *, struct device_error *);
    enum device_status (*surface_create)(struct device *, const struct device_layout *,
        struct device_surface **, struct device_error *);
    void (*surface_free)(struct device *, struct device_surface *);
    /* The surface's memory, from lock to unlock. */
    void *(*surface_lock)(struct device *, struct device_surface *, bool write);
    void (*surface_unlock)(struct device *, struct device_surface *, bool write);

    enum device_status (*request_create)(struct device *, const struct device_request_spec *,
        struct device_request **, struct device_error *);
    void (*request_free)(struct device *, struct device_request *);
    /* Synchronous. Allocates nothing. */
    enum device_status (*eval)(
        struct device *, struct device_request *, int qos, struct device_error *);

    /* The engine's own statistics of evals. `stats_ask`, once and before load, says which (a mask:
     * bits 0 to 3 are known, christopherkarani/Espresso); requests made of the program then have
     * room for them, and `stats_read` gives what came of the request's last eval. DEVICE_UNSUPPORTED
     * where a device keeps none. */
    enum device_status (*stats_ask)(
        struct device *, struct device_program *, uint32_t mask, struct device_error *);
    enum device_status (*stats_read)(struct device *, struct device_request *,
        struct device_eval_stats *, struct device_error *);

    /* Overwrite the blob whose metadata is at `blob_offset` of the source file `blob_path`, or that
     * blob inside the compiled data, on disk. `bytes` is the blob's size in the source's own type.
     * Takes effect, if at all, at the next unload and load: that is the question. */
    enum device_status (*source_rewrite)(struct device *, struct device_program *,
        const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
        struct device_error *);
    enum device_status (*compiled_rewrite)(struct device *, struct device_program *,
        const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
        struct device_error *);

    /* The chaining ladder, one step a call, in this order. */
    enum device_status (*chain_prepare)(struct device *, const struct device_chain_spec *, int qos,
        struct device_chain **, struct device_error *);
    enum device_status (*chain_ready)(
        struct device *, struct device_chain *, int qos, struct device_error *);
    /* Returns when the chain is over, as far as the device tells. May be repeated after ready. */
    enum device_status (*chain_enqueue)(
        struct device *, struct device_chain *, int qos, struct device_error *);
    void (*chain_free)(struct device *, struct device_chain *);

    /* CPU work beside the evals, about what one compile costs, without compiling: the control of
     * the overlap probe. Uses the cores that a compile would. In virtual time it loads nothing. */
    enum device_status (*host_load_start)(struct device *, struct device_error *);
    void (*host_load_stop)(struct device *);

    /* For a thread that computes beside the evals, called once on it: keeps it off the core, if
     * any, that the device keeps for them. A thread that evaluates stays on that core until it
     * closes the device. */
    void (*host_thread)(struct device *);
};

struct device {
    const struct device_table *table;
    /* The name in full, all choices made: "auto" opens as "cpu:cores=1". Goes into every row of
     * samples; opening it again gives the same device. */
    char name[128];
    /* The form of MIL text that its compiler takes, for programs made for it. */
    enum mil_header mil_header;
    /* each kind of device has its own fields behind this one */
};

/* Opens a device by name: "auto", "cpu", "cpu:cores=1", "cpu:cache=off", "sim:FILE",
 * "sim:CHIP", "ane". `auto` is ane where it opens, else cpu. `seed` drives noise in virtual time,
 * nothing else. Returns 0 and a device to close through its table, or the status and the reason. */
enum device_status device_open(
    const char *name, uint64_t seed, struct device **out, struct device_error *error);

/* The kinds of device, for help texts and `aneprobe devices`: name and one line each. */
struct device_kind {
    const char *name, *text;
    /* options are what follows the colon, "" when nothing does */
    enum device_status (*open)(
        const char *options, uint64_t seed, struct device **out, struct device_error *error);
};
const struct device_kind *device_kinds(int *n_kinds);

/* A device's name or options that cannot be understood: the status is DEVICE_BROKEN and the domain
 * is this, so that a command can tell bad usage (exit 2) from a broken machine (exit 99). Every
 * kind reports its bad options through device_error_usage. */
#define DEVICE_USAGE_DOMAIN "usage"
enum device_status device_error_usage(struct device_error *error, const char *text);

/* Fills *error in one go and returns its status. */
enum device_status device_error_set(struct device_error *error, enum device_status status,
    const char *stage, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
