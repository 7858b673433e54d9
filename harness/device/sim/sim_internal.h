/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of the sim device.
 */
#ifndef ANEPROBE_DEVICE_SIM_SIM_INTERNAL_H
#define ANEPROBE_DEVICE_SIM_SIM_INTERNAL_H

#include "device/device_table.h"
#include "device/sim/sim.h"
#include "device/sim/sim_answer.h"
#include "device/sim/sim_energy.h"
#include "device/sim/sim_image.h"
#include "device/sim/sim_noise.h"

/* The domain of the engine's own errors, and the codes that the simulated engine gives (A15 of the error
 * table in dev-erik/ANE and slavko-at-klincov-it/ANE-Training). */
#define SIM_DOMAIN "com.apple.appleneuralengine"
enum {
    SIM_CODE_ENTITLEMENT = 1,
    SIM_CODE_CREATE = 4, /* program creation: compile */
    SIM_CODE_LOAD = 6,   /* load; the text says 0x50004 when the table is full */
    SIM_CODE_MAP = 13,
    SIM_CODE_CHAINING = 15,
    SIM_CODE_ARGUMENT = 26,
    SIM_CODE_LOAD_MEMORY = 53
};

#define SIM_MB 1048576.0
#define SIM_NS_PER_MS 1e6
#define SIM_NS_PER_US 1e3

/* Programs compiled in this process, by hash: open addressing, a power of two, half full at most.
 */
struct sim_seen {
    struct mil_hash *slots; /* {0, 0} is empty */
    size_t n_slots, n_used;
};

struct sim_device {
    struct device base;
    struct sim_params params;
    const char *basis[SIM_KEYS]; /* the basis of a chip's parameters; NULL for a file */
    enum device_way way;
    bool numerics;
    struct sim_noise noise;
    uint64_t now_ns;
    uint64_t idle_since_ns; /* the end of the last eval or chain */
    bool was_used;
    bool host_loaded; /* a thread of the host computes beside the evals */
    struct sim_energy energy;
    double moved_bytes;  /* by the engine */
    uint64_t n_programs; /* made so far */
    double qos_factor[64];
    int qos_refused, qos_wrong;           /* calls with it fail, or evals write zeros; -1: none */
    double eval_stretch, compile_stretch; /* while both are running */

    /* resources used so far */
    bool first_compile_over, first_load_over;
    uint64_t cold_compiles;
    uint64_t n_loaded;
    double loaded_bytes;
    struct sim_seen seen;

    /* the worker's queue; the head is being compiled */
    struct device_program *job_head, *job_tail;
};

enum sim_job { SIM_JOB_NONE, SIM_JOB_QUEUED, SIM_JOB_RUNNING, SIM_JOB_OVER };

/* What a function of a program costs, alone and without noise, with inputs that are not zeros. */
struct sim_function {
    double eval_ns;
    double dispatch_ns; /* of that */
    double work_w;      /* more than the engine takes idle, in the rest of it */
    double moved_bytes; /* by the engine, which does not move those of what runs elsewhere */
    enum device_way way;
};

struct device_program {
    struct device_program_base base;
    struct sim_device *device;
    uint64_t serial; /* unique on the device, from 1 */
    enum device_way way;
    bool copies;                    /* its inputs and outputs */
    struct sim_function *functions; /* one each */
    char *text;                     /* for the hash of a rewritten source */
    size_t text_bytes;
    struct mil_hash source_hash; /* of the source on disk now */
    char hash_hex[33];           /* of the source at creation */
    double weight_bytes;

    struct sim_image *source;  /* the weight files on disk */
    struct sim_image *on_load; /* what the next load brings in; NULL until compiled */
    struct sim_image *loaded;  /* NULL when not loaded */
    uint64_t load_serial;      /* changes with every load */
    struct sim_answers answers;
    unsigned char *mapped; /* weights of a procedure, for the host to write; NULL: not mapped */
    size_t mapped_bytes;
    int mapped_function;
    bool compile_wrong; /* the compile past the limit reported success */
    bool slow;          /* compiled past a limit, silently: SIM_PAST_SLOWDOWN */
    bool load_wrong;    /* the load past the limit reported success; it took no room */

    enum sim_job job;
    struct device_program *job_next;
    double job_left_ns; /* as if alone */
    uint64_t job_begin_ns;
    enum device_status job_status;
    struct device_error job_error;
};

