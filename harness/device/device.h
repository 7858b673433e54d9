/* SPDX-License-Identifier: MIT
 *
 * What runs programs: the engine of this Mac, this machine's processor, or a simulated engine in
 * virtual time. The same calls for all of them; probes and benchmarks use this header only.
 *
 * Calls return enum device_status. Anything but DEVICE_OK leaves a reason in *error. Nothing here
 * prints or exits. What a call creates is freed with the call that is named for it, before the
 * device is closed; every *_free takes NULL. A device is used from one thread at a time, except
 * that background compiles run on a thread of the device's own.
 */
#ifndef ANEPROBE_DEVICE_DEVICE_H
#define ANEPROBE_DEVICE_DEVICE_H

#include "mil/blob.h"
#include "mil/build/build.h"

#include "base/error.h"

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

/* Apple's six quality-of-service classes (slavko-at-klincov-it/ANE-Training); others up to the last
 * are taken too. */
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

/* An open device. Each kind of device has fields of its own behind these. */
struct device {
    const struct device_table *table; /* what device_*() call; see device_table.h */
    /* The name in full, all choices made: "auto" opens as "cpu:cores=1". Goes into every row of
     * samples; opening it again gives the same device. */
    char name[128];
    /* The form of MIL text that its compiler takes, for programs made for it. */
    enum mil_header mil_header;
    struct device_program *programs; /* that are not freed, or are still used */
};

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

/* ---- the device ------------------------------------------------------------------------------ */

/* Opens a device by name: "auto", "cpu", "cpu:cores=1", "cpu:cache=off", "sim:FILE", "sim:CHIP",
 * "ane". `auto` is ane where it opens, else cpu. `seed` drives noise in virtual time, nothing else.
 * *out is NULL unless it returns DEVICE_OK. */
enum device_status device_open(
    const char *name, uint64_t seed, struct device **out, struct device_error *error);
/* Frees what programs are left. Surfaces, requests and chains must be freed by then. */
void device_close(struct device *device);

const char *device_kind(const struct device *device); /* "cpu", "sim", "ane" */
const char *device_clock(
    const struct device *device);                    /* "measured" or "virtual": in every sample */
bool device_is_virtual(const struct device *device); /* is its clock virtual? */
uint64_t device_clock_ns(struct device *device);     /* that clock, from any start */

/* Receives one property of a device; key and value live only for the call. */
typedef void device_property_fn(void *context, const char *key, const char *value);
/* What is known of the machine behind the device: device (its name in full), clock, chip, os, cores,
 * memory_bytes, compiler, ... No serial numbers, host or user names. */
void device_properties(struct device *device, device_property_fn *put, void *context);

/* ---- programs -------------------------------------------------------------------------------- */

/* A program from its source: parsed and checked, nothing compiled. Text that cannot be parsed or
 * weights that do not fit are DEVICE_FAILED, with line and column. */
enum device_status device_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error);
/* Unloads first when needed. A running background compile is waited for. */
void device_program_free(struct device *device, struct device_program *program);
/* Its identity in hex: the same text and weights, the same hash. Lives as long as the program. */
const char *device_program_hash(struct device *device, struct device_program *program);

/* `qos` is 0 to 63 here and below. */
enum device_status device_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
/* Background compile on the device's one worker. Poll says whether it is over; wait returns what
 * compile would have. Every start needs one wait; until then nothing else may be done to the
 * program, except free it and, where it is loaded, evaluate it. */
enum device_status device_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
bool device_compile_poll(struct device *device, struct device_program *program);
enum device_status device_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error);
/* Of the last compile that is over; all 0 before the first, and between start and wait. */
void device_compile_info(
    struct device *device, struct device_program *program, struct device_compile_info *out);

enum device_status device_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
enum device_status device_unload(
    struct device *device, struct device_program *program, struct device_error *error);

/* Overwrite the blob whose metadata is at `blob_offset` of the source file `blob_path`, or that blob
 * inside the compiled data, on disk. `bytes` is the blob's size in the source's own type. Takes
 * effect, if at all, at the next unload and load: that is the question. */
enum device_status device_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);
enum device_status device_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);

/* ---- surfaces -------------------------------------------------------------------------------- */

/* How the loaded (or, before, the declared) program wants input or output `index` of a procedure
 * laid out. */
enum device_status device_layout(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error);
/* Zeroed memory. Requests and chains keep their surfaces: one that is freed first goes with them. */
enum device_status device_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error);
void device_surface_free(struct device *device, struct device_surface *surface);
/* The surface's memory, laid out as it was created, from lock to unlock; NULL when it could not be
 * locked, and then there is nothing to unlock. */
void *device_surface_lock(struct device *device, struct device_surface *surface, bool write);
void device_surface_unlock(struct device *device, struct device_surface *surface, bool write);

/* All elements of a surface from, or to, dense row-major memory of its type; gaps between rows and
 * channels stay as they are. */
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
void device_request_free(struct device *device, struct device_request *request);
/* Synchronous. Allocates nothing. */
enum device_status device_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error);

/* The engine's own statistics of evals. `ask`, once and before load, says which (a mask: bits 0 to 3
 * are known, christopherkarani/Espresso); requests made of the program then have room for them, and
 * `read` gives what came of the request's last eval. DEVICE_UNSUPPORTED where a device keeps none. */
enum device_status device_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error);
enum device_status device_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error);

/* ---- chains ---------------------------------------------------------------------------------- */

/* The chaining ladder, one step a call, in this order. Ready says that the input is fresh. */
enum device_status device_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error);
enum device_status device_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error);
/* Returns when the chain is over, as far as the device tells. May be repeated after ready. */
enum device_status device_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error);
void device_chain_free(struct device *device, struct device_chain *chain);

/* ---- the host beside the device --------------------------------------------------------------- */

/* CPU work beside the evals, about what one compile costs, without compiling: the control of the
 * overlap probe. Uses the cores that a compile would. In virtual time it loads nothing. Stopping is
 * fine when it was not started. */
enum device_status device_host_load_start(struct device *device, struct device_error *error);
void device_host_load_stop(struct device *device);

/* For a thread that computes beside the evals, called once on it: keeps it off the core, if any,
 * that the device keeps for them. A thread that evaluates stays on that core until it closes the
 * device. */
void device_host_thread(struct device *device);

/* ---- kinds, and errors ------------------------------------------------------------------------ */

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
/* What it means for the program that met it: the exit code, and with the text the program's error.
 * The latter returns -1. */
enum exit_code device_error_code(const struct device_error *error);
int device_error_give(const struct device_error *from, struct error *to);
/* The other way: a file or the like that a device or a trainer could not have. DEVICE_BROKEN. */
enum device_status device_error_take(
    struct device_error *to, const char *stage, const struct error *from);
enum device_status device_error_set(struct device_error *error, enum device_status status,
    const char *stage, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
