/* SPDX-License-Identifier: MIT
 *
 * The cpu device: a real compile-then-evaluate engine on any machine. A program becomes C with its
 * weights as constant data; the system compiler runs as a child process; the result is loaded and
 * called. Every number it gives is measured.
 *
 * Options after the colon, separated by commas:
 *   cores=N            N = 1 (default): evaluating threads are kept on one core and everything else
 *                      (compilers, the worker, the host load) on the others. N > 1: N threads share
 *                      a matrix product, and no core is reserved.
 *   cache=off          every compile runs the compiler
 *   compile_limit_s=N  the compiler is killed after N seconds (default 60)
 *
 * This header is for the files of this directory, except cpu_device_open.
 */
#ifndef ANEPROBE_DEVICE_CPU_CPU_H
#define ANEPROBE_DEVICE_CPU_CPU_H

#include "device/cpu/blas.h"
#include "device/cpu/cpu_team.h"
#include "device/host/identity.h"
#include "device/device_table.h"
#include "base/clock.h"
#include "device/host/directory.h"
#include "device/host/host_load.h"
#include "device/host/source.h"

#include <pthread.h>

enum device_status cpu_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error);

/* ---- the device ------------------------------------------------------------------------------ */

struct cpu_options {
    int cores;
    bool cache;
    unsigned compile_limit_s;
};

int cpu_options_parse(const char *text, struct cpu_options *out, struct device_error *error);
void cpu_options_name(const struct cpu_options *options, char *name, size_t bytes);

/* A queue of programs to compile, served one at a time by one thread. `lock` also guards the list
 * of programs and what other programs' compiles read of a program (its image on disk). */
struct cpu_worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t queued, finished;
    struct device_program *head, *tail;
    bool stop;
};

struct cpu_device {
    struct device base;
    uint64_t serial; /* tells this device from one opened earlier at the same address */
    struct cpu_options options;
    bool isolated;
    struct blas blas;
    struct cpu_team *team;
    char compiler[DIRECTORY_PATH_MAX];
    char sdk[DIRECTORY_PATH_MAX]; /* for SDKROOT; "" when there is none */
    struct run_directory run;
    struct cpu_worker worker;
    struct host_load host_load;
    struct device_program *programs; /* linked by `next`, under the worker's lock */
    void *arena;                     /* intermediate values of the running eval */
    size_t arena_bytes;
    uint64_t n_directories; /* to distinguish directories with the same hash */
};

static inline struct cpu_device *cpu_of(struct device *device) {
    return (struct cpu_device *)device;
}

/* ---- programs -------------------------------------------------------------------------------- */

enum cpu_job { CPU_JOB_NONE, CPU_JOB_QUEUED, CPU_JOB_RUNNING, CPU_JOB_DONE };

/* The place of a blob in the compiled constants: struct mil_constant without the borrowed path. */
struct cpu_constant {
    char *blob_path;
    uint64_t blob_offset, elements, constants_offset;
    enum mil_dtype source_dtype;
    bool is_half;
};

struct device_program {
    struct device_program_base base;
    struct device_program *next;     /* all programs of the device, for the worker */
    struct device_program *job_next; /* in the worker's queue */
    unsigned char digest[DIGEST_BYTES];
    char hash[DIGEST_HEX_BYTES];
    char directory[DIGEST_HEX_BYTES + 24]; /* name in the run's directory */
    int directory_fd;

    /* Guarded by the worker's lock while a compile is queued or running. */
    enum cpu_job job;
    int job_qos;
    enum device_status job_status;
    struct device_error job_error;
    bool image_original; /* program.so matches the text and weights of `hash` */
    bool source_original;
    struct cpu_constant *constants;
    int n_constants;

    struct source_names names; /* of the weight files */

    void *library; /* from dlopen; NULL = not loaded */
    const struct mil_image *image;
};

enum device_status cpu_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error);
void cpu_program_destroy(struct device *device, struct device_program *program);

enum { PROGRAM_PATH_MAX = DIRECTORY_PATH_MAX + 128 };

/* Absolute path of a file in the program's directory. */
void cpu_program_path(const struct cpu_device *device, const struct device_program *program,
    const char *file, char path[PROGRAM_PATH_MAX]);
enum device_status cpu_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
enum device_status cpu_unload(
    struct device *device, struct device_program *program, struct device_error *error);

