/* SPDX-License-Identifier: MIT
 *
 * Programs of the simulated engine: creating, loading, freeing, and changing their weights on disk.
 */
#include "device/sim/sim_internal.h"
#include "device/sim/sim_work.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim_device *sim_of(struct device *device) {
    return (struct sim_device *)device;
}

/* ---- making and freeing */

/* What an eval by a way takes on its unit, in place of the engine's keys. */
static void unit_of(const struct sim_params *p, enum device_way way, double *dispatch_us,
    double *tflops, double *gbs) {
    *dispatch_us = way == DEVICE_WAY_GPU   ? p->gpu_dispatch_us
                   : way == DEVICE_WAY_CPU ? p->cpu_dispatch_us
                                           : p->dispatch_us;
    *tflops = way == DEVICE_WAY_GPU   ? p->gpu_tflops
              : way == DEVICE_WAY_CPU ? p->cpu_tflops
                                      : p->tflops;
    *gbs = way == DEVICE_WAY_GPU   ? p->gpu_bandwidth_gbs
           : way == DEVICE_WAY_CPU ? p->cpu_bandwidth_gbs
                                   : p->bandwidth_gbs;
}

/* 0, or -1 when out of memory. */
static int function_cost(struct device_program *program, int function) {
    const struct sim_params *p = &program->device->params;
    const struct mil_program *mil = program->base.mil;
    struct sim_function *out = &program->functions[function];
    const enum device_way way = program->way;
    const bool on_engine = way != DEVICE_WAY_GPU && way != DEVICE_WAY_CPU;
    const double io_bytes = sim_work_io_bytes(&mil->functions[function]);
    double weight_bytes = sim_work_stream_bytes(mil, function, p), dispatch_us, tflops, gbs;
    if (weight_bytes < 0)
        return -1;
    unit_of(p, way, &dispatch_us, &tflops, &gbs);
    double flop_ns = sim_work_flop(&mil->functions[function]) / (tflops * 1e3);
    double bytes_ns = (weight_bytes + io_bytes) / gbs;
    const bool spills = on_engine && program->weight_bytes > p->sram_mb * SIM_MB;
    out->dispatch_ns =
        (dispatch_us + (way == DEVICE_WAY_DIRECT ? 0 : p->public_us)) * SIM_NS_PER_US;
    if (program->copies && p->copy_gbs > 0)
        out->dispatch_ns += io_bytes / p->copy_gbs;
    out->eval_ns = out->dispatch_ns + fmax(flop_ns, bytes_ns) * (spills ? p->spill_slowdown : 1);
    out->work_w = sim_function_work_w(p, &mil->functions[function], bytes_ns > flop_ns);
    out->moved_bytes = (weight_bytes + io_bytes) * sim_engine_share(program, function);
    out->way = way;
    return 0;
}

void sim_program_way(struct device_program *program, enum device_way way, bool copies) {
    if (program->way == way && program->copies == copies)
        return;
    program->way = way;
    program->copies = copies;
    for (int i = 0; i < program->base.mil->n_functions; i++)
        (void)function_cost(program, i); /* without memory it keeps what it had */
}

void sim_program_destroy(struct device *device, struct device_program *program) {
    (void)device;
    mil_program_free(program->base.mil);
    free(program->functions);
    free(program->text);
    sim_answers_clear(&program->answers);
    sim_image_free(program->source);
    sim_image_free(program->on_load);
    sim_image_free(program->loaded);
    free(program->mapped);
    free(program);
}

enum device_status sim_program_create(struct device *device, const struct device_source *source,
    struct device_program **out, struct device_error *error) {
    struct sim_device *sim = sim_of(device);
    struct mil_error mil_error = {.place = {0, 0}};
    struct device_program *program = calloc(1, sizeof *program);

    if (!program)
        return device_memory_out(error, "parse");
    program->device = sim;
    program->serial = ++sim->n_programs;
    program->copies = sim->way == DEVICE_WAY_NE_COPY;
    program->way = program->copies ? DEVICE_WAY_NE : sim->way;
    if (mil_parse(source->mil_text, source->mil_bytes, &program->base.mil, &mil_error) != 0 ||
        ((sim->numerics || source->weights.n_files > 0) &&
            mil_weights_check(program->base.mil, &source->weights, &mil_error) != 0)) {
        device_error_set(error, DEVICE_FAILED, "parse", "line %u, column %u: %s",
            (unsigned)mil_error.place.line, (unsigned)mil_error.place.column, mil_error.text);
        goto fail;
    }
    program->text = malloc(source->mil_bytes ? source->mil_bytes : 1);
    program->functions =
        calloc((size_t)program->base.mil->n_functions + 1, sizeof *program->functions);
    program->source = sim_image_new(&source->weights);
    program->weight_bytes =
        sim_work_weight_bytes(program->base.mil, 0, program->base.mil->n_functions);
    if (!program->text || !program->functions || !program->source || program->weight_bytes < 0)
        goto no_memory;
    memcpy(program->text, source->mil_text, source->mil_bytes);
    program->text_bytes = source->mil_bytes;
    for (int i = 0; i < program->base.mil->n_functions; i++)
        if (function_cost(program, i) != 0)
            goto no_memory;
    program->source_hash = sim_image_hash(program->source, program->text, program->text_bytes);
    snprintf(program->hash_hex, sizeof program->hash_hex, "%016" PRIx64 "%016" PRIx64,
        program->source_hash.a, program->source_hash.b);
    program->base.hash = program->hash_hex;
    *out = program;
    return DEVICE_OK;

no_memory:
    (void)device_memory_out(error, "parse");
fail:
    sim_program_destroy(device, program);
    return error->status;
}

