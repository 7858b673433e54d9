/* SPDX-License-Identifier: MIT
 *
 * A device runs programs: the engine of this Mac, this machine's processor, or a simulated engine
 * in virtual time. All have the same calls; probes and benchmarks use only this header.
 *
 * Calls return enum device_status; unless it is DEVICE_OK, *error has the reason. Nothing here
 * prints or exits. Each object is freed with its own *_free, which accepts NULL, before the device
 * is closed. Use a device from one thread at a time; background compiles run on a thread of the
 * device.
 */
#ifndef ANEPROBE_DEVICE_DEVICE_H
#define ANEPROBE_DEVICE_DEVICE_H

#include "mil/blob.h"
#include "mil/build/build.h"

#include "base/disturbance.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum device_status {
    DEVICE_OK,
    DEVICE_UNSUPPORTED, /* this device cannot do it; error->text says why */
    /* the call was correct but the device refused it (a limit, a rejected program) */
    DEVICE_FAILED,
    DEVICE_BROKEN /* something that must work did not: misuse by the caller, disk, memory */
};

/* Why a call failed. `code` and `domain` are the device's own (0 and "" when it has none); `stage`
 * is what failed: open, parse, emit, compile, load, request, eval, unload, purge, surface,
 * rewrite, map, placement, prepare, ready, enqueue, statistics, host-load. */
struct device_error {
    enum device_status status;
    int code;
    char domain[64];
    char stage[16];
    char text[512];
};

/* Apple's six quality-of-service classes (slavko-at-klincov-it/ANE-Training); other values up to
 * the last are accepted too. */
enum {
    DEVICE_QOS_REALTIME = 0,
    DEVICE_QOS_BACKGROUND = 9,
    DEVICE_QOS_UTILITY = 17,
    DEVICE_QOS_DEFAULT = 21,
    DEVICE_QOS_USER_INITIATED = 25,
    DEVICE_QOS_USER_INTERACTIVE = 33,
    DEVICE_QOS_MAX = 63
};

/* Loopbacks of one chained request (header dumps in dev-erik/ANE and
 * slavko-at-klincov-it/ANE-Training). */
enum { DEVICE_CHAIN_STEPS_MAX = 256 };

struct device_table;

/* Is told that a call goes on to another step, such as "load", on the thread that makes it: for a process whose
 * end is to say how far it came. */
typedef void device_step_fn(void *context, const char *step);

/* An open device. Each kind of device has its own fields after these. */
struct mil_eval_memo; /* mil/eval/eval.h */

struct device {
    const struct device_table *table; /* functions behind device_*(); see device_table.h */
    /* The full name with all options: "auto" opens as "cpu:cores=1". It is in every row of samples;
     * opening it again gives the same device. */
    char name[128];
    /* The form of MIL text that its compiler takes, for generated programs. */
    enum mil_header mil_header;
    /* Of a device that computes with the reference evaluator: results that a reference need not compute again.
     * NULL: none. */
    struct mil_eval_memo *memo;
    struct device_program *programs; /* not freed yet, or still in use */
    device_step_fn *step;            /* NULL: nobody is told */
    void *step_context;
};

struct device_program; /* one program: text and weights, compiled or not, loaded or not */
struct device_surface; /* memory shared by host and engine */
struct device_request; /* a program with its surfaces, reusable */
struct device_chain;   /* a chained (loopback) request */

/* Text and weights, borrowed only during the call. */
struct device_source {
    const char *mil_text;
    size_t mil_bytes;
    struct mil_weights weights;
};

/* The cost of a program's last finished compile, on the device's clock. */
struct device_compile_info {
    uint64_t elapsed_ns;
    uint64_t emit_ns;     /* preparing the compiler's input; 0 when the device cannot tell */
    uint64_t compiler_ns; /* in the compiler itself; 0 when the device cannot tell */
    bool cached;          /* from a cache: not a compile time */
};

