/* SPDX-License-Identifier: MIT
 *
 * Opening and closing, and the table of functions.
 */
#include "device/cpu/cpu.h"

#include "device/host/affinity.h"

#include <stdatomic.h>
#include <stdlib.h>

static uint64_t cpu_clock_ns(struct device *device) {
    (void)device;
    return clock_monotonic_ns();
}

static const char *cpu_program_hash(struct device *device, struct device_program *program) {
    (void)device;
    return program->hash;
}

static void cpu_compile_info(
    struct device *device, struct device_program *program, struct device_compile_info *info) {
    struct cpu_device *cpu = cpu_of(device);
    pthread_mutex_lock(&cpu->worker.lock);
    *info = program->info;
    pthread_mutex_unlock(&cpu->worker.lock);
}

static enum device_status cpu_host_load_start(struct device *device, struct device_error *error) {
    struct cpu_device *cpu = cpu_of(device);
    return host_load_start(&cpu->host_load, cpu->isolated, error);
}

static void cpu_host_load_stop(struct device *device) {
    host_load_stop(&cpu_of(device)->host_load);
}

static void cpu_host_thread(struct device *device) {
    if (cpu_of(device)->isolated)
        (void)affinity_pin_rest();
}

static void cpu_close(struct device *device) {
    struct cpu_device *cpu = cpu_of(device);
    cpu_thread_release(cpu);
    cpu_host_load_stop(device);
    while (cpu->programs != NULL)
        cpu_program_free(device, cpu->programs);
    cpu_worker_close(cpu);
    cpu_team_close(cpu->team);
    run_directory_close(&cpu->run);
    free(cpu->arena);
    free(cpu);
}

static const struct device_table table = {
    .kind = "cpu",
    .clock = "measured",
    .close = cpu_close,
    .properties = cpu_properties,
    .clock_ns = cpu_clock_ns,
    .program_create = cpu_program_create,
    .program_free = cpu_program_free,
    .program_hash = cpu_program_hash,
    .compile = cpu_compile,
    .compile_start = cpu_compile_start,
    .compile_poll = cpu_compile_poll,
    .compile_wait = cpu_compile_wait,
    .compile_info = cpu_compile_info,
    .load = cpu_load,
    .unload = cpu_unload,
    .layout = cpu_layout,
    .surface_create = cpu_surface_create,
    .surface_free = cpu_surface_free,
    .surface_lock = cpu_surface_lock,
    .surface_unlock = cpu_surface_unlock,
    .request_create = cpu_request_create,
    .request_free = cpu_request_free,
    .eval = cpu_eval,
    .stats_ask = cpu_stats_ask,
    .stats_read = cpu_stats_read,
    .source_rewrite = cpu_source_rewrite,
    .compiled_rewrite = cpu_compiled_rewrite,
    .chain_prepare = cpu_chain_prepare,
    .chain_ready = cpu_chain_ready,
    .chain_enqueue = cpu_chain_enqueue,
    .chain_free = cpu_chain_free,
    .host_load_start = cpu_host_load_start,
    .host_load_stop = cpu_host_load_stop,
    .host_thread = cpu_host_thread,
};

enum device_status cpu_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error) {
    static atomic_uint_fast64_t serials;
    (void)seed; /* nothing is random here */
    struct cpu_device *cpu = calloc(1, sizeof *cpu);
    if (cpu == NULL)
        return device_error_set(error, DEVICE_BROKEN, "open", "out of memory");
    if (cpu_options_parse(options, &cpu->options, error) != 0 ||
        cpu_compiler_find(cpu, error) != DEVICE_OK)
        goto fail;
    char reason[sizeof error->text];
    if (blas_load(&cpu->blas, reason, sizeof reason) != 0) {
        device_error_set(error, DEVICE_BROKEN, "open", "%s", reason);
        goto fail;
    }
    if (run_directory_open(&cpu->run, reason, sizeof reason) != 0) {
        device_error_set(error, DEVICE_BROKEN, "open", "%s", reason);
        goto fail;
    }
    cpu->base.table = &table;
    cpu_options_name(&cpu->options, cpu->base.name, sizeof cpu->base.name);
    cpu->serial = atomic_fetch_add(&serials, 1) + 1;
    /* With more than one core for evals there is none to keep apart. */
    cpu->isolated = cpu->options.cores == 1 && affinity_can_isolate();
    blas_threads_set(&cpu->blas, 1);
    cpu->team = cpu_team_open(cpu->options.cores, cpu->blas.sgemm);
    if (cpu->team == NULL || cpu_worker_open(cpu) != 0) {
        device_error_set(error, DEVICE_BROKEN, "open",
            "cannot start the compile thread or those of evals; the limit of threads or memory is "
            "reached");
        cpu_team_close(cpu->team);
        run_directory_close(&cpu->run);
        goto fail;
    }
    *out = &cpu->base;
    return DEVICE_OK;

fail:
    free(cpu);
    return error->status;
}
