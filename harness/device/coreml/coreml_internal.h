/* SPDX-License-Identifier: MIT
 *
 * For the files of this directory.
 */
#ifndef ANEPROBE_DEVICE_COREML_COREML_INTERNAL_H
#define ANEPROBE_DEVICE_COREML_COREML_INTERNAL_H

#include "device/apple/apple_job.h"
#include "device/apple/apple_lanes.h"
#include "device/apple/apple_object.h"
#include "device/apple/apple_options.h"
#include "device/coreml/coreml.h"
#include "device/coreml/coreml_message.h"
#include "device/coreml/coreml_package.h"
#include "device/device_table.h"
#include "device/host/directory.h"
#include "device/host/host_load.h"
#include "measure/digest.h"

/* ---- the device ------------------------------------------------------------------------------ */

struct coreml_options {
    struct apple_options apple;
    enum coreml_units units;
    bool copies;    /* io=copy */
    bool in_memory; /* model=memory */
};
/* Returns 0, or -1 and a usage error. */
int coreml_options_parse(const char *text, struct coreml_options *out, struct device_error *error);
void coreml_options_name(const struct coreml_options *options, char *name, size_t bytes);

struct coreml_device {
    struct device base;
    struct apple_runtime runtime;
    struct coreml_options options;
    const struct coreml_package_writer *package;
    struct run_directory run;
    unsigned n_directories; /* that have been made in it */
    void *queue;            /* serial, for background compiles */
    struct host_load host_load;
    /* How long the system's services have compiled and loaded for it, as in struct ane_device. */
    _Atomic uint64_t service_ns;
};

static inline struct coreml_device *coreml_of(struct device *device) {
    return (struct coreml_device *)device;
}

/* Core ML takes no quality of service: any but the default is unsupported. */
enum device_status coreml_qos_check(int qos, const char *stage, struct device_error *error);

void coreml_properties(struct device *device, device_property_fn *put, void *context);
/* Whether the unit of the options is there; DEVICE_UNSUPPORTED when the system says that it is not. */
enum device_status coreml_units_check(struct coreml_device *device, struct device_error *error);

/* ---- assets: programs in memory (coreml_asset.c) --------------------------------------------- */

struct coreml_asset {
    void *model;   /* NSData: the bytes of model.mlmodel */
    void *weights; /* NSDictionary of NSURL to NSData; NULL: there are none */
    void *object;  /* MLModelAsset, once it is compiled */
};

/* The program and its weights as objects. */
enum device_status coreml_asset_read(
    struct device_program *program, const struct device_source *source, struct device_error *error);
/* Makes the MLModelAsset, anew. */
enum device_status coreml_asset_make(struct device_program *program, struct apple_call *call);
void coreml_asset_release(struct device_program *program);

/* ---- programs -------------------------------------------------------------------------------- */

enum { COREML_FUNCTIONS_MAX = 16 };
/* What compileModelAtURL made, in the program's directory. */
#define COREML_COMPILED_NAME "program.mlmodelc"

struct device_program {
    struct device_program_base base;
    struct coreml_device *device;
    char hash[2 * DIGEST_BYTES + 1];
    int directory_fd; /* of its own, in the run's; -1 before it is made, and in memory */
    char directory[32];
    struct coreml_asset asset;          /* in memory */
    void *models[COREML_FUNCTIONS_MAX]; /* MLModel, one for each function, while it is loaded */
    unsigned load_serial;               /* how often they have been loaded */
    struct apple_job job;               /* the background compile */
};

enum device_status coreml_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error);
void coreml_program_destroy(struct device *device, struct device_program *program);

/* The URL of `name` in the program's directory, autoreleased; NULL and *call->error. */
void *coreml_program_url(
    struct apple_call *call, const struct device_program *program, const char *name);
/* How its functions are loaded: an MLModelConfiguration, owned. */
void *coreml_configuration(
    struct apple_call *call, const struct device_program *program, int procedure);

enum device_status coreml_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
enum device_status coreml_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
bool coreml_compile_poll(struct device *device, struct device_program *program);
enum device_status coreml_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error);

enum device_status coreml_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
enum device_status coreml_unload(
    struct device *device, struct device_program *program, struct device_error *error);
/* Loads all functions into program->models; on failure none is. */
enum device_status coreml_models_load(struct device_program *program, struct apple_call *call);
void coreml_models_release(struct device_program *program);

enum device_status coreml_placement(struct device *device, struct device_program *program,
    int procedure, device_placement_fn *put, void *context, struct device_error *error);

/* ---- surfaces and requests ------------------------------------------------------------------- */

enum device_status coreml_layout(struct device *device, struct device_program *program,
    int procedure, bool output, int index, struct device_layout *out, struct device_error *error);

struct device_surface {
    struct device_surface_base base;
    void *array; /* MLMultiArray: over `surface`, or the one that is copied to */
    /* without io=copy */
    void *surface; /* IOSurfaceRef */
    void *pixels;  /* CVPixelBufferRef over it */
    /* with io=copy, and of a state */
    void *memory;
    /* of a state: the request whose MLState has what an eval left in it; NULL: the memory has it */
    struct device_request *holder;
};
enum device_status coreml_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error);
void coreml_surface_destroy(struct device *device, struct device_surface *surface);
void *coreml_surface_lock(struct device *device, struct device_surface *surface, bool write);
void coreml_surface_unlock(struct device *device, struct device_surface *surface, bool write);
/* Copies between the surface's memory and an MLMultiArray of its type, whatever its strides. */
enum device_status coreml_array_write(
    struct apple_call *call, const struct device_surface *surface, void *array);
enum device_status coreml_array_read(
    struct apple_call *call, struct device_surface *surface, void *array);

struct device_request {
    struct device_request_base base;
    int procedure;
    void *features; /* MLDictionaryFeatureProvider over the inputs */
    void *options;  /* MLPredictionOptions */
    struct device_surface *const *inputs;
    struct device_surface *const *outputs;
    int n_inputs, n_outputs;
    void **names; /* NSString of each output */
    /* with states */
    struct coreml_state *states;
    int n_states;
    void *state;          /* MLState */
    unsigned load_serial; /* of the model that has made it */
};
enum device_status coreml_request_create(struct device *device,
    const struct device_request_spec *spec, struct device_request **out,
    struct device_error *error);
void coreml_request_destroy(struct device *device, struct device_request *request);
enum device_status coreml_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error);

/* ---- states (coreml_state.c) ----------------------------------------------------------------- */

struct coreml_state {
    void *name; /* NSString */
    struct device_surface *surface;
};
static inline bool coreml_is_state(const struct device_surface *surface) {
    return surface->base.layout.type.kind == MIL_STATE;
}
/* Finds the states among the request's inputs. */
enum device_status coreml_states_open(
    struct apple_call *call, struct device_request *request, const struct mil_function *function);
void coreml_states_close(struct coreml_device *device, struct device_request *request);
/* Before an eval: Core ML's memory is made by the loaded program, and has what the surfaces have. */
enum device_status coreml_states_give(
    struct apple_call *call, struct device_request *request, const struct device_program *program);
/* After it: Core ML's memory has what the surfaces are to have. */
void coreml_states_hold(struct device_request *request);
/* What an eval left in Core ML's memory goes to the surface's, which will be written to or only read.
 * False when it cannot be had. */
bool coreml_state_fetch(struct coreml_device *device, struct device_surface *surface, bool write);

/* ---- what Core ML cannot do ------------------------------------------------------------------ */

enum device_status coreml_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);
enum device_status coreml_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);
enum device_status coreml_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error);

#endif