/* Shape and memory layout of a surface. `bytes` may exceed what the type needs. */
struct device_layout {
    struct mil_type type; /* fp16 or fp32, usually [1,C,1,S] */
    size_t bytes;
    size_t row_stride_bytes;     /* from one position on the second-last axis to the next */
    size_t channel_stride_bytes; /* from one channel to the next */
};
/* The layout, in bytes, of a row-major tensor without gaps. False when an axis is empty or the size
 * is too large for the address space; *out is then undefined. */
bool device_layout_dense(const struct mil_type *type, struct device_layout *out);

/* How far a chained request got. A step means only that the call succeeded; comparing the output
 * with the reference shows whether anything ran. */
enum device_chain_stage {
    DEVICE_CHAIN_NONE,
    DEVICE_CHAIN_PREPARED,
    DEVICE_CHAIN_READY,
    DEVICE_CHAIN_ENQUEUED
};

/* The framework's paths for evaluating a request. Devices other than `ane` have one. */
enum device_eval_path {
    DEVICE_PATH_MODEL,    /* on the in-memory model: the usual path */
    DEVICE_PATH_CLIENT,   /* the client, through the daemon */
    DEVICE_PATH_DIRECT,   /* the client, skipping a hop */
    DEVICE_PATH_REALTIME, /* the client, in the real-time class; takes no QoS */
    DEVICE_PATHS
};

struct device_request_spec {
    struct device_program *program;       /* loaded */
    int procedure;                        /* index of the MIL function */
    struct device_surface *const *inputs; /* a state's surface is also written, by each eval */
    int n_inputs;
    struct device_surface *const *outputs;
    int n_outputs;
    struct device_surface *weights_buffer; /* other weights for the request, or NULL */
    enum device_eval_path path; /* of each of its evals; DEVICE_UNSUPPORTED if not available */
};

/* A loopback of one program: output 0 becomes input 0 of the next step, `steps` times. */
struct device_chain_spec {
    struct device_program *program; /* loaded; its output 0 has the type of its input 0 */
    int procedure;
    struct device_surface *input, *output;
    int steps;
};

/* What the engine itself reports about an eval. */
struct device_eval_stats {
    bool there;           /* false: requested, but nothing came */
    uint64_t hardware_ns; /* its own time for the eval; 0 when it reports 0 or nothing */
};

/* ---- the device ------------------------------------------------------------------------------ */

/* Opens a device by name: "auto", "cpu", "cpu:cores=1", "cpu:cache=off", "sim:FILE", "sim:CHIP",
 * "ane", "coreml:gpu". `auto` is ane if that opens, else cpu. `seed` only drives noise in virtual time. *out is
 * NULL unless it returns DEVICE_OK. */
enum device_status device_open(
    const char *name, uint64_t seed, struct device **out, struct device_error *error);
/* Frees the remaining programs. Surfaces, requests and chains must already be freed. */
void device_close(struct device *device);

/* Whom the device tells of steps inside its calls. */
void device_step_tell(struct device *device, device_step_fn *step, void *context);

/* The ways to one machine: the private one to its engine, and Core ML's to the units that it may use beside
 * the processor. */
enum device_way {
    DEVICE_WAY_DIRECT,
    DEVICE_WAY_NE,
    DEVICE_WAY_NE_COPY, /* inputs and outputs are copied */
    DEVICE_WAY_GPU,
    DEVICE_WAY_CPU,
    DEVICE_WAYS
};
const char *device_way_name(enum device_way way); /* "direct", "ne", "ne-copy", "gpu", "cpu" */
/* Opens the machine of `device` by a way, as device_open does. On `device`, which stays open, there must be no
 * programs: an imitation of Apple's frameworks starts anew. DEVICE_UNSUPPORTED where there is no such way. */
enum device_status device_way_open(const struct device *device, enum device_way way, uint64_t seed,
    struct device **out, struct device_error *error);

const char *device_kind(const struct device *device); /* "cpu", "sim", "ane", "coreml" */
const char *device_clock(
    /* "measured" or "virtual", as in every sample */
    const struct device *device);