struct device_surface {
    struct device_surface_base base;
    unsigned char *data;
    size_t bytes;
    uint64_t version;         /* changes with every possible write */
    uint64_t writer;          /* the serial of the program whose eval wrote last; 0 is the host */
    unsigned char *host_data; /* what the host wrote last; NULL unless evals read that */
    uint64_t zeros_version;   /* when it was last looked through, and whether it was all zeros */
    bool was_looked_through, is_zeros;
    int write_locks;
};

/* ---- errors (sim_error.c) */

/* DEVICE_FAILED with the engine's domain and code. */
enum device_status sim_error_refuse(
    struct device_error *error, int code, const char *stage, const char *text);
/* DEVICE_OK unless this engine refuses that QoS. */
enum device_status sim_qos_check(
    const struct sim_device *sim, int qos, const char *stage, struct device_error *error);

/* ---- parameters (sim_file.c) */

/* "sim_KEY_basis" for every key of a chip; nothing for a file (basis[0] is NULL). */
void sim_basis_list(const char *const basis[SIM_KEYS], device_property_fn *property, void *context);

/* ---- time (sim_time.c) */

/* Passes the time of a call that takes `nominal_ns` without noise; compiles continue meanwhile. */
void sim_pass_call(struct sim_device *device, double nominal_ns);
/* The same for a call on the engine, which evals and compiles share. */
void sim_pass_engine(struct sim_device *device, double nominal_ns, struct sim_draw draw);
void sim_pass_poll(struct sim_device *device);
/* Nothing is done for that long, but for a compile. */
void sim_idle(struct sim_device *device, uint64_t elapsed_ns);
void sim_pass_until_over(struct sim_device *device, struct device_program *program);
void sim_job_add(struct sim_device *device, struct device_program *program);

/* ---- power (sim_power.c) */

/* The share of a function's operations that run on the engine (sim_plan.c). */
double sim_engine_share(const struct device_program *program, int function);

/* What an eval of the function takes, whose inputs are all zeros or not. */
double sim_function_eval_ns(
    const struct sim_device *device, const struct sim_function *function, bool zeros);
/* Of an eval of the request, on average over its time. */
struct sim_draw sim_request_draw(struct device_request *request);
/* Of an eval of the function, whose inputs are all zeros or not. */
struct sim_draw sim_function_draw(
    const struct sim_device *device, const struct sim_function *function, bool zeros);
/* What a function's work takes while the engine computes or moves bytes. */
double sim_function_work_w(
    const struct sim_params *params, const struct mil_function *function, bool streams);
bool sim_surface_is_zeros(struct device_surface *surface);

/* ---- programs (sim_compile.c, sim_program.c) */

/* Reserves room to record one more compile, while failing is still possible. 0, or -1 when out of
 * memory. */
int sim_compile_reserve(struct sim_device *device);
/* The worker starts and finishes a program. */
double sim_compile_begin(struct sim_device *device, struct device_program *program);
void sim_compile_end(struct sim_device *device, struct device_program *program);
/* What was compiled from that source compiles cold the next time. */
void sim_compile_forget(struct sim_device *device, struct mil_hash source_hash);

/* ---- limits on programs themselves (sim_past.c) */

/* DEVICE_OK unless the program is refused; sets program->slow. May end the process, or never return. */
enum device_status sim_past_compile(struct device_program *program, struct device_error *error);
/* The same of an eval with so many surfaces. */
enum device_status sim_past_eval(
    const struct sim_device *device, int n_surfaces, bool *slow, struct device_error *error);

/* ---- numbers (sim_numerics.c) */

/* A function's outputs as last computed, and what they were computed from: an eval with nothing
 * changed computes nothing. */
struct sim_result {
    struct device_program *program;
    int function;
    int steps;     /* output 0 becomes input 0 of the next; 1 is a plain eval */
    int n_outputs; /* this many first outputs go to surfaces */
    bool valid;
    uint64_t load_serial, buffer_version;
    struct sim_image *buffer_image; /* the loaded weights with the buffer's bytes, or NULL */
    unsigned char **inputs, **outputs, *loop; /* dense */
    const void **step_inputs;
    void **step_outputs;
    /* the surfaces' versions when last read or written */
    uint64_t *input_versions, *output_versions;
};

/* 0, or -1 when out of memory; clear it either way. */
int sim_result_init(struct sim_result *result, struct device_program *program, int function,
    int steps, int n_outputs);
void sim_result_clear(struct sim_result *result);
/* Updates the outputs from inputs, loaded weights and buffer (may be NULL); at a QoS that fails
 * silently they become zeros. */
