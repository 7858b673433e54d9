/* SPDX-License-Identifier: MIT
 *
 * The sim device behind everything, its programs and their compiles.
 */
#include "engine.h"

#include "engine_internal.h"
#include "device/device_table.h"
#include "device/sim/sim.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct device *device;
static struct sim_params params;

static void open_or_abort(const char *path, uint64_t seed) {
    struct device_error error;
    if (!path || !*path) {
        fprintf(stderr, "stand-in: ANEPROBE_STANDIN_SIM is not set; name a model file\n");
        abort();
    }
    if (sim_file_read(path, &params, &error) != DEVICE_OK ||
        sim_device_open(path, seed, &device, &error) != DEVICE_OK) {
        fprintf(stderr, "stand-in: %s\n", error.text);
        abort();
    }
}

void engine_open(uint64_t seed) {
    if (device)
        device_close(device);
    open_or_abort(getenv("ANEPROBE_STANDIN_SIM"), seed);
}

struct device *engine_device(void) {
    return device;
}

uint64_t engine_clock_ns(void) {
    return device_clock_ns(device);
}

void engine_pause(uint64_t pause_ns) {
    device_host_pause(device, pause_ns);
}

void engine_pass_poll(void) {
    sim_host_work(device, SIM_POLL_NS);
}

bool engine_has_chaining(void) {
    return params.chain != SIM_CHAIN_NONE;
}

bool engine_has_stats(void) {
    return params.eval_stats != SIM_STATS_NONE || params.counters != SIM_COUNTERS_NONE;
}

bool engine_has_mutable_weights(void) {
    return params.mutable_weights != SIM_MUTABLE_NONE;
}

bool engine_has_traffic(void) {
    return params.traffic != SIM_TRAFFIC_NONE;
}

uint64_t engine_traffic_bytes(void) {
    uint64_t bytes;
    (void)sim_traffic_bytes(device, &bytes);
    return bytes;
}

bool engine_stats_come(bool direct, bool *zero) {
    *zero = params.eval_stats == SIM_STATS_ZERO;
    return *zero || params.eval_stats == SIM_STATS_WORKS ||
           (direct && params.eval_stats == SIM_STATS_DIRECT);
}

void engine_way(struct engine_program *program, enum device_way way, bool copies) {
    sim_program_way(program->program, way, copies);
}

bool engine_has_plans(void) {
    return params.plan;
}

enum device_status engine_placement(struct engine_program *program, int procedure,
    device_placement_fn *put, void *context, struct device_error *error) {
    return device->table->placement(device, program->program, procedure, put, context, error);
}

enum device_status engine_program_pin(
    struct engine_program *program, int engine, struct device_error *error) {
    return params.engine_hint == SIM_HINT_NONE
               ? DEVICE_OK /* a system that does not know the key */
               : device_program_pin(device, program->program, engine, error);
}

/* ---- weights as memory */

enum device_status engine_weights_map(struct engine_program *program, int procedure, void **weights,
    size_t *bytes, struct device_error *error) {
    return device_weights_map(device, program->program, procedure, weights, bytes, error);
}

enum device_status engine_weights_sync(
    struct engine_program *program, size_t offset, size_t bytes, struct device_error *error) {
    return device_weights_sync(device, program->program, offset, bytes, error);
}

enum device_status engine_weights_unmap(
    struct engine_program *program, struct device_error *error) {
    return device_weights_unmap(device, program->program, error);
}

/* ---- programs */

struct engine_program *engine_program_new(const struct device_source *source) {
    static uint64_t n_programs;
    struct engine_program *p = calloc(1, sizeof *p);
    struct mil_error error;
    if (!p)
        abort();
    p->serial = ++n_programs;
    if (device_program_create(device, source, &p->program, &p->refusal) == DEVICE_OK &&
        mil_parse(source->mil_text, source->mil_bytes, &p->mil, &error) != 0)
        abort(); /* the model has just parsed it */
    return p;
}

void engine_program_free(struct engine_program *program) {
    if (!program)
        return;
    device_program_free(device, program->program);
    mil_program_free(program->mil);
    free(program);
}

enum device_status engine_compile_start(
    struct engine_program *program, int qos, struct device_error *error) {
    if (!program->program) {
        *error = program->refusal;
        return error->status;
    }
    program->finished = false;
    return device_compile_start(device, program->program, qos, error);
}

void engine_compile_finish(struct engine_program *program) {
    if (program->finished)
        return;
    program->result = device_compile_wait(device, program->program, &program->result_error);
    program->compiled = program->result == DEVICE_OK;
    program->finished = true;
}

enum device_status engine_compile_wait(struct engine_program *program, struct device_error *error) {
    engine_compile_finish(program);
    if (program->result != DEVICE_OK)
        *error = program->result_error;
    return program->result;
}

bool engine_compile_is_over(const struct engine_program *program) {
    return program->finished || sim_compile_is_over(program->program);
}

uint64_t engine_compile_elapsed_ns(struct engine_program *program) {
    struct device_compile_info info;
    device_compile_info(device, program->program, &info);
    return info.elapsed_ns;
}

enum device_status engine_load(
    struct engine_program *program, int qos, struct device_error *error) {
    enum device_status status = device_load(device, program->program, qos, error);
    program->loaded = status == DEVICE_OK;
    program->stats_kept = program->stats_asked;
    return status;
}

enum device_status engine_purge(struct engine_program *program, struct device_error *error) {
    program->compiled = false;
    return device_purge(device, program->program, error);
}

enum device_status engine_unload(struct engine_program *program, struct device_error *error) {
    program->loaded = false;
    return device_unload(device, program->program, error);
}

void engine_rewrite(struct engine_program *program, bool source, const char *path, uint64_t offset,
    const void *data, size_t bytes) {
    struct device_error error;
    if ((source ? device_source_rewrite : device_compiled_rewrite)(
            device, program->program, path, offset, data, bytes, &error) != DEVICE_OK)
        record_violation("weights changed on disk are no weights of this program: %s", error.text);
}