bool device_is_virtual(const struct device *device); /* whether its clock is virtual */
uint64_t device_clock_ns(struct device *device);     /* that clock, with an arbitrary start */
/* What disturbs it, by that clock: the machine, or what a simulated engine has of it. Work that the
 * system's services do for the device counts as its own. */
void device_disturbance_read(struct device *device, struct disturbance_reading *reading);

/* Receives one property of a device; key and value are valid only during the call. */
typedef void device_property_fn(void *context, const char *key, const char *value);
/* What is known about the machine behind the device: device (its full name), clock, chip, os,
 * cores, memory_bytes, compiler, ... No serial numbers, host or user names. */
void device_properties(struct device *device, device_property_fn *put, void *context);

/* ---- programs -------------------------------------------------------------------------------- */

/* Creates a program from its source: parsed and checked, not compiled. Text that does not parse or
 * weights that do not fit give DEVICE_FAILED, with line and column. */
enum device_status device_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error);
/* Unloads the program and waits for a background compile if necessary. */
void device_program_free(struct device *device, struct device_program *program);
/* Its identity in hex: the same text and weights give the same hash. Lives as long as the program.
 */
const char *device_program_hash(struct device *device, struct device_program *program);

/* Asks, before its compile, that a program's evals be done by engine 1, 2, ... of several. Whether they are, only
 * time shows. DEVICE_UNSUPPORTED if the device knows no such wish. */
enum { DEVICE_ENGINES_MAX = 4 };
enum device_status device_program_pin(
    struct device *device, struct device_program *program, int engine, struct device_error *error);

/* Asks, before its compile, for an option that macOS 27 brought. Nobody has published what they change: DEVICE_OPTION_VARIANT
 * names a variant of the procedures, as a pinned program does; DEVICE_OPTION_UNBONDED keeps the system from dividing
 * the program between engines. DEVICE_UNSUPPORTED if the device knows none. */
enum device_option { DEVICE_OPTION_VARIANT, DEVICE_OPTION_UNBONDED, DEVICE_OPTIONS };
const char *device_option_name(enum device_option option); /* "variant", "unbonded" */
enum device_status device_program_option(struct device *device, struct device_program *program,
    enum device_option option, struct device_error *error);

/* `qos` is 0 to 63 here and below. */
enum device_status device_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
/* Background compile on the device's one worker. Poll tells whether it has finished; wait returns
 * what compile would have. Every start needs one wait; until then the program may only be freed
 * and, if loaded, evaluated. */
enum device_status device_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
bool device_compile_poll(struct device *device, struct device_program *program);
enum device_status device_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error);
/* Of the last finished compile; all 0 before the first, and between start and wait. */
void device_compile_info(
    struct device *device, struct device_program *program, struct device_compile_info *out);

enum device_status device_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
enum device_status device_unload(
    struct device *device, struct device_program *program, struct device_error *error);

/* Drops what the system keeps of the compile of an unloaded program, which then has to be compiled again.
 * DEVICE_UNSUPPORTED where nothing is known to be kept. */
enum device_status device_purge(
    struct device *device, struct device_program *program, struct device_error *error);

/* Overwrite on disk the blob whose metadata is at `blob_offset` of the source file `blob_path`, or
 * that blob inside the compiled data. `bytes` is the blob's size in the source's type. Whether the
 * change takes effect at the next unload and load is what probes ask. */
enum device_status device_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);
enum device_status device_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);

/* Weights of a loaded program as memory that may be written, macOS 27's mapMutableWeights; one procedure of a
 * program at a time. `*weights` are `*bytes` bytes that hold those of the procedure, perhaps others too, in a
 * form and order of the device's own, until unmap or unload. Whether an eval sees what was written
 * before a sync, or at all, is the question; nothing may be evaluated while they are written. sync takes
 * so many bytes from there. DEVICE_UNSUPPORTED where a device has no such thing, and where only an
 * entitlement gives it: `code` is not 0 then. */
