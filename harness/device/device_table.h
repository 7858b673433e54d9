/* SPDX-License-Identifier: MIT
 *
 * For implementing devices: the table of functions that each fills, and the fields of programs,
 * surfaces, requests and chains that device_*() maintain for all of them. Users of a device include
 * only device.h.
 *
 * device_*() do the checks common to all devices: that a program exists, is not being compiled, and
 * is compiled and loaded as the call requires; that procedures, indices and qualities of service
 * exist; that surfaces fit; and that calls are in order. They keep programs and surfaces alive
 * while requests and chains use them. A device's functions are called when all that holds, and
 * check only what is specific to the device.
 */
#ifndef ANEPROBE_DEVICE_DEVICE_TABLE_H
#define ANEPROBE_DEVICE_DEVICE_TABLE_H

#include "device/device.h"

/* Each device's own struct device_program, _surface, _request and _chain begins with the one here.
 * Fields that the device sets say so; device_*() maintain the others. */

struct device_program_base {
    struct device_program *next; /* all programs of the device */
    struct mil_program *mil;     /* set by create, freed by destroy */
    const char *hash;            /* set by create */
    bool compiled;               /* set by the device: there is something to load */
    bool compiling, loaded;
    _Atomic bool freed; /* a worker may look at other programs */
    unsigned n_users;   /* users: its owner until it is freed, its requests and chains */
    uint32_t stats_mask;
    bool has_counters; /* they were asked for */
    int engine;        /* that it is pinned to; 0: none */
    unsigned options;  /* a bit for each device_option */
    bool mapped;       /* the weights of mapped_procedure are */
    int mapped_procedure;
    size_t mapped_bytes;
    struct device_compile_info info; /* set by the device before a compile is over */
};

struct device_surface_base {
    struct device_layout layout;
    unsigned n_users; /* users: its owner until it is freed; each use by a request or chain */
};

struct device_request_base {
    struct device_program *program;
    struct device_surface **surfaces; /* inputs, outputs, and the weights buffer if there is one */
    int n_surfaces;
    bool has_stats; /* statistics were requested before it was created */
    bool has_counters;
};

struct device_chain_base {
    struct device_program *program;
    struct device_surface *input, *output;
    enum device_chain_stage stage;
};

/* Functions that may be NULL say so. `destroy` frees what create made when nothing uses it any
 * more; it cannot fail. */
struct device_table {
    const char *kind;  /* "cpu", "sim", "ane", "coreml" */
    const char *clock; /* "measured" or "virtual" */
    /* Requests may name a procedure past the last: the engine decides, and is said to run the first
     * (maderix/ANE#2). */
    bool any_procedure;
    /* Evals read and write the surfaces of inputs that are states. */
    bool keeps_states;

    void (*close)(struct device *); /* all programs are already destroyed */
    void (*properties)(struct device *, device_property_fn *, void *context);
    uint64_t (*clock_ns)(struct device *);
    /* NULL: as the system has it; of a virtual clock nothing is known. */
    void (*disturbance_read)(struct device *, struct disturbance_reading *);

    enum device_status (*program_create)(struct device *, const struct device_source *,
        struct device_program **, struct device_error *);
    void (*program_destroy)(struct device *, struct device_program *);

    /* NULL: no hint of an engine. */
    enum device_status (*program_pin)(
        struct device *, struct device_program *, int engine, struct device_error *);
    /* NULL: no options. */
    enum device_status (*program_option)(
        struct device *, struct device_program *, enum device_option, struct device_error *);
    enum device_status (*compile)(
        struct device *, struct device_program *, int qos, struct device_error *);
    enum device_status (*compile_start)(
        struct device *, struct device_program *, int qos, struct device_error *);
    bool (*compile_poll)(struct device *, struct device_program *);
    enum device_status (*compile_wait)(
        struct device *, struct device_program *, struct device_error *);

