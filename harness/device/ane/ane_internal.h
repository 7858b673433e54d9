/* SPDX-License-Identifier: MIT
 *
 * For the files of this directory.
 *
 * The layers, each using only those before it: device/apple (symbols, classes, objects, errors),
 * ane_framework (what is taken from the framework), ane_message (one function per selector). Then
 * the device's own, here: directories, programs, layouts, surfaces, requests, chains.
 */
#ifndef ANEPROBE_DEVICE_ANE_ANE_INTERNAL_H
#define ANEPROBE_DEVICE_ANE_ANE_INTERNAL_H

#include "device/ane/ane.h"
#include "device/ane/ane_message.h"
#include "device/apple/apple_job.h"
#include "device/apple/apple_lanes.h"
#include "device/apple/apple_object.h"
#include "device/apple/apple_options.h"
#include "device/device_table.h"
#include "device/host/directory.h"
#include "device/host/host_load.h"
#include "device/host/source.h"

/* ---- the device ------------------------------------------------------------------------------ */

/* Returns 0, or -1 and a usage error. */
int ane_options_parse(const char *text, struct apple_options *out, struct device_error *error);

struct ane_device {
    struct device base;
    struct apple_runtime runtime;
    struct apple_options options;
    struct run_directory run;
    struct ane_directory *directories; /* linked by `next` */
    void *queue;                       /* serial, for background compiles */
    void *no_options;                  /* an empty NSDictionary */
    void *client, *chain_client;       /* _ANEClient, made when first needed */
    struct host_load host_load;
    /* How long the system's services have compiled and loaded for it: their processor time, of which
     * nothing tells, is taken to be that of one processor. */
    _Atomic uint64_t service_ns;
};

static inline struct ane_device *ane_of(struct device *device) {
    return (struct ane_device *)device;
}

void ane_properties(struct device *device, device_property_fn *put, void *context);
/* What _ANEDeviceInfo reports; "" when it does not. */
void ane_architecture(const struct apple_runtime *runtime, char *text, size_t bytes);
/* false only when the system reports that there is none. */
bool ane_is_there(const struct apple_runtime *runtime);

/* The connection that evals use, or NULL and *call->error. */
void *ane_client(struct ane_device *device, struct apple_call *call);
/* The separate connection for chaining. */
void *ane_chain_client(struct ane_device *device, struct apple_call *call);

/* ---- programs -------------------------------------------------------------------------------- */

/* Where the framework looks for a program's text and weights: $TMPDIR/HASH. All programs with the
 * same hash share it. */
struct ane_directory {
    struct ane_directory *next;
    unsigned n_users;
    int fd;
    char path[DIRECTORY_PATH_MAX];
};
/* Created and filled for the first user, removed with the last. */
struct ane_directory *ane_directory_open(struct ane_device *device, const char *path,
    const struct device_source *source, struct device_error *error);
void ane_directory_close(struct ane_device *device, struct ane_directory *directory);

enum { ANE_HASH_MAX = 256 }; /* three SHA-256 in hex, joined */

struct device_program {
    struct device_program_base base;
    struct ane_device *device;
    struct source_names names;
    char hash[ANE_HASH_MAX];
    struct ane_directory *directory;
    void *model;          /* _ANEInMemoryModel */
    void *attributes;     /* NSDictionary of the loaded program, or NULL */
    void *options;        /* NSDictionary for its compile, load and evals; NULL: none */
    struct apple_job job; /* the background compile */
    int job_qos;
};

enum device_status ane_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error);
void ane_program_destroy(struct device *device, struct device_program *program);

/* What its compile, load and evals are sent with. */
static inline void *ane_program_options(const struct device_program *program) {
    return program->options ? program->options : program->device->no_options;
}
/* Sets them anew, for counters or not, on an engine or any (0), with these of device_option. */
enum device_status ane_program_options_set(struct device_program *program, bool counters,
    int engine, unsigned options, struct device_error *error);
enum device_status ane_program_option(struct device *device, struct device_program *program,
    enum device_option option, struct device_error *error);
enum device_status ane_program_pin(
    struct device *device, struct device_program *program, int engine, struct device_error *error);

bool ane_is_known(struct device *device, struct device_program *program);
enum device_status ane_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
enum device_status ane_purge(
    struct device *device, struct device_program *program, struct device_error *error);
enum device_status ane_unload(
    struct device *device, struct device_program *program, struct device_error *error);

enum device_status ane_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
enum device_status ane_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
bool ane_compile_poll(struct device *device, struct device_program *program);
enum device_status ane_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error);

enum device_status ane_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);
enum device_status ane_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);

/* ---- layouts, surfaces, requests, chains ----------------------------------------------------- */

/* What the loaded program says about one input or output; found = false when it says nothing. */
struct ane_port {
    bool found;
    int64_t symbol; /* its index in requests and chains */
    int64_t row_stride, plane_stride, batch_stride, interleave; /* 0 = not given */
};
void ane_port_read(const struct device_program *program, int procedure, bool output, int index,
    struct ane_port *out);

/* As the program gives it, without rounding up to sizes that every chip accepts. */
enum device_status ane_layout_minimum(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error);
enum device_status ane_layout(struct device *device, struct device_program *program, int procedure,
    bool output, int index, struct device_layout *out, struct device_error *error);

struct device_surface {
    struct device_surface_base base;
    void *surface; /* IOSurfaceRef */
    void *wrapped; /* _ANEIOSurfaceObject */
};
enum device_status ane_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error);
void ane_surface_destroy(struct device *device, struct device_surface *surface);
void *ane_surface_lock(struct device *device, struct device_surface *surface, bool write);
void ane_surface_unlock(struct device *device, struct device_surface *surface, bool write);
/* A bare surface of that many bytes, one row (an IOSurfaceRef to release), or NULL. */
void *ane_io_surface(const struct apple_entry *e, size_t bytes);

struct device_request {
    struct device_request_base base;
    enum device_eval_path path;
    void *request;  /* _ANERequest */
    void *model;    /* _ANEModel, for the paths through a client; else NULL */
    void *stats;    /* NSArray of _ANEPerformanceStatsIOSurface; NULL when none were requested */
    void *counters; /* IOSurfaceRef in one of them, or NULL */
};
enum device_status ane_request_create(struct device *device, const struct device_request_spec *spec,
    struct device_request **out, struct device_error *error);
void ane_request_destroy(struct device *device, struct device_request *request);
enum device_status ane_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error);

enum device_status ane_stats_ask(struct device *device, struct device_program *program,
    uint32_t mask, struct device_error *error);
enum device_status ane_stats_read(struct device *device, struct device_request *request,
    struct device_eval_stats *out, struct device_error *error);
enum device_status ane_counters_ask(
    struct device *device, struct device_program *program, struct device_error *error);
enum device_status ane_counters_read(struct device *device, struct device_request *request,
    struct device_counters *out, struct device_error *error);
/* Makes the surfaces that a request's statistics and counters are written to, as far as its program asked. */
enum device_status ane_stats_room(struct device_request *request,
    const struct device_program_base *asked, struct apple_call *call);

enum device_status ane_weights_map(struct device *device, struct device_program *program,
    int procedure, void **weights, size_t *bytes, struct device_error *error);
enum device_status ane_weights_sync(struct device *device, struct device_program *program,
    int procedure, size_t offset, size_t bytes, struct device_error *error);
enum device_status ane_weights_unmap(struct device *device, struct device_program *program,
    int procedure, struct device_error *error);

enum device_status ane_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error);
enum device_status ane_chain_ready(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error);
enum device_status ane_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error);
void ane_chain_destroy(struct device *device, struct device_chain *chain);

#endif
