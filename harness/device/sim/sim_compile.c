/* SPDX-License-Identifier: MIT
 *
 * Compiles of the simulated engine: cold or cached, in the foreground or on the one worker, and the
 * limit on their number.
 */
#include "device/sim/sim_internal.h"

#include <stdlib.h>

static struct sim_device *sim_of(struct device *device) {
    return (struct sim_device *)device;
}

/* ---- what was compiled before */

static struct mil_hash *seen_slot(const struct sim_seen *seen, struct mil_hash hash) {
    size_t i = (size_t)hash.a & (seen->n_slots - 1);
    while ((seen->slots[i].a || seen->slots[i].b) &&
           (seen->slots[i].a != hash.a || seen->slots[i].b != hash.b))
        i = (i + 1) & (seen->n_slots - 1);
    return &seen->slots[i];
}

static bool seen_has(const struct sim_seen *seen, struct mil_hash hash) {
    return seen->n_slots > 0 && seen_slot(seen, hash)->a == hash.a &&
           seen_slot(seen, hash)->b == hash.b;
}

/* Room for one more, made where failing is still possible. */
static int seen_reserve(struct sim_seen *seen) {
    if (2 * (seen->n_used + 1) <= seen->n_slots)
        return 0;
    struct sim_seen more = {.n_slots = seen->n_slots ? 2 * seen->n_slots : 256};
    more.slots = calloc(more.n_slots, sizeof *more.slots);
    if (!more.slots)
        return -1;
    for (size_t i = 0; i < seen->n_slots; i++)
        if (seen->slots[i].a || seen->slots[i].b)
            *seen_slot(&more, seen->slots[i]) = seen->slots[i];
    more.n_used = seen->n_used;
    free(seen->slots);
    *seen = more;
    return 0;
}

/* ---- compiling */

double sim_compile_begin(struct sim_device *sim, struct device_program *program) {
    const struct sim_params *p = &sim->params;
    double ms;

    program->info =
        (struct device_compile_info){.cached = seen_has(&sim->seen, program->source_hash)};
    ms = program->info.cached
             ? p->cached_compile_ms
             : p->compile_ms + p->compile_per_mb_ms * program->weight_bytes / SIM_MB;
    if (!sim->first_compile_over)
        ms += p->first_use_ms;
    sim->first_compile_over = true;
    return sim_call_ns(sim, SIM_SIDE_HOST, ms * SIM_NS_PER_MS, program->job_begin_ns);
}

void sim_compile_end(struct sim_device *sim, struct device_program *program) {
    const struct sim_params *p = &sim->params;
    bool past_limit = false;

    program->job_status = DEVICE_OK;
    sim_image_free(program->on_load);
    program->on_load = NULL;
    program->compile_wrong = false;
    if (!program->info.cached) {
        sim->cold_compiles++;
        past_limit = (double)sim->cold_compiles > sim_limit(p, SIM_LIMIT_COMPILES);
    }
    if (past_limit && p->limit_failure == SIM_FAILURE_ERROR) {
        program->job_status = sim_error_refuse(&program->job_error, SIM_CODE_CREATE, "compile",
            "ANECCompile() FAILED; start a new process to compile more");
        return;
    }
    program->compile_wrong = past_limit;
    program->on_load = sim_image_share(program->source);
    if (!past_limit && !program->info.cached) {
        struct mil_hash *slot = seen_slot(&sim->seen, program->source_hash);
        sim->seen.n_used += !slot->a && !slot->b;
        *slot = program->source_hash;
    }
}

enum device_status sim_compile_start(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    struct sim_device *sim = sim_of(device);

    if (!sim_qos_check(sim, qos, "compile", error))
        return error->status;
    if (program->job != SIM_JOB_NONE)
        return device_error_set(error, DEVICE_BROKEN, "compile",
            "a compile of this program was started before; call compile_wait first");
    if (program->loaded)
        return device_error_set(
            error, DEVICE_BROKEN, "compile", "the program is loaded; unload it first");
    if (seen_reserve(&sim->seen) != 0)
        return device_error_set(error, DEVICE_BROKEN, "compile", "out of memory");
    sim_job_add(sim, program);
    return DEVICE_OK;
}

bool sim_compile_is_over(const struct device_program *program) {
    return program->job == SIM_JOB_NONE || program->job == SIM_JOB_OVER;
}

bool sim_compile_poll(struct device *device, struct device_program *program) {
    sim_pass_poll(sim_of(device));
    return sim_compile_is_over(program);
}

enum device_status sim_compile_wait(
    struct device *device, struct device_program *program, struct device_error *error) {
    if (program->job == SIM_JOB_NONE)
        return device_error_set(error, DEVICE_BROKEN, "compile",
            "no compile of this program was started; call compile_start first");
    sim_pass_until_over(sim_of(device), program);
    program->job = SIM_JOB_NONE;
    if (program->job_status != DEVICE_OK)
        *error = program->job_error;
    return program->job_status;
}

enum device_status sim_compile(
    struct device *device, struct device_program *program, int qos, struct device_error *error) {
    enum device_status status = sim_compile_start(device, program, qos, error);
    return status == DEVICE_OK ? sim_compile_wait(device, program, error) : status;
}

void sim_compile_info(
    struct device *device, struct device_program *program, struct device_compile_info *info) {
    (void)device;
    *info = program->info;
}
