/* SPDX-License-Identifier: MIT
 *
 * For devices: the table of functions that each has, and what device_*() keep for them. Who uses a
 * device includes device.h only.
 */
#ifndef ANEPROBE_DEVICE_DEVICE_TABLE_H
#define ANEPROBE_DEVICE_DEVICE_TABLE_H

#include "device/device.h"

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

#endif