enum device_status device_weights_map(struct device *device, struct device_program *program,
    int procedure, void **weights, size_t *bytes, struct device_error *error);
enum device_status device_weights_sync(struct device *device, struct device_program *program,
    size_t offset, size_t bytes, struct device_error *error);
enum device_status device_weights_unmap(
    struct device *device, struct device_program *program, struct device_error *error);

/* ---- placement ------------------------------------------------------------------------------- */

enum device_unit { DEVICE_UNIT_CPU, DEVICE_UNIT_GPU, DEVICE_UNIT_ENGINE, DEVICE_UNITS };
const char *device_unit_name(int unit); /* "processor", "gpu", "engine"; "" for another number */

/* Where an operation is planned to run: a plan, which proves nothing about where it ran. The strings
 * are valid only during the call. */
struct device_placement {
    const char *operation; /* its operator, such as conv */
    const char *output;    /* the name of its first result */
    int planned;           /* enum device_unit; -1: the system does not say */
    unsigned possible;     /* a bit, 1 << unit, for each unit that could run it */
    double cost;           /* its share of the whole by the system's estimate; NAN: not said */
};
typedef void device_placement_fn(void *context, const struct device_placement *placement);
/* Gives `put` each operation of a compiled program but its constants, in the order of the text.
 * DEVICE_UNSUPPORTED where a device has no plans. May take as long as a load. */
enum device_status device_placement(struct device *device, struct device_program *program,
    int procedure, device_placement_fn *put, void *context, struct device_error *error);

/* ---- surfaces -------------------------------------------------------------------------------- */

/* The layout of input or output `index` of a procedure: the loaded program's or, before the load,
 * the declared one. */
enum device_status device_layout(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error);
/* Zeroed memory. Requests and chains keep a reference to their surfaces. */
enum device_status device_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error);
void device_surface_free(struct device *device, struct device_surface *surface);
/* The surface's memory in the layout it was created with, valid from lock to unlock; NULL when
 * locking failed, and then there is nothing to unlock. */
void *device_surface_lock(struct device *device, struct device_surface *surface, bool write);
void device_surface_unlock(struct device *device, struct device_surface *surface, bool write);

/* Copies all elements of a surface from, or to, dense row-major memory of its type; gaps between
 * rows and channels are not changed. */
enum device_status device_surface_write(struct device *device, struct device_surface *surface,
    const void *elements, struct device_error *error);
enum device_status device_surface_read(struct device *device, struct device_surface *surface,
    void *elements, struct device_error *error);
/* Sets every byte of a surface, gaps included. */
enum device_status device_surface_fill(struct device *device, struct device_surface *surface,
    unsigned char byte, struct device_error *error);

/* ---- requests -------------------------------------------------------------------------------- */

enum device_status device_request_create(struct device *device,
    const struct device_request_spec *spec, struct device_request **out,
    struct device_error *error);
/* Of a function with one input and one output, the program's first. */
enum device_status device_request_single(struct device *device, struct device_program *program,
    struct device_surface *input, struct device_surface *output, enum device_eval_path path,
    struct device_request **out, struct device_error *error);
void device_request_free(struct device *device, struct device_request *request);
/* Synchronous. Allocates nothing. */
enum device_status device_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error);

/* Requests that are evaluated side by side, each `n_evals` times, one eval after the other: with its own
 * surfaces, of one program or of several. Returns when all are over; end_ns[i] is when the i-th eval of
 * the lane ended, on the device's clock. A device that evaluates one at a time lets the lanes take turns.
 * After anything but DEVICE_OK the end_ns are of no use. */
struct device_lane {
    struct device_request *request;
    uint64_t *end_ns; /* room for n_evals */
};
enum { DEVICE_LANES_MAX = 16 };
enum device_status device_eval_lanes(struct device *device, const struct device_lane *lanes,
    int n_lanes, int n_evals, int qos, struct device_error *error);