/* ---- loading */

/* The resource that runs out when one more program with these weights is loaded, or SIM_LIMIT_NONE.
 */
static enum sim_limit_kind load_limit(const struct sim_device *sim, double bytes) {
    const struct sim_params *p = &sim->params;
    if ((double)(sim->n_loaded + 1) > sim_limit(p, SIM_LIMIT_LOADED))
        return SIM_LIMIT_LOADED;
    if (sim->loaded_bytes + bytes > sim_limit(p, SIM_LIMIT_BYTES) * SIM_MB)
        return SIM_LIMIT_BYTES;
    return SIM_LIMIT_NONE;
}

enum device_status sim_load(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct sim_device *sim = sim_of(device);
    const struct sim_params *p = &sim->params;

    enum device_status status = sim_qos_check(sim, qos, "load", error);
    if (status != DEVICE_OK)
        return status;
    sim_pass_call(sim, (p->load_ms + (sim->first_load_over ? 0 : p->first_use_ms)) * SIM_NS_PER_MS);
    sim->first_load_over = true;
    enum sim_limit_kind limit = load_limit(sim, program->weight_bytes);
    program->load_wrong = limit != SIM_LIMIT_NONE;
    if (program->load_wrong && p->limit_failure == SIM_FAILURE_ERROR)
        return limit == SIM_LIMIT_BYTES
                   ? sim_error_refuse(error, SIM_CODE_LOAD_MEMORY, "load",
                         "program load failure: no memory; unload other programs first")
                   : sim_error_refuse(error, SIM_CODE_LOAD, "load",
                         "program load failure (0x50004); unload other programs first");
    if (!program->load_wrong) {
        sim->n_loaded++;
        sim->loaded_bytes += program->weight_bytes;
    }
    program->loaded = sim_image_share(program->on_load);
    program->load_serial++;
    return DEVICE_OK;
}

enum device_status sim_unload(
    struct device *device, struct device_program *program, struct device_error *error) {
    struct sim_device *sim = sim_of(device);

    (void)error;
    sim_pass_call(sim, sim->params.unload_ms * SIM_NS_PER_MS);
    sim_image_free(program->loaded);
    program->loaded = NULL;
    if (!program->load_wrong) {
        sim->n_loaded--;
        sim->loaded_bytes -= program->weight_bytes;
    }
    return DEVICE_OK;
}

/* The same text and weights compile cold again. */
enum device_status sim_purge(
    struct device *device, struct device_program *program, struct device_error *error) {
    struct sim_device *sim = sim_of(device);
    (void)error;
    sim_pass_call(sim, sim->params.unload_ms * SIM_NS_PER_MS);
    sim_compile_forget(sim, program->source_hash);
    if (sim->params.limit_back == SIM_BACK_PURGE && program->base.compiled &&
        sim->cold_compiles > 0)
        sim->cold_compiles--;
    sim_image_free(program->on_load);
    program->on_load = NULL;
    return DEVICE_OK;
}

/* ---- changing weights on disk */

static enum device_status image_rewrite(struct sim_image **image, const char *path, uint64_t offset,
    const void *data, size_t bytes, struct device_error *error) {
    struct mil_error reason;
    if (sim_image_write(image, path, offset, data, bytes, &reason) != 0)
        return device_error_set(error, DEVICE_BROKEN, "rewrite", "%s", reason.text);
    return DEVICE_OK;
}

enum device_status sim_source_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    enum device_status status =
        image_rewrite(&program->source, blob_path, blob_offset, data, bytes, error);
    program->source_hash = sim_image_hash(program->source, program->text, program->text_bytes);
    if (status == DEVICE_OK && sim_of(device)->params.reload_source && program->on_load)
        status = image_rewrite(&program->on_load, blob_path, blob_offset, data, bytes, error);
    return status;
}

enum device_status sim_compiled_rewrite(struct device *device, struct device_program *program,
    const char *blob_path, uint64_t blob_offset, const void *data, size_t bytes,
    struct device_error *error) {
    /* Without effect the write is still checked, then dropped. */
    struct sim_image *written = sim_image_share(program->on_load);
    enum device_status status = image_rewrite(&written, blob_path, blob_offset, data, bytes, error);
    if (status == DEVICE_OK && sim_of(device)->params.reload_compiled) {
        sim_image_free(program->on_load);
        program->on_load = sim_image_share(written);
    }
    sim_image_free(written);
    return status;
}