/* ---- compile --------------------------------------------------------------------------------- */

/* On the worker's thread: compiles the program's directory to program.so in it. */
enum device_status cpu_compile_run(
    struct cpu_device *device, struct device_program *program, int qos, struct device_error *error);
/* Runs the compiler: program.c to `output`, in the program's directory. */
enum device_status cpu_compiler_run(struct cpu_device *device, struct device_program *program,
    const char *output, int nice, uint64_t *elapsed_ns, struct device_error *error);
enum device_status cpu_compiler_find(struct cpu_device *device, struct device_error *error);
/* Signs a changed image, a file in the program's directory, as macOS's linker signs its output.
 * DEVICE_UNSUPPORTED when that is not possible. */
enum device_status cpu_image_sign(const struct cpu_device *device,
    const struct device_program *program, const char *image, struct device_error *error);
/* The first line of `compiler --version`. */
void cpu_compiler_version(const struct cpu_device *device, char *text, size_t bytes);

int cpu_worker_open(struct cpu_device *device);
void cpu_worker_close(struct cpu_device *device);
enum device_status cpu_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
enum device_status cpu_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error);
bool cpu_compile_poll(struct device *device, struct device_program *program);
enum device_status cpu_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error);

/* The program's weight files as they are on disk now. */
struct cpu_weights {
    struct mil_weights weights;
    struct mil_blob_file *files;
};
/* Returns 0, or -1 with errno set. */
int cpu_weights_open(const struct device_program *program, struct cpu_weights *out);
void cpu_weights_free(struct cpu_weights *weights);

/* Sets the places of all constants, from the emitter or from a program with the same image. Returns
 * 0, or -1 when out of memory. */
int cpu_constants_take(struct device_program *program, const struct mil_emission *emission);
int cpu_constants_copy(struct device_program *program, const struct device_program *from);
void cpu_constants_free(struct device_program *program);
enum { CPU_MARK_BYTES = 64 };
/* The mark at the start of this program's constants; it occurs nowhere else in its image. */
void cpu_mark_make(const struct device_program *program, unsigned char mark[CPU_MARK_BYTES]);

/* ---- surfaces, requests, chains, rewriting --------------------------------------------------- */

struct device_surface {
    struct device_surface_base base;
    void *memory;
};

enum device_status cpu_surface_create(struct device *device, const struct device_layout *layout,
    struct device_surface **out, struct device_error *error);
void cpu_surface_destroy(struct device *device, struct device_surface *surface);
void *cpu_surface_lock(struct device *device, struct device_surface *surface, bool write);
void cpu_surface_unlock(struct device *device, struct device_surface *surface, bool write);

enum device_status cpu_request_create(struct device *device, const struct device_request_spec *spec,
    struct device_request **out, struct device_error *error);
void cpu_request_destroy(struct device *device, struct device_request *request);
enum device_status cpu_eval(
    struct device *device, struct device_request *request, int qos, struct device_error *error);

/* Puts into words why a compiled program stopped. */
enum device_status cpu_fault_refuse(const struct mil_fault *fault, struct device_error *error);

/* Sets core and priority of the calling thread for the device and QoS class. Costs one comparison
 * when nothing changed since this thread's last call. */
void cpu_thread_prepare(const struct cpu_device *device, int qos);
/* Lets the calling thread run on all cores again if this device kept it on one. */
void cpu_thread_release(const struct cpu_device *device);

enum device_status cpu_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);
enum device_status cpu_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error);

enum device_status cpu_weights_map(struct device *device, struct device_program *program,
    int procedure, void **weights, size_t *bytes, struct device_error *error);
enum device_status cpu_weights_sync(struct device *device, struct device_program *program,
    int procedure, size_t offset, size_t bytes, struct device_error *error);
enum device_status cpu_weights_unmap(struct device *device, struct device_program *program,
    int procedure, struct device_error *error);

enum device_status cpu_chain_prepare(struct device *device, const struct device_chain_spec *spec,
    int qos, struct device_chain **out, struct device_error *error);
enum device_status cpu_chain_enqueue(
    struct device *device, struct device_chain *chain, int qos, struct device_error *error);
void cpu_chain_destroy(struct device *device, struct device_chain *chain);

void cpu_properties(struct device *device, device_property_fn *put, void *context);

#endif