/* The engine's own statistics of evals. `ask`, once and before load, selects them (a mask: bits 0
 * to 3 are known, christopherkarani/Espresso); requests of the program then have room for them, and
 * `read` returns those of the request's last eval. DEVICE_UNSUPPORTED if the device has none. */
enum device_status device_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error);
enum device_status device_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error);

/* Its hardware counters of evals, in the order in which it has them. Those without a published name are
 * "counter_24" and so on; whether they count one eval or add up is not known. `ask`, once and before load;
 * then requests of the program have room for them, and `read` gives what stands there: all of it, or nothing
 * when nothing ever came. DEVICE_UNSUPPORTED if the device has none. (Names: 751K/apple-neural-engine-monitor.) */
enum { DEVICE_COUNTERS = 29 };
enum device_counter {
    DEVICE_COUNTER_INT8_CYCLES = 5,
    DEVICE_COUNTER_FP16_CYCLES = 6,
    DEVICE_COUNTER_NOMINAL = 10,
    DEVICE_COUNTER_COMPUTE = 13,
    DEVICE_COUNTER_MOVED_BYTES = 17,
    DEVICE_COUNTER_READ_BYTES = 18,
    DEVICE_COUNTER_ENERGY = 19
};
const char *device_counter_name(int counter);
struct device_counters {
    bool there;
    uint64_t count[DEVICE_COUNTERS];
};
enum device_status device_counters_ask(
    struct device *device, struct device_program *program, struct device_error *error);
enum device_status device_counters_read(struct device *device, struct device_request *request,
    struct device_counters *out, struct device_error *error);

/* ---- chains ---------------------------------------------------------------------------------- */

/* The steps of chaining, one per call, in this order. Ready says that the input is new. */
enum device_status device_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error);
enum device_status device_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error);
/* Returns when the chain has finished, as far as the device tells. May be repeated after ready. */
enum device_status device_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error);
void device_chain_free(struct device *device, struct device_chain *chain);

/* ---- the host --------------------------------------------------------------- */

/* CPU load beside the evals, about as heavy as a compile: the control of the overlap probe. Uses
 * the cores that a compile would. In virtual time it has no effect. Stopping is allowed when it was
 * not started. */
enum device_status device_host_load_start(struct device *device, struct device_error *error);
void device_host_load_stop(struct device *device);

/* To be called once on a thread that computes beside the evals: keeps it off the core, if any, that
 * the device reserves for them. A thread that evaluates stays on that core until it closes the
 * device. */
void device_host_thread(struct device *device);

/* Returns `pause_ns` later by the device's clock, in which the device is given nothing to do. */
void device_host_pause(struct device *device, uint64_t pause_ns);

/* ---- kinds, and errors ------------------------------------------------------------------------ */

/* The kinds of device, for help texts and `aneprobe devices`: name and one line each. */
struct device_kind {
    const char *name, *text;
    /* options are the part after the colon, "" if none */
    enum device_status (*open)(
        const char *options, uint64_t seed, struct device **out, struct device_error *error);
};
const struct device_kind *device_kinds(int *n_kinds);

/* The domain for an invalid device name or option, with status DEVICE_BROKEN, so that a command can
 * tell bad usage (exit 2) from a broken machine (exit 99). Every kind reports bad options through
 * device_error_usage. */
#define DEVICE_USAGE_DOMAIN "usage"
enum device_status device_error_usage(struct device_error *error, const char *text);

/* Fills *error in one go and returns its status. */
/* What it means for the program that got it: the exit code; and the program's error with the text,
 * which returns -1. */
enum exit_code device_error_code(const struct device_error *error);
int device_error_give(const struct device_error *from, struct error *to);
/* The reverse: a program's error, such as a missing file, as the device's. DEVICE_BROKEN. */
enum device_status device_error_take(
    struct device_error *to, const char *stage, const struct error *from);
enum device_status device_error_set(struct device_error *error, enum device_status status,
    const char *stage, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