enum device_status sim_result_update(struct sim_result *result, int qos,
    struct device_surface *const *inputs, struct device_surface *const *outputs,
    struct device_surface *buffer, struct device_error *error);

/* ---- entries of the table, by file */

enum device_status sim_program_create(
    struct device *, const struct device_source *, struct device_program **, struct device_error *);
void sim_program_destroy(struct device *, struct device_program *);
enum device_status sim_compile(
    struct device *, struct device_program *, int qos, struct device_error *);
enum device_status sim_compile_start(
    struct device *, struct device_program *, int qos, struct device_error *);
bool sim_compile_poll(struct device *, struct device_program *);
enum device_status sim_compile_wait(
    struct device *, struct device_program *, struct device_error *);
enum device_status sim_load(
    struct device *, struct device_program *, int qos, struct device_error *);
enum device_status sim_unload(struct device *, struct device_program *, struct device_error *);
enum device_status sim_purge(struct device *, struct device_program *, struct device_error *);
enum device_status sim_source_rewrite(struct device *, struct device_program *,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *);
enum device_status sim_compiled_rewrite(struct device *, struct device_program *,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *);

/* The blobs that the function names, in that order without gaps, are what is in `data`: those bytes of it
 * that are in from..to-1 go into *image. DEVICE_BROKEN with stage `stage` when there are not enough bytes, or
 * out of memory. */
enum device_status sim_blobs_write(struct sim_image **image, const struct mil_function *function,
    const unsigned char *data, size_t bytes, size_t from, size_t to, const char *stage,
    struct device_error *error);
enum device_status sim_weights_map(struct device *, struct device_program *, int procedure,
    void **weights, size_t *bytes, struct device_error *);
enum device_status sim_weights_sync(struct device *, struct device_program *, int procedure,
    size_t offset, size_t bytes, struct device_error *);
enum device_status sim_weights_unmap(
    struct device *, struct device_program *, int procedure, struct device_error *);
/* Before an eval: what was written counts without a sync where it does. */
enum device_status sim_weights_take(struct device_program *program, struct device_error *error);

enum device_status sim_surface_create(
    struct device *, const struct device_layout *, struct device_surface **, struct device_error *);
void sim_surface_destroy(struct device *, struct device_surface *);
void *sim_surface_lock(struct device *, struct device_surface *, bool write);
void sim_surface_unlock(struct device *, struct device_surface *, bool write);
/* Whether nobody is writing to it. */
bool sim_surface_is_ready(const struct device_surface *surface);
/* Whether another program's eval wrote it last. */
bool sim_surface_is_shared(
    const struct device_surface *surface, const struct device_program *program);
enum device_status sim_request_create(struct device *, const struct device_request_spec *,
    struct device_request **, struct device_error *);
void sim_request_destroy(struct device *, struct device_request *);
enum device_status sim_eval(
    struct device *, struct device_request *, int qos, struct device_error *);

enum device_status sim_eval_lanes(struct device *, const struct device_lane *lanes, int n_lanes,
    int n_evals, int qos, struct device_error *);
/* What the request's eval takes alone, without noise, at a QoS. */
double sim_request_eval_ns(const struct device_request *request, int qos);
/* The eval of a request, but for its time. */
enum device_status sim_request_compute(
    struct device *, struct device_request *, int qos, struct device_error *);

enum device_status sim_stats_ask(
    struct device *, struct device_program *, uint32_t mask, struct device_error *);
enum device_status sim_stats_read(
    struct device *, struct device_request *, struct device_eval_stats *, struct device_error *);
enum device_status sim_counters_ask(
    struct device *, struct device_program *, struct device_error *);
enum device_status sim_counters_read(
    struct device *, struct device_request *, struct device_counters *, struct device_error *);
enum device_status sim_program_pin(
    struct device *, struct device_program *, int engine, struct device_error *);

enum device_status sim_chain_prepare(struct device *, const struct device_chain_spec *, int qos,
    struct device_chain **, struct device_error *);
enum device_status sim_chain_ready(
    struct device *, struct device_chain *, int qos, struct device_error *);
enum device_status sim_chain_enqueue(
    struct device *, struct device_chain *, int qos, struct device_error *);
void sim_chain_destroy(struct device *, struct device_chain *);

enum device_status sim_placement(struct device *device, struct device_program *program,
    int procedure, device_placement_fn *put, void *context, struct device_error *error);

#endif