    /* Whether a program not compiled here can be loaded, since the system has it; NULL: never. */
    bool (*is_known)(struct device *, struct device_program *);
    enum device_status (*load)(
        struct device *, struct device_program *, int qos, struct device_error *);
    /* The program counts as unloaded, whatever it returns. */
    enum device_status (*unload)(struct device *, struct device_program *, struct device_error *);
    enum device_status (*purge)(
        struct device *, struct device_program *, struct device_error *); /* may be NULL */

    /* NULL: dense. `layout_minimum` is the smallest surface accepted; NULL: as layout. */
    enum device_status (*layout)(struct device *, struct device_program *, int procedure,
        bool output, int index, struct device_layout *, struct device_error *);
    enum device_status (*layout_minimum)(struct device *, struct device_program *, int procedure,
        bool output, int index, struct device_layout *, struct device_error *);
    enum device_status (*surface_create)(struct device *, const struct device_layout *,
        struct device_surface **, struct device_error *);
    void (*surface_destroy)(struct device *, struct device_surface *);
    void *(*surface_lock)(struct device *, struct device_surface *, bool write);
    void (*surface_unlock)(struct device *, struct device_surface *, bool write);

    /* The spec's arrays of surfaces live as long as the request. */
    enum device_status (*request_create)(struct device *, const struct device_request_spec *,
        struct device_request **, struct device_error *);
    void (*request_destroy)(struct device *, struct device_request *);
    enum device_status (*eval)(
        struct device *, struct device_request *, int qos, struct device_error *);

    /* NULL: lanes take turns. */
    enum device_status (*eval_lanes)(struct device *, const struct device_lane *lanes, int n_lanes,
        int n_evals, int qos, struct device_error *);

    /* Both NULL: no statistics. */
    enum device_status (*stats_ask)(
        struct device *, struct device_program *, uint32_t mask, struct device_error *);
    enum device_status (*stats_read)(struct device *, struct device_request *,
        struct device_eval_stats *, struct device_error *);
    /* Both NULL: no counters. */
    enum device_status (*counters_ask)(
        struct device *, struct device_program *, struct device_error *);
    enum device_status (*counters_read)(
        struct device *, struct device_request *, struct device_counters *, struct device_error *);

    enum device_status (*source_rewrite)(struct device *, struct device_program *,
        const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
        struct device_error *);
    enum device_status (*compiled_rewrite)(struct device *, struct device_program *,
        const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
        struct device_error *);

    /* All NULL: weights cannot be mapped. */
    enum device_status (*weights_map)(struct device *, struct device_program *, int procedure,
        void **weights, size_t *bytes, struct device_error *);
    enum device_status (*weights_sync)(struct device *, struct device_program *, int procedure,
        size_t offset, size_t bytes, struct device_error *);
    /* Unmapped, whatever it returns. */
    enum device_status (*weights_unmap)(
        struct device *, struct device_program *, int procedure, struct device_error *);

    /* NULL: it has no plans. */
    enum device_status (*placement)(struct device *, struct device_program *, int procedure,
        device_placement_fn *, void *context, struct device_error *);

    enum device_status (*chain_prepare)(struct device *, const struct device_chain_spec *, int qos,
        struct device_chain **, struct device_error *);
    /* NULL: nothing to do. */
    enum device_status (*chain_ready)(
        struct device *, struct device_chain *, int qos, struct device_error *);
    enum device_status (*chain_enqueue)(
        struct device *, struct device_chain *, int qos, struct device_error *);
    void (*chain_destroy)(struct device *, struct device_chain *);

    /* NULL: time is virtual, or no core is reserved. */
    enum device_status (*host_load_start)(struct device *, struct device_error *);
    void (*host_load_stop)(struct device *);
    void (*host_thread)(struct device *);
    void (*host_pause)(struct device *, uint64_t pause_ns);
};

/* Input or output `index` of a procedure that exists. */
const struct mil_value *device_value(
    const struct mil_program *mil, int procedure, bool output, int index);
/* DEVICE_BROKEN, "out of memory". */
enum device_status device_memory_out(struct device_error *error, const char *stage);

#endif
