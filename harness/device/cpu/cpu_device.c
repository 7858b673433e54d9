/* SPDX-License-Identifier: MIT
 *
 * Opening and closing, and the table of functions.
 */
#include "device/cpu/cpu.h"

#include "device/host/pause.h"

#include "device/host/affinity.h"

#include <stdatomic.h>
#include <stdlib.h>

static uint64_t cpu_clock_ns(struct device *device) {
    (void)device;
    return clock_monotonic_ns();
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

static void cpu_host_pause(struct device *device, uint64_t pause_ns) {
    (void)device;
    host_pause(pause_ns);
}

static void cpu_close(struct device *device) {
    struct cpu_device *cpu = cpu_of(device);
    cpu_thread_release(cpu);
    cpu_worker_close(cpu);
    cpu_team_close(cpu->team);
    run_directory_close(&cpu->run);
    free(cpu->arena);
    free(cpu);
}

static const struct device_table table = {
    .kind = "cpu",
    .clock = "measured",
    .keeps_states = true,
    .close = cpu_close,
    .properties = cpu_properties,
    .clock_ns = cpu_clock_ns,
    .program_create = cpu_program_create,
    .program_destroy = cpu_program_destroy,
    .compile = cpu_compile,
    .compile_start = cpu_compile_start,
    .compile_poll = cpu_compile_poll,
    .compile_wait = cpu_compile_wait,
    .load = cpu_load,
    .unload = cpu_unload,
    .surface_create = cpu_surface_create,
    .surface_destroy = cpu_surface_destroy,
    .surface_lock = cpu_surface_lock,
    .surface_unlock = cpu_surface_unlock,
    .request_create = cpu_request_create,
    .request_destroy = cpu_request_destroy,
    .eval = cpu_eval,
    .source_rewrite = cpu_source_rewrite,
    .compiled_rewrite = cpu_compiled_rewrite,
    .weights_map = cpu_weights_map,
    .weights_sync = cpu_weights_sync,
    .weights_unmap = cpu_weights_unmap,
    .chain_prepare = cpu_chain_prepare,
    .chain_enqueue = cpu_chain_enqueue,
    .chain_destroy = cpu_chain_destroy,
    .host_load_start = cpu_host_load_start,
    .host_load_stop = cpu_host_load_stop,
    .host_thread = cpu_host_thread,
    .host_pause = cpu_host_pause,
};

enum device_status cpu_device_open(
    const char *options, uint64_t seed, struct device **out, struct device_error *error) {
    static atomic_uint_fast64_t serials;
    (void)seed; /* nothing is random here */
    struct cpu_device *cpu = calloc(1, sizeof *cpu);
    if (!cpu)
        return device_memory_out(error, "open");
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
    /* With more than one core for evals, none is kept apart. */
    cpu->isolated = cpu->options.cores == 1 && affinity_can_isolate();
    cpu->team = cpu_team_open(cpu->options.cores, &cpu->blas);
    if (!cpu->team || cpu_worker_open(cpu) != 0) {
        device_error_set(error, DEVICE_BROKEN, "open",
            "cannot start the threads for compiles or evals; the limit of threads or memory is "
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
