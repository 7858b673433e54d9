/* SPDX-License-Identifier: MIT
 *
 * For devices: the table of functions that each fills, and what device_*() keep of programs,
 * surfaces, requests and chains for all of them. Who uses a device includes device.h only.
 *
 * device_*() check what every device would have to: that a program is there, not being compiled,
 * compiled and loaded as the call wants it, that procedures, indices and qualities of service exist,
 * that surfaces fit, and that calls come in their order. They keep programs and surfaces for as long
 * as requests and chains use them. A device's functions are called when all of that holds, and check
 * only what is its own.
 */
#ifndef ANEPROBE_DEVICE_DEVICE_TABLE_H
#define ANEPROBE_DEVICE_DEVICE_TABLE_H

#include "device/device.h"

/* Each device's own struct device_program, _surface, _request and _chain begins with the one here.
 * What create leaves in it is said at the field; all else is kept by device_*(). */

struct device_program_base {
    struct device_program *next; /* of all of the device */
    struct mil_program *mil;     /* set by create, freed by destroy */
    const char *hash;            /* set by create */
    bool compiled;               /* set by the device: a compile has left something to load */
    bool compiling, loaded;
    _Atomic bool freed; /* a worker may look at other programs */
    unsigned n_users;   /* its owner until it is freed, its requests and chains */
    uint32_t stats_mask;
    struct device_compile_info info; /* set by the device by the time that a compile is over */
};

struct device_surface_base {
    struct device_layout layout;
    unsigned n_users; /* its owner until it is freed; a request or chain for each time it has it */
};

struct device_request_base {
    struct device_program *program;
    struct device_surface **surfaces; /* inputs, outputs, and the weights buffer if there is one */
    int n_surfaces;
    bool has_stats; /* statistics were asked for before it was made */
};

struct device_chain_base {
    struct device_program *program;
    struct device_surface *input, *output;
    enum device_chain_stage stage;
};

/* Functions that may be NULL say so. `destroy` frees what create made, and cannot fail; nothing uses
 * it any more. */
struct device_table {
    const char *kind;  /* "cpu", "sim", "ane" */
    const char *clock; /* "measured" or "virtual" */
    /* Requests may ask for a procedure past the last: it is the engine's to answer, and what it runs
     * then is the first (maderix/ANE#2). */
    bool any_procedure;

    void (*close)(struct device *); /* all programs are destroyed by then */
    void (*properties)(struct device *, device_property_fn *, void *context);
    uint64_t (*clock_ns)(struct device *);

    enum device_status (*program_create)(struct device *, const struct device_source *,
        struct device_program **, struct device_error *);
    void (*program_destroy)(struct device *, struct device_program *);

    enum device_status (*compile)(
        struct device *, struct device_program *, int qos, struct device_error *);
    enum device_status (*compile_start)(
        struct device *, struct device_program *, int qos, struct device_error *);
    bool (*compile_poll)(struct device *, struct device_program *);
    enum device_status (*compile_wait)(
        struct device *, struct device_program *, struct device_error *);

    /* Whether a program loads that was not compiled here, as the system has it; NULL: none does. */
    bool (*is_known)(struct device *, struct device_program *);
    enum device_status (*load)(
        struct device *, struct device_program *, int qos, struct device_error *);
    /* Unloaded, whatever it returns. */
    enum device_status (*unload)(struct device *, struct device_program *, struct device_error *);

    /* NULL: dense. `layout_minimum` is what a surface must have at least to be taken; NULL: as
     * layout. */
    enum device_status (*layout)(struct device *, struct device_program *, int procedure,
        bool output, int index, struct device_layout *, struct device_error *);
    enum device_status (*layout_minimum)(struct device *, struct device_program *, int procedure,
        bool output, int index, struct device_layout *, struct device_error *);
    enum device_status (*surface_create)(struct device *, const struct device_layout *,
        struct device_surface **, struct device_error *);
    void (*surface_destroy)(struct device *, struct device_surface *);
    void *(*surface_lock)(struct device *, struct device_surface *, bool write);
    void (*surface_unlock)(struct device *, struct device_surface *, bool write);

    /* The arrays of surfaces in the spec live as long as the request. */
    enum device_status (*request_create)(struct device *, const struct device_request_spec *,
        struct device_request **, struct device_error *);
    void (*request_destroy)(struct device *, struct device_request *);
    enum device_status (*eval)(
        struct device *, struct device_request *, int qos, struct device_error *);

    /* Both NULL: it keeps none. */
    enum device_status (*stats_ask)(
        struct device *, struct device_program *, uint32_t mask, struct device_error *);
    enum device_status (*stats_read)(struct device *, struct device_request *,
        struct device_eval_stats *, struct device_error *);

    enum device_status (*source_rewrite)(struct device *, struct device_program *,
        const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
        struct device_error *);
    enum device_status (*compiled_rewrite)(struct device *, struct device_program *,
        const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
        struct device_error *);

    enum device_status (*chain_prepare)(struct device *, const struct device_chain_spec *, int qos,
        struct device_chain **, struct device_error *);
    /* NULL: there is nothing to do. */
    enum device_status (*chain_ready)(
        struct device *, struct device_chain *, int qos, struct device_error *);
    enum device_status (*chain_enqueue)(
        struct device *, struct device_chain *, int qos, struct device_error *);
    void (*chain_destroy)(struct device *, struct device_chain *);

    /* NULL: time is virtual, or there is no core to keep free. */
    enum device_status (*host_load_start)(struct device *, struct device_error *);
    void (*host_load_stop)(struct device *);
    void (*host_thread)(struct device *);
};

/* Input or output `index` of a procedure that exists. */
const struct mil_value *device_value(
    const struct mil_program *mil, int procedure, bool output, int index);
/* DEVICE_BROKEN, "out of memory". */
enum device_status device_memory_out(struct device_error *error, const char *stage);

#endif
